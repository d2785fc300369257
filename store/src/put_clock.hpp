#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>

#include "rocketmq/store/put_times.hpp"

namespace rocketmq::store {

/// Counts how long puts take. Any thread; a batch of puts costs one addition.
class PutClock {
 public:
  void record(std::chrono::nanoseconds time, std::int64_t puts) {
    counts_[PutTimes::class_of(time)].fetch_add(puts, std::memory_order_relaxed);
    const std::int64_t milliseconds =
        std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
    std::int64_t longest = longest_ms_.load(std::memory_order_relaxed);
    while (milliseconds > longest &&
           !longest_ms_.compare_exchange_weak(longest, milliseconds, std::memory_order_relaxed)) {
    }
  }

  PutTimes times() const {
    PutTimes times;
    for (std::size_t i = 0; i < counts_.size(); ++i)
      times.counts[i] = counts_[i].load(std::memory_order_relaxed);
    times.longest = std::chrono::milliseconds(longest_ms_.load(std::memory_order_relaxed));
    return times;
  }

 private:
  std::array<std::atomic<std::int64_t>, PutTimes::class_count> counts_{};
  std::atomic<std::int64_t> longest_ms_{0};
};

}  // namespace rocketmq::store
