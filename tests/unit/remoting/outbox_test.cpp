#include "rocketmq/net/outbox.hpp"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <future>
#include <string>

namespace rocketmq::net {
namespace {

using namespace std::chrono_literals;
using Left = Outbox::Left;

class OutboxTest : public testing::Test {
 protected:
  Left leave(std::string_view text, std::size_t bytes_max = 100, const Outbox::Wait& wait = {}) {
    return outbox.leave_unless_full(bytes_max, wait,
                                    [&](OutputQueue& queue) { queue.add_encoded(text, {}); });
  }
  std::string fetch() {
    OutputQueue output(1'000);
    outbox.fetch(output, nullptr, [] {});
    std::array<iovec, 8> pieces;
    std::string text;
    const std::size_t count = output.gather(pieces);
    for (std::size_t k = 0; k < count; ++k)
      text.append(static_cast<const char*>(pieces[k].iov_base), pieces[k].iov_len);
    return text;
  }

  Outbox outbox{1'000};
};

TEST_F(OutboxTest, WakesTheReactorOnceForAllThatIsLeftBeforeItComes) {
  EXPECT_EQ(leave("one "), Left::Yes);
  EXPECT_TRUE(outbox.needs_wake());
  EXPECT_EQ(leave("two"), Left::Yes);
  EXPECT_FALSE(outbox.needs_wake());
  EXPECT_TRUE(outbox.has_left());
  EXPECT_EQ(fetch(), "one two");
  EXPECT_FALSE(outbox.has_left());
  EXPECT_EQ(leave("three"), Left::Yes);
  EXPECT_TRUE(outbox.needs_wake());
}

TEST_F(OutboxTest, CountsWhatIsLeftAndWhatIsNotSentTogether) {
  EXPECT_EQ(leave(std::string(60, 'x')), Left::Yes);
  EXPECT_EQ(fetch().size(), 60U);
  EXPECT_EQ(leave(std::string(60, 'y')), Left::Yes) << "60 bytes are not over the limit";
  EXPECT_EQ(leave("z"), Left::Full);
  outbox.sent_until(0);
  EXPECT_EQ(leave("z"), Left::Yes);
  EXPECT_EQ(fetch(), std::string(60, 'y') + "z");
}

TEST_F(OutboxTest, TakesAResponseAndSaysThatItIsTooMuch) {
  const auto respond = [&](std::size_t bytes) {
    return outbox.leave(
        100, [&](OutputQueue& queue) { queue.add_encoded(std::string(bytes, 'r'), {}); });
  };
  EXPECT_EQ(respond(100), Left::Yes);
  EXPECT_EQ(respond(1), Left::Full);
  EXPECT_EQ(fetch().size(), 101U);
}

TEST_F(OutboxTest, TakesNothingAfterTheWishToClose) {
  EXPECT_EQ(leave("before"), Left::Yes);
  EXPECT_TRUE(outbox.is_open());
  EXPECT_TRUE(outbox.leave_close(Error{ResponseCode::SendFailed, "first"}));
  EXPECT_FALSE(outbox.leave_close(Error{ResponseCode::SendFailed, "second"}));
  EXPECT_FALSE(outbox.is_open());
  EXPECT_EQ(leave("after"), Left::Closed);
  EXPECT_EQ(fetch(), "before");
  ASSERT_TRUE(outbox.fetch_close());
  EXPECT_FALSE(outbox.fetch_close());
}

TEST_F(OutboxTest, DropsWhatIsLeftWhenTheSessionEnds) {
  EXPECT_EQ(leave("lost"), Left::Yes);
  outbox.refuse_and_drop();
  EXPECT_EQ(fetch(), "");
  EXPECT_EQ(leave("after"), Left::Closed);
}

TEST_F(OutboxTest, HoldsAThreadUpUntilItsOutputMayFollow) {
  outbox.sent_until(1'000);
  auto left = std::async(std::launch::async, [this] {
    return leave("late", 100, {.over_bytes = 10, .deadline = SteadyTime::max()});
  });
  outbox.sent_until(0);
  EXPECT_EQ(left.get(), Left::Yes);
}

TEST_F(OutboxTest, HoldsNoThreadUpLongerThanItsDeadlineOrTheSession) {
  outbox.sent_until(1'000);
  const auto past = std::chrono::steady_clock::now() - 1ms;
  EXPECT_EQ(leave("late", 100, {.over_bytes = 10, .deadline = past}), Left::Full);
  auto left = std::async(std::launch::async, [this] {
    return leave("late", 100, {.over_bytes = 10, .deadline = SteadyTime::max()});
  });
  outbox.refuse();
  EXPECT_EQ(left.get(), Left::Closed);
}

TEST_F(OutboxTest, DropsHintsThatAPeerLeavesUnread) {
  EXPECT_TRUE(outbox.take_expendable(60, 100));
  EXPECT_TRUE(outbox.take_expendable(60, 100));
  EXPECT_FALSE(outbox.take_expendable(60, 100));
  outbox.sent_until(1);
  EXPECT_FALSE(outbox.take_expendable(60, 100));
  outbox.sent_until(0);
  EXPECT_TRUE(outbox.take_expendable(60, 100));
}

}  // namespace
}  // namespace rocketmq::net
