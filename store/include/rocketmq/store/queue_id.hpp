#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace rocketmq::store {

/// Names a ConsumeQueue.
struct QueueId {
  std::string topic;
  std::int32_t queue_id = 0;
  friend auto operator<=>(const QueueId&, const QueueId&) = default;
};

}  // namespace rocketmq::store
