#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rocketmq/broker/broker_config.hpp"
#include "rocketmq/common/budget.hpp"
#include "rocketmq/common/clock.hpp"
#include "rocketmq/common/figure_table.hpp"
#include "rocketmq/common/result.hpp"
#include "rocketmq/common/subscription_group_config.hpp"
#include "rocketmq/common/text_hash.hpp"
#include "rocketmq/daemon/saved_table.hpp"
#include "rocketmq/daemon/table_file.hpp"

namespace rocketmq::broker {

/// The consumer groups of this broker and config/subscriptionGroup.json (spec/broker.md §4).
/// Runs on: any thread (shared lock to look up, exclusive to change).
/// Bounded: subscriptionGroupsMax groups; those that clients have made count for the address that
/// made them.
class SubscriptionGroupManager {
 public:
  SubscriptionGroupManager(const BrokerConfig& config, const Clock& clock,
                           std::filesystem::path file);

  Result<void> load(DamagedTable damaged = DamagedTable::Refuse);
  /// Makes the groups that every broker has, saves them if any was new.
  Result<void> create_system_groups();

  std::optional<SubscriptionGroupConfig> find(std::string_view group) const;
  /// The group; made with defaults when it is unknown and autoCreateSubscriptionGroup is on, or it
  /// is one of the system's. `group` has passed check_name. Error: SubscriptionGroupNotExist, or
  /// SystemError when the table, or the share of `maker`, is full.
  Result<SubscriptionGroupConfig> find_or_create(std::string_view group,
                                                 Budget::Peer maker = Budget::nobody);

  /// The same without making it, for requests that may still be refused.
  struct Prepared {
    SubscriptionGroupConfig config;
    bool is_new = false;  ///< find_or_create() would make it
  };
  Result<Prepared> find_or_prepare(std::string_view group) const;

  /// Makes or replaces a group by an operator's wish; file() says when it is saved.
  Result<void> update(SubscriptionGroupConfig config) { return update_all({std::move(config)}); }
  /// The same for several: all or, when they do not fit into the table, none.
  Result<void> update_all(std::vector<SubscriptionGroupConfig> configs);
  /// On a slave: takes over its master's table, with its version, unless it has that version.
  Result<void> follow(SubscriptionGroupWrapper master);
  /// Takes a group's permission to consume, which only an operator gives back; saved soon. False
  /// when there is no such group, or it has none.
  bool disable_consume(std::string_view group);
  /// Removes a group. False when there was none.
  bool remove(std::string_view group);

  std::size_t size() const;
  /// Declares how many groups there are; the manager must outlive the figures.
  void add_figures(FigureTable& table) const;
  std::vector<const Budget*> budgets() const { return {&budget_}; }
  SubscriptionGroupWrapper snapshot() const;

  /// config/subscriptionGroup.json.
  SavedTable& file() { return saved_; }
  /// Saves what has changed; waits for the disk.
  Result<void> flush() { return saved_.flush(); }

 private:
  Result<void> write_file() const;
  void put(std::string name, SubscriptionGroupConfig config);  // needs mutex_, exclusively

  const BrokerConfig& config_;
  const Clock& clock_;
  const std::filesystem::path file_;
  mutable std::shared_mutex mutex_;
  TextMap<SubscriptionGroupConfig> groups_;  // guarded by mutex_
  TextMap<Budget::Peer> makers_;             // guarded by mutex_; of groups that a client had made
  DataVersion data_version_;                 // guarded by mutex_
  Budget budget_;
  SavedTable saved_;
};

}  // namespace rocketmq::broker
