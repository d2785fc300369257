// What a consumer hears of pulls that its broker refuses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

#include "fake_broker.hpp"
#include "rocketmq/DefaultMQPushConsumer.h"

namespace rocketmq::client {
namespace {

using namespace std::chrono_literals;
using remoting::RemotingCommand;
using remoting::Reply;

/// A consumer of "T", started, whose id the broker knows.
class RefusedConsumer {
 public:
  explicit RefusedConsumer(ResponseCode code)
      : broker_(
            [this, code](RemotingCommand&, Reply reply) {
              const std::scoped_lock lock(mutex_);
              ++pulls_;
              changed_.notify_all();
              reply(Error{code, "not for this group"});
            },
            "127.0.0.1@refused_pull"),
        consumer_("refused_pull") {
    consumer_.setNamesrvAddr(broker_.address());
    consumer_.setClientIP("127.0.0.1");
    consumer_.setInstanceName("refused_pull");
    consumer_.setPullTimeDelayMillsWhenException(1ms);
    consumer_.subscribe("T", "*");
    consumer_.registerMessageListener(
        [](const std::vector<MessageExt>&) { return CONSUME_SUCCESS; });
    consumer_.setErrorListener([this](const MQException& failure) {
      const std::scoped_lock lock(mutex_);
      errors_.emplace_back(failure.what());
      codes_.push_back(failure.getError());
      changed_.notify_all();
    });
    consumer_.start();
  }

  void wait_for_pulls(int count) {
    wait([&] { return pulls_ >= count; });
  }
  void wait_for_errors(std::size_t count) {
    wait([&] { return errors_.size() >= count; });
  }
  /// After the consumer's end, when no call can come anymore.
  std::vector<std::string> errors_at_end() {
    consumer_.shutdown();
    return errors_;
  }
  const std::vector<int>& codes() const { return codes_; }

 private:
  template <class Until>
  void wait(Until&& until) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, 30s, until));
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  int pulls_ = 0;                    // guarded by mutex_
  std::vector<std::string> errors_;  // guarded by mutex_
  std::vector<int> codes_;           // guarded by mutex_
  test::FakeBroker broker_;
  DefaultMQPushConsumer consumer_;
};

TEST(RefusedPull, ReachesTheErrorListenerOnce) {
  RefusedConsumer consumer(ResponseCode::NoPermission);
  consumer.wait_for_errors(1);
  consumer.wait_for_pulls(20);
  const auto errors = consumer.errors_at_end();
  // One for the topic, and one for the group's retry topic if its turn came.
  ASSERT_GE(errors.size(), 1U);
  ASSERT_LE(errors.size(), 2U);
  EXPECT_THAT(errors.front(), testing::AllOf(testing::HasSubstr("refuses pulls of topic"),
                                             testing::HasSubstr("not for this group")));
  EXPECT_EQ(consumer.codes().front(), static_cast<int>(ResponseCode::NoPermission));
}

TEST(RefusedPull, IsNoErrorWhereTheNextHeartbeatEndsIt) {
  RefusedConsumer consumer(ResponseCode::SubscriptionNotExist);
  consumer.wait_for_pulls(20);
  EXPECT_THAT(consumer.errors_at_end(), testing::IsEmpty());
}

}  // namespace
}  // namespace rocketmq::client
