#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

#include "rocketmq/filtersrv/filter_engine.hpp"

namespace rocketmq::filtersrv {

/// The messages on which a filter's workers have ended, so that one that ends them each time does
/// not hold its queue. Used by one thread at a time. Bounded: the latest `messages_max` are known.
class FatalMessages {
 public:
  static constexpr std::size_t messages_max = 256;

  /// A worker has ended on this message. Whether one has before.
  bool note(const FilterMessage& message) {
    const auto is_it = [&](const Place& place) {
      return place.queue_offset == message.queue_offset && place.queue_id == message.queue_id &&
             place.store_time_ms == message.store_time_ms && place.topic == message.topic;
    };
    if (std::any_of(places_.begin(), places_.end(), is_it)) return true;
    if (places_.size() == messages_max) places_.pop_front();
    places_.push_back({std::string(message.topic), message.queue_id, message.queue_offset,
                       message.store_time_ms});
    return false;
  }

 private:
  struct Place {
    std::string topic;
    std::int32_t queue_id = 0;
    std::int64_t queue_offset = 0;
    /// Offsets begin again at 0 where a topic was deleted.
    std::int64_t store_time_ms = 0;
  };
  std::deque<Place> places_;
};

}  // namespace rocketmq::filtersrv
