#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace rocketmq {

/// One queue of one topic on one broker name. Sorted by topic, brokerName, queueId, as every client
/// sorts it.
struct MessageQueueId {
  std::string topic;
  std::string broker_name;
  std::int32_t queue_id = 0;

  friend auto operator<=>(const MessageQueueId&, const MessageQueueId&) = default;
  friend bool operator==(const MessageQueueId&, const MessageQueueId&) = default;
};

}  // namespace rocketmq

template <>
struct std::hash<rocketmq::MessageQueueId> {
  std::size_t operator()(const rocketmq::MessageQueueId& queue) const noexcept {
    const std::hash<std::string> hash_text;
    return hash_text(queue.topic) * 31 + hash_text(queue.broker_name) * 7 +
           static_cast<std::size_t>(queue.queue_id);
  }
};
