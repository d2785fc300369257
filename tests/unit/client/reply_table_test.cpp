#include "instance/reply_table.hpp"

#include <gtest/gtest.h>

namespace rocketmq::client {
namespace {

using namespace std::chrono_literals;

const ReplyTable::Time begin{};

TEST(ReplyTable, GivesEachReplyToTheRequestThatWaitsForItOnce) {
  ReplyTable table;
  std::string got;
  ASSERT_TRUE(
      table.add("id", begin, [&](const Outcome<MessageExt>& reply) { got = reply->getBody(); }));
  EXPECT_EQ(table.take("another"), nullptr);
  const ReplyDone done = table.take("id");
  ASSERT_NE(done, nullptr);
  MessageExt reply;
  reply.setBody("answer");
  done(reply);
  EXPECT_EQ(got, "answer");
  EXPECT_EQ(table.take("id"), nullptr);
}

TEST(ReplyTable, EndsTheWaitOfThoseWhoseTimeIsOver) {
  ReplyTable table;
  table.add("early", begin + 1s, [](const Outcome<MessageExt>&) {});
  table.add("late", begin + 5s, [](const Outcome<MessageExt>&) {});
  EXPECT_EQ(table.take_expired(begin).size(), 0U);
  EXPECT_EQ(table.take_expired(begin + 1s).size(), 1U);
  EXPECT_EQ(table.take("early"), nullptr);
  EXPECT_EQ(table.take_all().size(), 1U);
}

TEST(ReplyTable, RefusesMoreThanItsBound) {
  ReplyTable table;
  for (std::size_t i = 0; i < ReplyTable::requests_max; ++i) {
    ASSERT_TRUE(table.add(std::to_string(i), begin, nullptr));
  }
  EXPECT_FALSE(table.add("one more", begin, nullptr));
}

}  // namespace
}  // namespace rocketmq::client
