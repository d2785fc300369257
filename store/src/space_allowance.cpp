#include "space_allowance.hpp"

#include <algorithm>

namespace rocketmq::store {
namespace {

/// A look costs a system call: not for less than this.
constexpr std::int64_t look_step_min = 256 * 1024;
/// The nearer the end, the more often: after this part of the way has been written.
constexpr int look_step_divisor = 8;

}  // namespace

void SpaceAllowance::look(const DiskSpace& disk, double refused_from_ratio, std::int64_t log_end,
                          std::chrono::steady_clock::time_point now) {
  const auto bytes_below = [&](double ratio) {
    return static_cast<std::int64_t>(ratio * static_cast<double>(disk.usable_bytes)) -
           disk.used_bytes;
  };
  const std::int64_t until_slow = bytes_below(slow_from_ratio);
  const auto elapsed = std::chrono::duration<double>(now - looked_at_);
  looked_at_ = now;
  if (until_slow > 0 || refused_from_ratio <= slow_from_ratio) {
    limit_.store(no_limit, std::memory_order_relaxed);
    look_at_ = log_end + std::max(until_slow / look_step_divisor, look_step_min);
    return;
  }
  look_is_coming();
  const double a_second =
      static_cast<double>(std::max<std::int64_t>(bytes_below(refused_from_ratio), 0)) /
      drain_seconds;
  // What was not used is kept for a second at most; what a large message took too much is paid for.
  const std::int64_t before = is_slowing() ? limit_.load(std::memory_order_relaxed) : log_end;
  const auto granted = static_cast<std::int64_t>(a_second * std::min(elapsed.count(), 1.0)) + 1;
  limit_.store(std::min(before + granted, log_end + static_cast<std::int64_t>(a_second) + 1),
               std::memory_order_relaxed);
}

}  // namespace rocketmq::store
