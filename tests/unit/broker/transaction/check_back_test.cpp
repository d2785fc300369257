#include "transaction/check_back.hpp"

#include <gtest/gtest.h>

#include <string>

#include "transaction_fixture.hpp"

namespace rocketmq::broker::test {
namespace {

/// May publish to one topic.
class Publisher final : public remoting::Caller {
 public:
  explicit Publisher(std::string topic) : topic_(std::move(topic)) {}
  Result<void> may(remoting::Resource resource, remoting::Action action,
                   std::string_view name) const override {
    if (resource == remoting::Resource::Topic && action == remoting::Action::Pub && name == topic_)
      return {};
    return Error{ResponseCode::SystemError, "not this"};
  }

 private:
  const std::string topic_;
};

class CheckBackTest : public TransactionFixture {
 protected:
  bool send_check() {
    return send_check_back(producers, store.messages_of(half_topic).at(0)->record());
  }
  void join(const std::shared_ptr<FakeChannel>& member, remoting::CallerPtr caller) {
    ASSERT_TRUE(producers.register_producer(
        "pg", {.channel = member, .client_id = "c", .caller = std::move(caller)}));
  }
};

TEST_F(CheckBackTest, GoesToAMemberThatMayPublishToTheTopic) {
  send_half("body");
  std::vector<std::shared_ptr<FakeChannel>> strangers;
  for (int i = 0; i < 3; ++i) {
    strangers.push_back(make_channel());
    join(strangers.back(), std::make_shared<Publisher>("U"));
  }
  EXPECT_FALSE(send_check());
  const auto own = make_channel();
  join(own, std::make_shared<Publisher>("T"));
  EXPECT_TRUE(send_check());
  EXPECT_EQ(own->sent.size(), 1U);
  for (const auto& stranger : strangers) EXPECT_TRUE(stranger->sent.empty());
}

TEST_F(CheckBackTest, GoesToAnyMemberWithoutAccessControl) {
  send_half("body");
  const auto member = make_channel();
  join(member, nullptr);
  EXPECT_TRUE(send_check());
  EXPECT_EQ(member->sent.size(), 1U);
}

}  // namespace
}  // namespace rocketmq::broker::test
