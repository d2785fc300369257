#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <mutex>

#include "rocketmq/broker/broker_config.hpp"
#include "rocketmq/common/clock.hpp"
#include "rocketmq/common/figure_table.hpp"
#include "rocketmq/common/worker_pool.hpp"
#include "rocketmq/store/message_reader.hpp"
#include "rocketmq/store/put_times.hpp"
#include "rocketmq/store/store_administration.hpp"
#include "rocketmq/store/store_config.hpp"
#include "stats/broker_stats_manager.hpp"

namespace rocketmq::broker {

/// The figures of the broker as a whole (spec/broker.md §20.2): those of the store, and rates from
/// samples of them. Runs on: tick() on `housekeeping`, now() on any thread (mutex_).
class RuntimeFigures {
 public:
  /// The interval at which tick() is to be called.
  static constexpr std::chrono::milliseconds sample_period{10'000};

  /// Day totals: what had been counted when yesterday, and when today began.
  struct DayTotals {
    std::int64_t put_yesterday_morning = 0;
    std::int64_t put_today_morning = 0;
    std::int64_t get_yesterday_morning = 0;
    std::int64_t get_today_morning = 0;
    std::int64_t day = 0;
  };
  /// One look at everything, so that the figures of one response agree with each other.
  struct Now {
    const RuntimeFigures& of;
    store::StoreFigures store;
    std::chrono::seconds running{0};
    DayTotals totals;
    FigureRates put;
    FigureRates get;
    FigureRates found;
    FigureRates missed;
    FigureRates found_or_missed;
    /// Of the puts of the last minute.
    store::PutTimes put_times;
  };

  /// All must outlive the figures.
  RuntimeFigures(const BrokerSettings& settings, const Clock& clock,
                 const store::StoreAdministration& administration,
                 const store::MessageReader& reader, const BrokerStatsManager& stats,
                 const WorkerPool& read_pool);

  /// Takes a sample.
  void tick();
  /// Declares the figures; this object must outlive the table.
  void add_figures(FigureTable& table) const;

 private:
  struct Sample {
    std::chrono::steady_clock::time_point at;
    store::StoreFigures figures;
  };

  Sample take_sample() const;
  Now now() const;
  /// The newest sample that is at least this old, or the oldest there is. Needs mutex_.
  const Sample& sample_before(std::chrono::steady_clock::time_point now,
                              std::chrono::seconds span) const;
  /// Averages of the growth of a count. Needs mutex_.
  FigureRates rates(const Sample& now, std::int64_t (*count_of)(const store::StoreFigures&)) const;

  /// Reads what a figure needs from its owner.
  friend struct RuntimeFigureRows;

  const BrokerConfig& config_;
  const store::StoreConfig& store_config_;
  const Clock& clock_;
  const store::StoreAdministration& administration_;
  const store::MessageReader& reader_;
  const BrokerStatsManager& stats_;
  const WorkerPool& read_pool_;
  const std::int64_t boot_ms_;
  mutable std::mutex mutex_;
  std::deque<Sample> samples_;  // guarded by mutex_; the newest last
  DayTotals totals_;            // guarded by mutex_
};

}  // namespace rocketmq::broker
