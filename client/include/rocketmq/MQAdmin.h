#pragma once

#include "rocketmq/RequiresCpp20.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "rocketmq/ClientConfig.h"
#include "rocketmq/MQException.h"
#include "rocketmq/MessageExt.h"
#include "rocketmq/MessageQueue.h"

namespace rocketmq {

namespace client {
class ClientInstance;
}

/// Messages found by a query.
struct QueryResult {
  /// Store time of the newest message that the replying brokers' indexes know, ms.
  std::int64_t indexLastUpdateTimestamp = 0;
  std::vector<MessageExt> messageList;
};

/// Questions that every started producer and consumer can ask. All calls are safe on any thread and
/// wait for the response. They throw MQClientException (wrong state, unknown broker or topic,
/// nothing found), RemotingException (network) and MQBrokerException (the broker refused).
class MQAdmin : public ClientConfig {
 public:
  /// Makes `newTopic` with `queueNum` queues on each broker that has the topic `key` (normally
  /// "TBW102").
  void createTopic(const std::string& key, const std::string& newTopic, int queueNum,
                   int topicSysFlag = 0);
  /// The first message stored at `timestamp` (ms since 1970) or later, as a queue offset.
  std::int64_t searchOffset(const MessageQueue& queue, std::int64_t timestamp);
  /// The offset that the next message of the queue will get.
  std::int64_t maxOffset(const MessageQueue& queue);
  /// The offset of the first message that is still stored.
  std::int64_t minOffset(const MessageQueue& queue);
  /// Store time of the queue's first message, ms; -1 when it is empty.
  std::int64_t earliestMsgStoreTime(const MessageQueue& queue);
  /// The message with this offset message id.
  MessageExt viewMessage(const std::string& offsetMsgId);
  /// The message with this offset message id or unique id.
  MessageExt viewMessage(const std::string& topic, const std::string& msgId);
  /// Messages that carry `key`, stored between `begin` and `end` (ms), at most `maxNum`. Nothing
  /// found: MQClientException with code 208.
  QueryResult queryMessage(const std::string& topic, const std::string& key, int maxNum,
                           std::int64_t begin, std::int64_t end);

 protected:
  using ClientConfig::ClientConfig;
  /// The instance this client runs in. Throws MQClientException unless the client is running.
  virtual std::shared_ptr<client::ClientInstance> runningInstance() const = 0;
};

}  // namespace rocketmq
