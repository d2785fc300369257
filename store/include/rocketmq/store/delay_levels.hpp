#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "rocketmq/common/result.hpp"

namespace rocketmq::store {

/// The delays of messageDelayLevel.
class DelayLevels {
 public:
  /// Reads "1s 5s 10s 30s 1m … 2h": whole numbers with one of the units s, m, h, d, separated by
  /// blanks; the first is level 1. Error: a malformed word, or none at all.
  static Result<DelayLevels> parse(std::string_view text);

  std::int32_t max_level() const { return static_cast<std::int32_t>(delays_ms_.size()); }
  /// Delay of a level; a level above the highest counts as the highest. 1 s for levels below 1.
  std::int64_t delay_ms(std::int32_t level) const;
  /// When a message with this level that was stored at `store_timestamp_ms` is due.
  std::int64_t deliver_time_ms(std::int32_t level, std::int64_t store_timestamp_ms) const {
    return store_timestamp_ms + delay_ms(level);
  }

 private:
  std::vector<std::int64_t> delays_ms_;
};

}  // namespace rocketmq::store
