#pragma once

#include <cstdint>
#include <string_view>

namespace rocketmq::store {

/// A message that has just become readable in its queue.
struct MessageArrival {
  std::string_view topic;
  std::int32_t queue_id = 0;
  std::int64_t queue_offset = 0;
  std::int64_t tags_code = 0;
  std::int64_t store_timestamp_ms = 0;
  std::string_view properties;
};

}  // namespace rocketmq::store
