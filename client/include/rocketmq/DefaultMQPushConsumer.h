#pragma once

#include "rocketmq/RequiresCpp20.h"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "rocketmq/AllocateMessageQueueStrategy.h"
#include "rocketmq/ConsumeType.h"
#include "rocketmq/MQAdmin.h"
#include "rocketmq/MessageListener.h"
#include "rocketmq/MessageSelector.h"

namespace rocketmq {

namespace client {
class PushConsumerImpl;
struct PushConsumerSettings;
}  // namespace client

/// Gets messages as they arrive and hands them to a listener. Every message is delivered at least
/// once; a message whose consumption fails comes again after a growing delay, and after
/// maxReconsumeTimes goes to the group's dead-letter queue. Set it up, start() it, shutdown() it;
/// the destructor shuts down what still runs.
class DefaultMQPushConsumer : public MQAdmin {
 public:
  explicit DefaultMQPushConsumer(const std::string& consumerGroup);
  ~DefaultMQPushConsumer() override;

  /// Throws MQClientException when a setting is not acceptable, when the group already exists in
  /// this client instance, and when it was started before. Succeeds without a reachable name server
  /// or broker.
  void start();
  /// Takes no further messages, waits for the listener calls under way, stores the offsets, leaves
  /// the group: other members take the queues over immediately. Beside the listener calls that
  /// takes twice mqClientApiTimeout (3 s) at most, and 1 s more with an orderly listener. What is
  /// being asked of a server, or sent back to it, ends first: 5 s more at most, or
  /// mqClientApiTimeout where that is longer. With message trace up to 8 s come on top where the
  /// brokers do not reply. Idempotent. Throws MQClientException in this consumer's listener, where
  /// it would wait for itself.
  void shutdown();

  /// `expression`: "*" or empty for everything, or tags as in "TagA || TagB". Several topics may be
  /// subscribed; a later call for the same topic replaces the expression. Also while running.
  void subscribe(const std::string& topic, const std::string& expression);
  /// The same by tags or by a condition on properties. A condition that the brokers do not take
  /// makes start(), or the call while running, throw MQClientException with their reason.
  void subscribe(const std::string& topic, const MessageSelector& selector);
  /// The same by a filter class, which filter servers beside the brokers run on each message: only
  /// what it wants crosses the network. `source` is uploaded to them, as the languages that they
  /// take demand it; "#rmq-filter sql92" and an expression in the lines below is one. It is empty
  /// when their operator has installed the class. Where a broker has no filter server nothing is
  /// consumed, and the error listener is told. Retried messages are not filtered again.
  void subscribe(const std::string& topic, const std::string& className, const std::string& source);
  void unsubscribe(const std::string& topic);

  /// The listener must live until shutdown() has returned.
  void registerMessageListener(MessageListenerConcurrently* listener);
  void registerMessageListener(std::shared_ptr<MessageListenerConcurrently> listener);
  void registerMessageListener(MessageListenerOrderly* listener);
  void registerMessageListener(std::shared_ptr<MessageListenerOrderly> listener);
  /// Functions: what the context and the result are of says which kind of listener it is.
  void registerMessageListener(ConsumeConcurrentlyFunction listener);
  void registerMessageListener(ConsumeFunction listener);
  void registerMessageListener(ConsumeOrderlyFunction listener);
  void registerMessageListener(ConsumeStatusOrderlyFunction listener);
  void registerMessageListener(ConsumeOrderlyShortFunction listener);

  /// Gets what no call can throw: a message whose body cannot be read (it counts as failed and
  /// comes again), a subscription or pulls that a broker refuses after start() (the refusal of each
  /// topic and code once). While 1,000 calls wait, further ones are left out.
  void setErrorListener(ConsumerErrorFunction listener);

  /// Stops and resumes pulling; what was pulled is consumed.
  void suspend();
  void resume();
  bool isPause() const;
  /// Lets this many threads call the listener from now on, 1…consumeThreadMax; surplus ones
  /// finish their call first. Throws MQClientException outside of that range and while the consumer
  /// does not run.
  void updateCorePoolSize(int threads);

  /// Asks the broker to deliver the message again (delay level as in ConsumeConcurrentlyContext).
  void sendMessageBack(const MessageExt& message, int delayLevel);
  /// The topic's readable queues.
  std::vector<MessageQueue> fetchSubscribeMessageQueues(const std::string& topic);

  std::string getConsumerGroup() const;
  void setConsumerGroup(const std::string& group);
  /// Default CLUSTERING.
  void setMessageModel(MessageModel model);
  MessageModel getMessageModel() const;
  /// Default CONSUME_FROM_LAST_OFFSET.
  void setConsumeFromWhere(ConsumeFromWhere where);
  ConsumeFromWhere getConsumeFromWhere() const;
  /// For CONSUME_FROM_TIMESTAMP: yyyyMMddHHmmss in local time. Default half an hour before the
  /// consumer was made.
  void setConsumeTimestamp(const std::string& timestamp);
  std::string getConsumeTimestamp() const;
  /// Threads that call the listener, 1…1000. Default 20 and 20; the pool has `min` threads, as its
  /// queue has no bound of its own that could fill (the flow control per queue bounds it).
  void setConsumeThreadMin(int threads);
  int getConsumeThreadMin() const;
  void setConsumeThreadMax(int threads);
  int getConsumeThreadMax() const;
  void setConsumeThreadCount(int threads);
  /// Most messages per listener call, 1…1024. Default 1.
  void setConsumeMessageBatchMaxSize(int messages);
  int getConsumeMessageBatchMaxSize() const;
  /// Most messages per pull, 1…1024. Default 32.
  void setPullBatchSize(int messages);
  int getPullBatchSize() const;
  /// Whether records of what is done with each message are sent to the trace topic, by a producer
  /// and a thread of their own. Default false. Records are dropped rather than waited for.
  void setEnableMsgTrace(bool enable);
  bool isEnableMsgTrace() const;
  /// Instead of RMQ_SYS_TRACE_TOPIC.
  void setCustomizedTraceTopic(const std::string& topic);
  std::string getCustomizedTraceTopic() const;
  /// Whether each pull carries the subscription, instead of leaving the broker to what the last
  /// heartbeat said. Default false.
  void setPostSubscriptionWhenPull(bool post);
  bool isPostSubscriptionWhenPull() const;
  /// Wait between two pulls of a queue that found messages, ms, 0…65535. Default 0.
  void setPullInterval(int milliseconds);
  void setPullInterval(std::chrono::milliseconds time) { setPullInterval(wholeMilliseconds(time)); }
  int getPullInterval() const;
  /// A queue with this many messages in memory is not pulled, 1…65535. Default 1000.
  void setPullThresholdForQueue(int messages);
  int getPullThresholdForQueue() const;
  void setMaxCacheMsgSizePerQueue(int messages) { setPullThresholdForQueue(messages); }
  /// Nor one with more MiB of bodies in memory, 1…1024. Default 100.
  void setPullThresholdSizeForQueue(int mebibytes);
  int getPullThresholdSizeForQueue() const;
  /// Instead of the two former ones, bounds that a topic's queues of this consumer share evenly:
  /// messages, 1…6553500, and MiB, 1…102400. Default -1: none.
  void setPullThresholdForTopic(int messages);
  int getPullThresholdForTopic() const;
  void setPullThresholdSizeForTopic(int mebibytes);
  int getPullThresholdSizeForTopic() const;
  /// Nor one whose oldest and newest message in memory lie so far apart, 1…65535. Default 2000.
  void setConsumeConcurrentlyMaxSpan(int offsets);
  int getConsumeConcurrentlyMaxSpan() const;
  /// Deliveries before a message goes to the dead-letter queue. Default -1: 16; without limit for
  /// an orderly listener.
  void setMaxReconsumeTimes(int times);
  int getMaxReconsumeTimes() const;
  /// How long a queue waits when an orderly listener suspends it, ms. Default 1000.
  void setSuspendCurrentQueueTimeMillis(int milliseconds);
  void setSuspendCurrentQueueTimeMillis(std::chrono::milliseconds time) {
    setSuspendCurrentQueueTimeMillis(wholeMilliseconds(time));
  }
  int getSuspendCurrentQueueTimeMillis() const;
  /// Minutes after which a message still being consumed is sent back for a second delivery.
  /// Default 15.
  void setConsumeTimeout(int minutes);
  void setConsumeTimeout(std::chrono::minutes time) { setConsumeTimeout(wholeMinutes(time)); }
  int getConsumeTimeout() const;
  /// How long shutdown() waits for listener calls before it leaves the group without their results,
  /// ms. Default 0: as long as they take.
  void setAwaitTerminationMillisWhenShutdown(int milliseconds);
  void setAwaitTerminationMillisWhenShutdown(std::chrono::milliseconds time) {
    setAwaitTerminationMillisWhenShutdown(wholeMilliseconds(time));
  }
  int getAwaitTerminationMillisWhenShutdown() const;
  /// Default AllocateMessageQueueAveragely.
  void setAllocateMessageQueueStrategy(
      std::shared_ptr<const AllocateMessageQueueStrategy> strategy);

 protected:
  std::shared_ptr<client::ClientInstance> runningInstance() const override;

 private:
  explicit DefaultMQPushConsumer(std::shared_ptr<client::PushConsumerSettings> settings);

  std::shared_ptr<client::PushConsumerSettings> settings_;
  std::shared_ptr<client::PushConsumerImpl> impl_;
};

}  // namespace rocketmq
