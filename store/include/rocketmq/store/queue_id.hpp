#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace rocketmq::store {

struct QueueIdView {
  std::string_view topic;
  std::int32_t queue_id = 0;
};

/// Names a ConsumeQueue.
struct QueueId {
  std::string topic;
  std::int32_t queue_id = 0;
  friend auto operator<=>(const QueueId&, const QueueId&) = default;
  operator QueueIdView() const { return {topic, queue_id}; }  // NOLINT(google-explicit-constructor)
};

/// Hash and equality of tables keyed by QueueId that are searched with views.
struct QueueIdHash {
  using is_transparent = void;
  std::size_t operator()(QueueIdView id) const noexcept {
    return std::hash<std::string_view>{}(id.topic) ^
           (static_cast<std::size_t>(static_cast<std::uint32_t>(id.queue_id)) *
            0x9E3779B97F4A7C15ULL);
  }
};
struct QueueIdEqual {
  using is_transparent = void;
  bool operator()(QueueIdView a, QueueIdView b) const noexcept {
    return a.queue_id == b.queue_id && a.topic == b.topic;
  }
};

}  // namespace rocketmq::store
