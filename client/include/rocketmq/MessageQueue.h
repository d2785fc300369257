#pragma once

#include "rocketmq/RequiresCpp20.h"

#include <compare>
#include <cstddef>
#include <functional>
#include <iosfwd>
#include <string>
#include <utility>

namespace rocketmq {

/// One queue of a topic on one broker name. Ordered by topic, broker name, queue id.
class MessageQueue {
 public:
  MessageQueue() = default;
  MessageQueue(std::string topic, std::string brokerName, int queueId)
      : topic_(std::move(topic)), brokerName_(std::move(brokerName)), queueId_(queueId) {}

  const std::string& getTopic() const { return topic_; }
  void setTopic(std::string topic) { topic_ = std::move(topic); }
  const std::string& getBrokerName() const { return brokerName_; }
  void setBrokerName(std::string brokerName) { brokerName_ = std::move(brokerName); }
  /// From 0.
  int getQueueId() const { return queueId_; }
  void setQueueId(int queueId) { queueId_ = queueId; }

  /// `MessageQueue [topic=T, brokerName=b, queueId=0]`
  std::string toString() const;

  friend auto operator<=>(const MessageQueue&, const MessageQueue&) = default;
  friend bool operator==(const MessageQueue&, const MessageQueue&) = default;

 private:
  std::string topic_;
  std::string brokerName_;
  int queueId_ = -1;
};

std::ostream& operator<<(std::ostream& out, const MessageQueue& queue);

using MQMessageQueue = MessageQueue;

}  // namespace rocketmq

template <>
struct std::hash<rocketmq::MessageQueue> {
  std::size_t operator()(const rocketmq::MessageQueue& queue) const noexcept {
    const std::hash<std::string> hash_text;
    return hash_text(queue.getTopic()) * 31 + hash_text(queue.getBrokerName()) * 7 +
           static_cast<std::size_t>(queue.getQueueId());
  }
};
