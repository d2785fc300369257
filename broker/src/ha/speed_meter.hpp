#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>

namespace rocketmq::broker::ha {

/// Bytes a second of a count that grows, over the last second or a little more. sample() on one
/// thread, bytes_per_second() on any.
class SpeedMeter {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// `total` is the count at `now`. To be called several times a second.
  void sample(Time now, std::int64_t total) {
    if (!since_) {
      since_ = now;
      from_ = total;
      return;
    }
    const std::chrono::duration<double> passed = now - *since_;
    if (passed < std::chrono::seconds(1)) return;
    bytes_per_second_.store(
        static_cast<std::int64_t>(static_cast<double>(total - from_) / passed.count()),
        std::memory_order_relaxed);
    since_ = now;
    from_ = total;
  }
  std::int64_t bytes_per_second() const {
    return bytes_per_second_.load(std::memory_order_relaxed);
  }

 private:
  std::optional<Time> since_;
  std::int64_t from_ = 0;
  std::atomic<std::int64_t> bytes_per_second_{0};
};

}  // namespace rocketmq::broker::ha
