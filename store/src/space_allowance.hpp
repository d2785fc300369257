#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <limits>

#include "rocketmq/store/file_system.hpp"

namespace rocketmq::store {

/// Slows puts down while the disk is nearly full, so that its last space lasts until files expire
/// or an operator makes room, instead of being gone within a second.
///
/// Between slow_from_ratio and diskSpaceWarningLevelRatio, at which puts are refused, a second's
/// puts may take no more than 1/drain_seconds of what is left. With the default water mark, 90 %,
/// there is nothing in between.
///
/// look() on one thread at a time; the others on any, one load each.
class SpaceAllowance {
 public:
  /// The water mark of Java brokers, above which theirs take nothing.
  static constexpr double slow_from_ratio = 0.90;
  static constexpr int drain_seconds = 60;

  /// Whether a put may be taken while the log ends at `log_end`.
  bool allows(std::int64_t log_end) const {
    return log_end < limit_.load(std::memory_order_relaxed);
  }
  bool is_slowing() const { return limit_.load(std::memory_order_relaxed) != no_limit; }

  /// Whether the log has grown by so much that the disk is to be looked at again. While puts are
  /// slowed down time says that, and the log does not.
  bool is_look_due(std::int64_t log_end) const {
    return log_end >= look_at_.load(std::memory_order_relaxed);
  }
  /// A look is on its way: until then none is due.
  void look_is_coming() { look_at_ = std::numeric_limits<std::int64_t>::max(); }
  /// What the disk looks like; `refused_from_ratio` is the share in use from which puts are
  /// refused.
  void look(const DiskSpace& disk, double refused_from_ratio, std::int64_t log_end,
            std::chrono::steady_clock::time_point now);

 private:
  static constexpr std::int64_t no_limit = std::numeric_limits<std::int64_t>::max();

  std::atomic<std::int64_t> limit_{no_limit};
  std::atomic<std::int64_t> look_at_{0};
  std::chrono::steady_clock::time_point looked_at_{};
};

}  // namespace rocketmq::store
