#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "rocketmq/protocol/admin_bodies.hpp"

namespace rocketmq::broker {

/// A counter's value, and the number of events that made it, at one moment.
struct StatSample {
  std::int64_t at_ms = 0;
  std::int64_t value = 0;
  std::int64_t times = 0;
};

/// The last samples of one counter at equal distances.
class StatWindow {
 public:
  explicit StatWindow(std::size_t samples_max) : samples_max_(samples_max) {}

  void push(const StatSample& sample);
  /// What was added from the oldest sample to `now`.
  remoting::StatsFigure figure(const StatSample& now) const;
  /// True when nothing was added since the oldest sample of a full window.
  bool is_flat(const StatSample& now) const;
  /// Starts again at `now`.
  void reset(const StatSample& now);

 private:
  const std::size_t samples_max_;
  std::vector<StatSample> samples_;  // the oldest first
};

/// One statistic as administrators see it: figures of the last minute, hour and day, from a counter
/// that only grows. Fed every 10 s. Not thread-safe.
class StatItem {
 public:
  /// `begin_ms` is the time at which the counter was 0.
  explicit StatItem(std::int64_t begin_ms);

  /// Which windows get a sample: the minute's always, the hour's every 10 minutes, the day's every
  /// hour.
  struct Due {
    bool hour = false;
    bool day = false;
  };
  void sample(const StatSample& now, Due due);
  remoting::BrokerStatsData data() const;
  remoting::StatsFigure minute() const { return minute_.figure(latest_); }
  /// True when nothing was added for a day.
  bool is_idle() const { return day_.is_flat(latest_); }
  /// Frees the memory of an idle item; its figures are 0 until something is added.
  void rest();

 private:
  StatSample latest_;
  StatWindow minute_{7};
  StatWindow hour_{7};
  StatWindow day_{25};
};

}  // namespace rocketmq::broker
