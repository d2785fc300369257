#pragma once

#include "rocketmq/RequiresCpp20.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "rocketmq/AllocateMessageQueueStrategy.h"
#include "rocketmq/ConsumeType.h"
#include "rocketmq/MQAdmin.h"
#include "rocketmq/MessageListener.h"
#include "rocketmq/MessageSelector.h"

namespace rocketmq {

namespace client {
class LitePullConsumerImpl;
struct LitePullSettings;
}  // namespace client

/// Told when the number of a topic's queues has changed. Called on a thread of the client; it must
/// not shut its consumer down.
class TopicMessageQueueChangeListener {
 public:
  virtual ~TopicMessageQueueChangeListener() = default;
  virtual void onChanged(const std::string& topic, const std::set<MessageQueue>& queues) = 0;
};

/// Pulls messages ahead in the background and hands them out when the program polls. Either the
/// group's members share the queues of subscribed topics (subscribe), or the program names its
/// queues (assign); not both in one consumer.
///
/// A poll says that what earlier polls returned is done: its offsets are committed then, at most
/// every autoCommitInterval. Process messages before the next poll and none is lost; after a crash
/// some come again. All calls are safe on any thread. They throw MQClientException (wrong state or
/// argument), RemotingException and MQBrokerException.
class DefaultLitePullConsumer : public MQAdmin {
 public:
  explicit DefaultLitePullConsumer(const std::string& consumerGroup);
  ~DefaultLitePullConsumer() override;

  /// Throws MQClientException when a setting is not acceptable, and when it was started before.
  /// Succeeds without a reachable name server.
  void start();
  /// Commits what was polled (with autoCommit), stores the offsets and leaves the group: at most
  /// twice mqClientApiTimeout (3 s). What is being asked of a server ends first: 5 s more at most,
  /// or mqClientApiTimeout where that is longer. Wakes a poll that waits. Idempotent.
  void shutdown();

  /// Takes part in sharing the topic's queues. Also while running.
  void subscribe(const std::string& topic, const std::string& tags = "*");
  void subscribe(const std::string& topic, const MessageSelector& selector);
  void unsubscribe(const std::string& topic);
  /// Takes exactly these queues, in place of those of an earlier call. Also while running: it
  /// returns when the queues are being pulled; a queue whose broker does not reply follows later.
  void assign(const std::vector<MessageQueue>& queues);
  /// What assigned queues of a topic are filtered by; before assign().
  void setSubExpressionForAssign(const std::string& topic, const std::string& tags);
  /// The queues that are this member's now.
  std::set<MessageQueue> assignment() const;

  /// The messages of one pull of one queue, in their order; empty when none came within
  /// pollTimeout, or `timeout`.
  std::vector<MessageExt> poll();
  std::vector<MessageExt> poll(std::chrono::milliseconds timeout);

  /// The next poll of the queue begins at `offset`, which must lie within what the broker stores.
  void seek(const MessageQueue& queue, std::int64_t offset);
  void seekToBegin(const MessageQueue& queue);
  void seekToEnd(const MessageQueue& queue);
  /// Stops and resumes handing out and pulling some queues.
  void pause(const std::vector<MessageQueue>& queues);
  void resume(const std::vector<MessageQueue>& queues);

  /// Commits what was polled, and waits until the brokers have it (mqClientApiTimeout at most).
  void commitSync();
  /// Commits these offsets; with `persist` they are sent to the brokers now, else with the next
  /// periodic store.
  void commit(const std::map<MessageQueue, std::int64_t>& offsets, bool persist);
  /// The committed offset of a queue; -1 when there is none.
  std::int64_t committed(const MessageQueue& queue);
  /// The first message stored at `timestamp` (ms) or later.
  std::int64_t offsetForTimestamp(const MessageQueue& queue, std::int64_t timestamp) {
    return searchOffset(queue, timestamp);
  }
  /// The topic's readable queues.
  std::vector<MessageQueue> fetchMessageQueues(const std::string& topic);
  /// Looked at with every rebalance (20 s). The listener must live until shutdown() has returned.
  void registerTopicMessageQueueChangeListener(const std::string& topic,
                                               TopicMessageQueueChangeListener* listener);

  /// Gets what no call can throw: a subscription or pulls that a broker refuses after start() (the
  /// refusal of each topic and code once).
  void setErrorListener(ConsumerErrorFunction listener);

  std::string getConsumerGroup() const;
  void setConsumerGroup(const std::string& group);
  /// Default CLUSTERING.
  void setMessageModel(MessageModel model);
  MessageModel getMessageModel() const;
  /// Default CONSUME_FROM_LAST_OFFSET.
  void setConsumeFromWhere(ConsumeFromWhere where);
  ConsumeFromWhere getConsumeFromWhere() const;
  /// For CONSUME_FROM_TIMESTAMP: yyyyMMddHHmmss in local time. Default half an hour ago.
  void setConsumeTimestamp(const std::string& timestamp);
  std::string getConsumeTimestamp() const;
  /// Default true.
  void setAutoCommit(bool autoCommit);
  bool isAutoCommit() const;
  /// ms, 1000 at least. Default 5000.
  void setAutoCommitIntervalMillis(int milliseconds);
  void setAutoCommitIntervalMillis(std::chrono::milliseconds time) {
    setAutoCommitIntervalMillis(wholeMilliseconds(time));
  }
  int getAutoCommitIntervalMillis() const;
  /// How long poll() waits, ms. Default 5000.
  void setPollTimeoutMillis(int milliseconds);
  void setPollTimeoutMillis(std::chrono::milliseconds time) {
    setPollTimeoutMillis(wholeMilliseconds(time));
  }
  int getPollTimeoutMillis() const;
  /// Most messages per pull, 1…1024. Default 10.
  void setPullBatchSize(int messages);
  int getPullBatchSize() const;
  /// No queue is pulled while this many messages wait for a poll. Default 10000.
  void setPullThresholdForAll(int messages);
  int getPullThresholdForAll() const;
  /// A queue is not pulled while this many of its messages, or more MiB, wait for a poll. Defaults
  /// 1000 and 100.
  void setPullThresholdForQueue(int messages);
  int getPullThresholdForQueue() const;
  void setPullThresholdSizeForQueue(int mebibytes);
  int getPullThresholdSizeForQueue() const;
  /// How long a broker holds a pull that finds nothing, and when the client gives it up, ms.
  /// Defaults 20000 and 30000.
  void setBrokerSuspendMaxTimeMillis(int milliseconds);
  void setBrokerSuspendMaxTimeMillis(std::chrono::milliseconds time) {
    setBrokerSuspendMaxTimeMillis(wholeMilliseconds(time));
  }
  int getBrokerSuspendMaxTimeMillis() const;
  void setConsumerTimeoutMillisWhenSuspend(int milliseconds);
  void setConsumerTimeoutMillisWhenSuspend(std::chrono::milliseconds time) {
    setConsumerTimeoutMillisWhenSuspend(wholeMilliseconds(time));
  }
  int getConsumerTimeoutMillisWhenSuspend() const;
  /// Default AllocateMessageQueueAveragely.
  void setAllocateMessageQueueStrategy(
      std::shared_ptr<const AllocateMessageQueueStrategy> strategy);

 protected:
  std::shared_ptr<client::ClientInstance> runningInstance() const override;

 private:
  explicit DefaultLitePullConsumer(std::shared_ptr<client::LitePullSettings> settings);

  std::shared_ptr<client::LitePullSettings> settings_;
  std::shared_ptr<client::LitePullConsumerImpl> impl_;
};

}  // namespace rocketmq
