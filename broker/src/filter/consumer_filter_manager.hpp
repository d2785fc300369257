#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "filter/bloom_filter.hpp"
#include "filter/expression_cache.hpp"
#include "rocketmq/common/budget.hpp"
#include "rocketmq/common/clock.hpp"
#include "rocketmq/common/live.hpp"
#include "rocketmq/common/result.hpp"
#include "rocketmq/common/subscription_data.hpp"
#include "rocketmq/common/text_hash.hpp"
#include "rocketmq/daemon/saved_table.hpp"
#include "rocketmq/daemon/table_file.hpp"
#include "rocketmq/filter/compiled_expression.hpp"

namespace rocketmq::broker {

/// What a consumer group has registered for one topic: its expression and whether the group
/// has members. Immutable; a change makes a new one.
struct ConsumerFilterData {
  std::string topic;
  std::string group;
  std::string expression_type;
  std::shared_ptr<const CompiledExpression> expression;
  std::int64_t born_time_ms = 0;
  /// 0 while the group has consumers that subscribe to the topic.
  std::int64_t dead_time_ms = 0;
  /// The subVersion of the subscription: its client's time, in ms.
  std::int64_t client_version = 0;
  /// Whose share it takes.
  Budget::Peer maker = Budget::nobody;

  bool is_dead() const { return dead_time_ms >= born_time_ms; }
};

/// The filter expressions of all consumer groups, and config/consumerFilter.json (spec/broker.md
/// §10.5). Runs on: any thread (shared lock to look up, exclusive to change). Saved every few
/// seconds. Bounded: Options::filters_max entries and text_bytes_max bytes of expressions, with a
/// share for each address; beyond them a registration leaves no filter data.
class ConsumerFilterManager {
 public:
  static constexpr std::size_t filters_max = 50'000;
  static constexpr std::size_t text_bytes_max = 16 * 1'024 * 1'024;

  struct Options {
    std::filesystem::path file;
    /// filterDataCleanTimeSpan: how long a dead entry is kept.
    Live<std::int64_t> clean_time_span_ms = 86'400'000;
    /// maxErrorRateOfBloomFilter, in percent, and expectConsumerNumUseFilter: what the bit
    /// positions in the file are computed for.
    std::int32_t bloom_error_rate_percent = 20;
    std::int32_t bloom_consumers = 32;
    std::size_t filters_max = ConsumerFilterManager::filters_max;
    std::size_t text_bytes_max = ConsumerFilterManager::text_bytes_max;
  };

  /// `clock` and `cache` must outlive the manager.
  ConsumerFilterManager(Options options, const Clock& clock, ExpressionCache& cache);

  void set_clean_time_span(std::chrono::milliseconds span) {
    options_.clean_time_span_ms = span.count();
  }

  /// Everything loaded is dead until a heartbeat registers it again. An entry that does not compile
  /// is left out, with a warning.
  Result<void> load(DamagedTable damaged = DamagedTable::Refuse);

  /// A heartbeat's subscriptions of one group; all of them, for what the group no longer subscribes
  /// to by an expression is marked dead. A higher subVersion replaces what is there; the same one
  /// brings a dead entry back to life; a lower one changes nothing, unless the entry is dead. An
  /// expression that does not compile leaves no entry. Cheap when nothing changes.
  void register_group(std::string_view group, std::span<const SubscriptionData> subscriptions,
                      Budget::Peer maker = Budget::nobody);
  /// The group's last consumer has gone.
  void unregister_group(std::string_view group);

  /// Null when the group has registered no expression for the topic; dead entries are found too.
  std::shared_ptr<const ConsumerFilterData> find(std::string_view topic,
                                                 std::string_view group) const;
  std::size_t size() const { return count_budget_.used(); }
  std::vector<const Budget*> budgets() const { return {&count_budget_, &bytes_budget_}; }

  /// Forgets what has been dead for too long. Call it every minute or so.
  void tick();
  /// config/consumerFilter.json.
  SavedTable& file() { return saved_; }
  /// Saves if anything has changed since the last time; waits for the disk.
  Result<void> flush() { return saved_.flush(); }

  /// The content of the file.
  nlohmann::json to_json() const;

 private:
  using Data = std::shared_ptr<const ConsumerFilterData>;
  using TopicTable = std::map<std::string, Data, std::less<>>;

  /// An entry of the file.
  struct SavedFilter;
  static bool read_saved(JsonReader& in, SavedFilter& filter);

  /// These need mutex_.
  bool is_up_to_date(std::string_view group, std::span<const SubscriptionData> subscriptions) const;
  void take(std::string_view group, const SubscriptionData& subscription,
            std::shared_ptr<const CompiledExpression> expression, Budget::Peer maker);
  void give_back(const ConsumerFilterData& data);
  /// In the place of `old`, where there is one.
  void put(std::shared_ptr<ConsumerFilterData> data, const Data& old = nullptr);
  void remove(std::string_view group, std::string_view topic);
  void mark_dead(Data& data);
  void warn(std::string_view group, std::string_view topic, const std::string& reason);
  void load_entry(SavedFilter filter);

  Result<void> write_file() const;

  Options options_;  // constant, but for its live member
  const BloomFilter bloom_filter_;
  const Clock& clock_;
  ExpressionCache& cache_;
  mutable std::shared_mutex mutex_;
  TextMap<TopicTable> groups_;  // guarded by mutex_
  Budget count_budget_;
  Budget bytes_budget_;
  std::chrono::steady_clock::time_point next_warning_;  // guarded by mutex_
  SavedTable saved_;
};

}  // namespace rocketmq::broker
