#pragma once

#include <chrono>

#include "groups/subscription_group_manager.hpp"
#include "rocketmq/broker/broker_config.hpp"
#include "stats/broker_stats_manager.hpp"

namespace rocketmq::broker {

/// Takes the permission to consume from groups that read so far behind the end of the log that the
/// disk has to be asked for it, at the cost of all others (spec/broker.md §15). An
/// administrator gives it back; then the group is judged by what it reads from there on. Runs on:
/// `housekeeping`.
class SlowConsumerGuard {
 public:
  /// How often tick() is to be called.
  static constexpr std::chrono::minutes tick_period{3};

  /// All must outlive the guard.
  SlowConsumerGuard(const BrokerConfig& config, BrokerStatsManager& stats,
                    SubscriptionGroupManager& groups)
      : config_(config), stats_(stats), groups_(groups) {}

  void tick();

 private:
  const BrokerConfig& config_;
  BrokerStatsManager& stats_;
  SubscriptionGroupManager& groups_;
};

}  // namespace rocketmq::broker
