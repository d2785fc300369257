#pragma once

#include <atomic>
#include <cstdint>
#include <limits>
#include <optional>

namespace rocketmq::store {

/// Bounds by how much a slave of an ASYNC_MASTER falls behind (asyncSlaveLagMax): a message that
/// would be further ahead of it than that is acknowledged when the slave is near enough.
///
/// Only a slave in step is waited for. One that begins far behind, or that was waited for too long,
/// is not in step until it is within half of the bound: it may take its time. Without a link there
/// is no slave. So a slave that is gone, is silent or catches up holds nothing up.
///
/// One thread at a time; allows() and is_in_step() on any.
class SlavePace {
 public:
  /// `lag_max_bytes` 0: slaves are not waited for.
  explicit SlavePace(std::int64_t lag_max_bytes) : lag_max_(lag_max_bytes) {}

  /// Whether a put that ends at `end` needs not wait for the slave.
  bool allows(std::int64_t end) const { return end <= limit_.load(std::memory_order_relaxed); }
  /// Puts wait for the slave when it falls behind.
  bool is_in_step() const { return limit_.load(std::memory_order_relaxed) != no_limit; }

  /// The slave has what lies before `slave_end`, nothing when none follows, and the log ends at
  /// `log_end`.
  void slave_at(std::optional<std::int64_t> slave_end, std::int64_t log_end) {
    const bool is_near =
        slave_end && lag_max_ > 0 && (is_in_step() || log_end - *slave_end <= lag_max_ / 2);
    limit_.store(is_near ? *slave_end + lag_max_ : no_limit, std::memory_order_relaxed);
  }
  /// A put has waited too long.
  void give_up() { limit_.store(no_limit, std::memory_order_relaxed); }

 private:
  static constexpr std::int64_t no_limit = std::numeric_limits<std::int64_t>::max();

  const std::int64_t lag_max_;
  std::atomic<std::int64_t> limit_{no_limit};
};

}  // namespace rocketmq::store
