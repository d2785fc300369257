#pragma once

#include <algorithm>
#include <chrono>

#include "rocketmq/store/store_config.hpp"

namespace rocketmq::broker::ha {

/// How often links are looked at for heartbeats and silence: often enough for both intervals.
inline std::chrono::milliseconds tick_period(const store::StoreConfig& config) {
  using std::chrono::milliseconds;
  const auto shortest = std::min(config.ha_send_heartbeat_interval_ms.get(),
                                 config.ha_housekeeping_interval_ms.get());
  return std::clamp(milliseconds(shortest / 4), milliseconds(5), milliseconds(500));
}

}  // namespace rocketmq::broker::ha
