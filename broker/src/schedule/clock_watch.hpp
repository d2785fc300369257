#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "rocketmq/common/clock.hpp"

namespace rocketmq::broker {

/// Notices when the machine's clock is set, by the steady clock beside it.
/// Runs on: one thread, which looks often: what is a step within a moment is drift within an hour.
class ClockWatch {
 public:
  /// Smaller steps are left alone: reading two clocks takes time as well.
  static constexpr std::int64_t step_ms_min = 200;

  struct Step {
    /// How far the clock was set; negative: back.
    std::int64_t shift_ms = 0;
    /// Since the look before, by the steady clock.
    std::int64_t elapsed_ms = 0;
  };

  /// The clock must outlive the watch.
  explicit ClockWatch(const Clock& clock) : clock_(clock) {}

  /// The step since the last look; nothing at the first one, and when this thread was delayed
  /// between the clocks.
  std::optional<Step> look() {
    using std::chrono::milliseconds;
    const auto before = clock_.steady_now();
    const std::int64_t now_ms = clock_.now_ms();
    const auto steady = clock_.steady_now();
    if (steady - before > milliseconds(step_ms_min) / 4) return std::nullopt;
    const std::optional<Look> last = last_;
    last_ = {now_ms, steady};
    if (!last) return std::nullopt;
    const std::int64_t elapsed_ms =
        std::chrono::duration_cast<milliseconds>(steady - last->steady).count();
    const std::int64_t shift_ms = now_ms - last->now_ms - elapsed_ms;
    if (shift_ms > -step_ms_min && shift_ms < step_ms_min) return std::nullopt;
    return Step{shift_ms, elapsed_ms};
  }

 private:
  struct Look {
    std::int64_t now_ms = 0;
    std::chrono::steady_clock::time_point steady;
  };
  const Clock& clock_;
  std::optional<Look> last_;
};

}  // namespace rocketmq::broker
