#include "pulls/slow_consumer_guard.hpp"

#include <spdlog/spdlog.h>

#include "rocketmq/common/shared_log.hpp"

namespace rocketmq::broker {

void SlowConsumerGuard::tick() {
  if (!config_.disable_consume_if_consumer_read_slowly) return;
  const std::int64_t threshold = config_.consumer_fallbehind_threshold_bytes;
  for (const SlowGroup& slow : stats_.groups_behind(threshold)) {
    // What it has read until now is dealt with, also after it may read again.
    stats_.forget_lags(slow.group);
    if (!groups_.disable_consume(slow.group)) continue;
    protection_log().warn(
        "consumer group {} may not consume any more: it has fallen {} bytes behind in queue {} of "
        "topic {}, more than consumerFallbehindThreshold ({})",
        slow.group, slow.bytes_behind, slow.queue_id, slow.topic, threshold);
  }
}

}  // namespace rocketmq::broker
