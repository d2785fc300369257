#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>

#include "rocketmq/broker/broker_config.hpp"
#include "rocketmq/common/clock.hpp"
#include "rocketmq/common/worker_pool.hpp"
#include "rocketmq/store/message_store.hpp"
#include "stats/broker_stats_manager.hpp"

namespace rocketmq::broker {

/// What GET_BROKER_RUNTIME_INFO tells (spec/broker.md §20.2): the store's figures, and rates from
/// samples of them. Runs on: tick() on `housekeeping`, table() on any thread (mutex_).
class RuntimeFigures {
 public:
  /// How often tick() is to be called.
  static constexpr std::chrono::milliseconds sample_period{10'000};

  /// All must outlive the figures.
  RuntimeFigures(const BrokerSettings& settings, const Clock& clock,
                 const store::MessageStore& store, const BrokerStatsManager& stats,
                 const WorkerPool& read_pool);

  /// Takes a sample.
  void tick();
  /// Key → text, as administrators' tools read it.
  std::map<std::string, std::string> table() const;

 private:
  struct Sample {
    std::chrono::steady_clock::time_point at;
    store::StoreFigures figures;
  };
  /// Day totals: what had been counted when yesterday, and when today began.
  struct DayTotals {
    std::int64_t put_yesterday_morning = 0;
    std::int64_t put_today_morning = 0;
    std::int64_t get_yesterday_morning = 0;
    std::int64_t get_today_morning = 0;
    std::int64_t day = 0;
  };

  Sample take_sample() const;
  /// The newest sample that is at least so old, or the oldest there is. Needs mutex_.
  const Sample& sample_before(std::chrono::steady_clock::time_point now,
                              std::chrono::seconds span) const;
  /// "a b c": a second's average over the last 10 s, 60 s and 600 s. Needs mutex_.
  std::string rates(const Sample& now, std::int64_t (*count_of)(const store::StoreFigures&)) const;
  std::string runtime_text() const;
  static void add_put_times(const store::PutTimes& last_minute,
                            std::map<std::string, std::string>& out);
  void add_store_figures(const store::StoreFigures& figures,
                         std::map<std::string, std::string>& out) const;

  const BrokerConfig& config_;
  const store::StoreConfig& store_config_;
  const Clock& clock_;
  const store::MessageStore& store_;
  const BrokerStatsManager& stats_;
  const WorkerPool& read_pool_;
  const std::int64_t boot_ms_;
  mutable std::mutex mutex_;
  std::deque<Sample> samples_;  // guarded by mutex_; the newest last
  DayTotals totals_;            // guarded by mutex_
};

}  // namespace rocketmq::broker
