#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rocketmq/broker/broker_config.hpp"
#include "rocketmq/common/clock.hpp"
#include "rocketmq/common/figure_table.hpp"
#include "rocketmq/common/text_hash.hpp"
#include "rocketmq/protocol/admin_bodies.hpp"
#include "rocketmq/store/store_administration.hpp"
#include "stats/group_counters.hpp"
#include "stats/stat_item.hpp"

namespace rocketmq::broker {

/// A group whose last read of a queue was far behind the end of the log.
struct SlowGroup {
  std::string group;
  std::string topic;
  std::int32_t queue_id = 0;
  std::int64_t bytes_behind = 0;
};

/// What came into topics and what groups took out of them, as VIEW_BROKER_STATS_DATA shows it
/// (spec/broker.md §20.1). Puts are counted by the queues themselves, gets by GroupCounters; here
/// both are read every 10 s. How far a group falls behind is as of its last reads. Runs
/// on: tick() on `housekeeping`, the rest on any thread (mutex_; add_get() takes no exclusive lock
/// once a queue is known). Bounded: limits::stat_items_max items, of which those of single queues
/// may be limits::queue_stat_items_max; further ones are not shown.
class BrokerStatsManager {
 public:
  /// The interval at which tick() is to be called.
  static constexpr std::chrono::milliseconds tick_period{10'000};
  /// How long a read shows how far its group falls behind: a group that has stopped reading is not
  /// behind.
  static constexpr std::chrono::minutes lag_kept{5};

  /// The configuration names the cluster, which is the key of the broker's own items, and says
  /// whether single queues have items. All must outlive the manager.
  BrokerStatsManager(const BrokerConfig& config, const Clock& clock,
                     const store::StoreAdministration& store);

  /// One read by a group that found messages.
  void add_get(const GroupQueueView& queue, const GroupCounters::Read& read) {
    gets_.add(queue, read);
  }
  /// The longest time that a read took.
  std::chrono::milliseconds longest_get() const { return gets_.longest(); }
  /// One message that a group could not consume and has sent back; `topic` is where it came from.
  void add_send_back(std::string_view topic, std::string_view group);

  /// Takes a sample. The first one is where counting begins.
  void tick();

  /// Logs what the last minute has brought to topics, to groups and to the broker, a line for each
  /// statistic that has grown, as operators know it from stats.log. Bounded:
  /// limits::stat_lines_max lines; the others are counted. Call it each minute.
  void log_minute() const;

  /// Empty when there is no such statistic, or nothing was ever counted under this key.
  std::optional<remoting::BrokerStatsData> view(std::string_view name, std::string_view key) const;
  /// The groups that read further behind the end of the log than this during the last minutes, each
  /// once, with the queue in which it is furthest behind.
  std::vector<SlowGroup> groups_behind(std::int64_t bytes) const;
  /// Forgets how far the group's last reads were behind.
  void forget_lags(std::string_view group) { gets_.forget_lags(group); }
  /// Messages a second that the group has read of the topic during the last minute.
  double get_tps(std::string_view topic, std::string_view group) const;

  void forget_topic(std::string_view topic);
  void forget_group(std::string_view group);

  /// Declares the statistics; the manager must outlive the figures.
  void add_figures(FigureTable& table) const;

 private:
  enum Stat : std::size_t {
    TopicPutNums,
    TopicPutSize,
    GroupGetNums,
    GroupGetSize,
    GroupGetLatency,
    SendBackPutNums,
    BrokerPutNums,
    BrokerGetNums,
    QueuePutNums,
    QueuePutSize,
    QueueGetNums,
    QueueGetSize,
    stat_count
  };
  static const std::array<Figure, stat_count> stats;

  /// A counter that is read at each tick. Counters begin again at 0 when what they count is
  /// deleted.
  struct Watched {
    explicit Watched(std::int64_t begin_ms) : item(begin_ms) {}
    StatItem item;
    std::int64_t counter_value = 0;
    std::int64_t counter_times = 0;
    StatSample total;
    std::int64_t fed_at_tick = 0;
  };
  struct Counter {
    std::int64_t value = 0;
    std::int64_t times = 0;
  };

  /// A key's parts; empty where it has none.
  struct KeyParts {
    std::string_view topic;
    std::string_view group;
  };
  static KeyParts parts_of(Stat stat, std::string_view key);
  static bool is_of_a_queue(Stat stat);

  template <class Predicate>
  void forget_if(Predicate is_gone);
  bool is_recent(const ReadLag& lag) const;
  std::optional<remoting::BrokerStatsData> view_lag(std::int64_t ReadLag::*figure,
                                                    std::string_view key) const;

  /// All need mutex_.
  void feed(Stat stat, std::string_view key, Counter counter);
  void switch_queue_items();
  void feed_puts();
  void feed_gets();
  void feed_send_backs();
  void sample_all();
  template <class Predicate>
  void erase_items(Stat stat, Predicate is_gone);

  const BrokerConfig& config_;
  const Clock& clock_;
  const store::StoreAdministration& store_;
  GroupCounters gets_;
  mutable std::mutex mutex_;
  std::array<TextMap<Watched>, stat_count> items_;  // guarded by mutex_
  std::size_t item_count_ = 0;                      // guarded by mutex_
  TextMap<std::int64_t> send_backs_;                // guarded by mutex_; by topic@group
  std::int64_t ticks_ = 0;                          // guarded by mutex_
  std::int64_t last_tick_ms_ = 0;                   // guarded by mutex_
  bool has_queue_items_ = false;                    // guarded by mutex_
  bool queue_items_begin_ = false;                  // guarded by mutex_; with this tick
};

}  // namespace rocketmq::broker
