#pragma once

#include "rocketmq/RequiresCpp20.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "rocketmq/AllocateMessageQueueStrategy.h"
#include "rocketmq/ConsumeType.h"
#include "rocketmq/MQAdmin.h"
#include "rocketmq/MessageSelector.h"
#include "rocketmq/PullResult.h"

namespace rocketmq {

namespace client {
class PullConsumerImpl;
struct PullConsumerSettings;
}  // namespace client

/// Told when the queues of a topic, or this member's share of them, have changed. Called on a
/// thread of the client; it must not shut its consumer down.
class MessageQueueListener {
 public:
  virtual ~MessageQueueListener() = default;
  virtual void messageQueueChanged(const std::string& topic, const std::vector<MessageQueue>& all,
                                   const std::vector<MessageQueue>& mine) = 0;
};

/// Gets messages when the program asks for them; the program keeps the offsets. All calls are safe
/// on any thread.
class DefaultMQPullConsumer : public MQAdmin {
 public:
  explicit DefaultMQPullConsumer(const std::string& consumerGroup);
  ~DefaultMQPullConsumer() override;

  /// Throws MQClientException when a setting is not acceptable, and when it was started before.
  void start();
  /// Stores the offsets and leaves the group: at most twice mqClientApiTimeout (3 s), and once more
  /// while a rebalance asks who is in the group. Pulls under way in other threads fail; callbacks
  /// have been called when it returns, and the time that they take comes on top. Idempotent. Throws
  /// MQClientException in one of this consumer's callbacks, where it would wait for itself.
  void shutdown();

  /// The topic's readable queues; asked from a name server when they are not known.
  std::vector<MessageQueue> fetchSubscribeMessageQueues(const std::string& topic);

  /// At most `maxNums` messages from `offset` on. Returns immediately, also with nothing.
  /// `expression`: tags, or "*" or empty for everything.
  PullResult pull(const MessageQueue& queue, const std::string& expression, std::int64_t offset,
                  int maxNums);
  PullResult pull(const MessageQueue& queue, const std::string& expression, std::int64_t offset,
                  int maxNums, std::chrono::milliseconds timeout);
  void pull(const MessageQueue& queue, const std::string& expression, std::int64_t offset,
            int maxNums, PullCallback* callback);
  PullResult pull(const MessageQueue& queue, const MessageSelector& selector, std::int64_t offset,
                  int maxNums);
  PullResult pull(const MessageQueue& queue, const MessageSelector& selector, std::int64_t offset,
                  int maxNums, std::chrono::milliseconds timeout);
  void pull(const MessageQueue& queue, const MessageSelector& selector, std::int64_t offset,
            int maxNums, PullCallback* callback);
  /// The same, but waits for a message up to the broker's suspend time (20 s).
  PullResult pullBlockIfNotFound(const MessageQueue& queue, const std::string& expression,
                                 std::int64_t offset, int maxNums);
  void pullBlockIfNotFound(const MessageQueue& queue, const std::string& expression,
                           std::int64_t offset, int maxNums, PullCallback* callback);

  /// The consumed offset of a queue, from memory or (`fromStore`, or not in memory) from where it
  /// is stored; -1 when there is none, -2 when it cannot be found out.
  std::int64_t fetchConsumeOffset(const MessageQueue& queue, bool fromStore);
  /// Sets it in memory. It is stored every 5 s for queues that are this member's share of a
  /// registered topic; for others call persistConsumerOffset4PullConsumer.
  void updateConsumeOffset(const MessageQueue& queue, std::int64_t offset);
  /// Asks the broker to deliver the message again, to the group's retry topic; `delayLevel` as in
  /// ConsumeConcurrentlyContext.
  void sendMessageBack(const MessageExt& message, int delayLevel);
  /// Stores the queue's offset now.
  void persistConsumerOffset4PullConsumer(const MessageQueue& queue);

  /// Takes part in sharing the topic's queues; the listener hears of changes.
  void registerMessageQueueListener(const std::string& topic,
                                    std::shared_ptr<MessageQueueListener> listener);
  void registerMessageQueueListener(const std::string& topic, MessageQueueListener* listener);
  void setRegisterTopics(const std::set<std::string>& topics);
  /// This member's share of a topic's queues.
  std::vector<MessageQueue> fetchMessageQueuesInBalance(const std::string& topic);

  std::string getConsumerGroup() const;
  void setConsumerGroup(const std::string& group);
  /// Default CLUSTERING.
  void setMessageModel(MessageModel model);
  MessageModel getMessageModel() const;
  /// How long a broker holds a pull that waits, ms. Default 20000.
  void setBrokerSuspendMaxTimeMillis(int milliseconds);
  void setBrokerSuspendMaxTimeMillis(std::chrono::milliseconds time) {
    setBrokerSuspendMaxTimeMillis(wholeMilliseconds(time));
  }
  int getBrokerSuspendMaxTimeMillis() const;
  /// Time-out of a pull that waits, ms; more than the former. Default 30000.
  void setConsumerTimeoutMillisWhenSuspend(int milliseconds);
  void setConsumerTimeoutMillisWhenSuspend(std::chrono::milliseconds time) {
    setConsumerTimeoutMillisWhenSuspend(wholeMilliseconds(time));
  }
  int getConsumerTimeoutMillisWhenSuspend() const;
  /// Time-out of a pull that does not wait, ms. Default 10000.
  void setConsumerPullTimeoutMillis(int milliseconds);
  void setConsumerPullTimeoutMillis(std::chrono::milliseconds time) {
    setConsumerPullTimeoutMillis(wholeMilliseconds(time));
  }
  int getConsumerPullTimeoutMillis() const;
  /// Deliveries before a message that was sent back goes to the dead-letter queue. Default 16.
  void setMaxReconsumeTimes(int times);
  int getMaxReconsumeTimes() const;
  void setAllocateMessageQueueStrategy(
      std::shared_ptr<const AllocateMessageQueueStrategy> strategy);

 protected:
  std::shared_ptr<client::ClientInstance> runningInstance() const override;

 private:
  explicit DefaultMQPullConsumer(std::shared_ptr<client::PullConsumerSettings> settings);

  std::shared_ptr<client::PullConsumerSettings> settings_;
  std::shared_ptr<client::PullConsumerImpl> impl_;
};

}  // namespace rocketmq
