#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "registration/registration_waits.hpp"
#include "rocketmq/broker/broker_config.hpp"
#include "rocketmq/common/budget.hpp"
#include "rocketmq/common/clock.hpp"
#include "rocketmq/common/figure_table.hpp"
#include "rocketmq/common/result.hpp"
#include "rocketmq/common/text_hash.hpp"
#include "rocketmq/common/topic_config.hpp"
#include "rocketmq/daemon/saved_table.hpp"
#include "rocketmq/daemon/table_file.hpp"
#include "rocketmq/net/minute_rate.hpp"

namespace rocketmq::broker {

/// What sends and pulls need to know of a topic; copied out of the table, so that no lock is held
/// while it is used.
struct TopicShape {
  std::int32_t read_queue_nums = 0;
  std::int32_t write_queue_nums = 0;
  std::int32_t perm = 0;
  std::int32_t topic_sys_flag = 0;
  bool order = false;
  /// Number of the table's change that made the topic; 0 since the start.
  std::uint64_t change = 0;

  /// Queues 0 to n-1 that take messages and are read.
  std::int32_t queues_that_are_read() const {
    return read_queue_nums < write_queue_nums ? read_queue_nums : write_queue_nums;
  }
};

/// The queue for a message that was meant for `queue_id` some time ago: the same, or another one
/// that consumers read when the topic has fewer queues by now.
inline std::int32_t queue_that_is_read(const TopicShape& topic, std::int32_t queue_id) {
  const std::int32_t queues = topic.read_queue_nums;
  return queues > 0 && queue_id >= queues ? queue_id % queues : queue_id;
}

/// What a request gets whose topic is not in the table.
Error no_such_topic(std::string_view topic);

/// Bytes of a topic in the JSON of a table, its key included, all but exactly.
std::size_t json_bytes_of(const TopicConfig& config);

/// The topics of this broker and config/topics.json (spec/broker.md §3).
/// Runs on: any thread. A look-up takes a shared lock; changes take an exclusive one, and one at a
/// time. Bounded: topicsMax topics; those that clients have made count for the address that made
/// them.
class TopicConfigManager {
 public:
  TopicConfigManager(const BrokerConfig& config, const Clock& clock, std::filesystem::path file);

  /// Called after each change that name servers must hear of, on the changing thread. Set before
  /// start.
  void on_change(std::function<void()> listener) { on_change_ = std::move(listener); }

  Result<void> load(DamagedTable damaged = DamagedTable::Refuse);
  /// False when load() found no table.
  bool was_loaded() const { return was_loaded_; }
  /// Makes the topics that every broker has, saves them if any was new.
  Result<void> create_system_topics();

  std::optional<TopicShape> shape_of(std::string_view topic) const;
  std::optional<TopicConfig> find(std::string_view topic) const;
  std::size_t size() const;
  TopicConfigSerializeWrapper snapshot() const;
  DataVersion data_version() const;
  /// Bytes of the table as JSON, all but exactly.
  std::size_t json_bytes() const;
  /// Declares how large the table is, and where it ends; the manager must outlive the figures.
  void add_figures(FigureTable& table) const;
  std::vector<const Budget*> budgets() const { return {&count_budget_, &bytes_budget_}; }

  /// Number of the table's last change; 0 when there was none since the start.
  std::uint64_t change() const;
  /// Topics that were made or changed, the version that the table has with them, and its change.
  struct Changes {
    TopicConfigSerializeWrapper topics;
    std::uint64_t change = 0;
    /// All topics are among them.
    bool is_whole_table = false;
  };
  Changes whole_table() const;
  /// What has changed since `change`; the whole table when that is not known any more.
  Changes changes_since(std::uint64_t change) const;
  /// Something has changed that concerns all topics as name servers know them.
  void touch_all();
  /// Where replies wait that speak of topics which name servers do not know yet.
  RegistrationWaits& waits() { return waits_; }

  /// The topic of a send; made from its template when it is unknown (spec/broker.md §3.3). `topic`
  /// has passed check_name; `sender` is null for the broker's own sends. Errors: TopicNotExist, or
  /// SystemError when the table is full, or the sender's share of new topics is used up.
  Result<TopicShape> find_or_create_for_send(std::string_view topic, std::string_view default_topic,
                                             std::int32_t queue_nums, std::int32_t topic_sys_flag,
                                             const Endpoint* sender = nullptr);
  /// The topic, made with `queue_nums` queues when it is unknown: retry, dead-letter and internal
  /// topics.
  Result<TopicShape> find_or_create(std::string_view topic, std::int32_t queue_nums,
                                    std::int32_t perm, std::int32_t topic_sys_flag = 0,
                                    Budget::Peer maker = Budget::nobody);
  /// The topic with at least `queue_nums` queues to read and to write, or nothing when it is
  /// unknown.
  std::optional<TopicShape> grow(std::string_view topic, std::int32_t queue_nums);

  /// Makes or replaces a topic by an operator's wish. Returns the number of the change; file() says
  /// when it is saved.
  Result<std::uint64_t> update(TopicConfig config) { return update_all({std::move(config)}); }
  /// The same for several: all or, when they do not fit into the table, none.
  Result<std::uint64_t> update_all(std::vector<TopicConfig> configs);
  /// Removes a topic. Returns the number of the change; nothing when there was no such topic.
  std::optional<std::uint64_t> remove(std::string_view topic);
  /// On a slave: takes over its master's table, with its version, unless it has that version.
  /// Topics whose name cannot be are left out, and all when they are too many. Returns the topics
  /// that are no more.
  Result<std::vector<std::string>> follow(TopicConfigSerializeWrapper master);
  /// Marks exactly the topics of `order_topics` as ordered (KV namespace ORDER_TOPIC_CONFIG).
  void apply_order_topics(const std::map<std::string, std::string>& order_topics);

  /// True for the fixed system topics and those named after this broker and cluster.
  bool is_system_topic(std::string_view topic) const;
  /// All of them, also those that nothing has used yet.
  std::set<std::string> system_topics() const;

  /// Lets replies go that have waited long enough. Call it every 100 ms or so.
  void tick() { waits_.tick(); }
  /// config/topics.json.
  SavedTable& file() { return saved_; }
  /// Saves what has changed; waits for the disk.
  Result<void> flush() { return saved_.flush(); }

 private:
  struct Topic {
    TopicConfig config;
    std::uint64_t change = 0;
    /// Who had it made; no peer: an operator, the broker, or an earlier run.
    Budget::Peer maker = Budget::nobody;
  };
  static TopicShape shape_from(const Topic& topic);

  Result<TopicShape> add(TopicConfig config, Budget::Peer maker);
  Result<void> check_room_for(const TopicConfig& config, Budget::Peer maker);
  Result<void> check_may_create(std::string_view topic, const Endpoint* sender, Budget::Peer maker);
  // With mutex_ held exclusively.
  void begin_change();
  Topic& put(std::string name, TopicConfig config, Budget::Peer maker = Budget::nobody);
  void erase(std::string_view name);
  void note_change_of(std::string_view name);
  std::string reply_topic() const;
  Result<void> write_file() const;
  void announce();

  const BrokerConfig& config_;
  const Clock& clock_;
  const std::filesystem::path file_;
  bool was_loaded_ = false;  // set by load(), never changes afterwards
  std::function<void()> on_change_;
  mutable std::shared_mutex mutex_;
  TextMap<Topic> topics_;        // guarded by mutex_
  DataVersion data_version_;     // guarded by mutex_
  std::size_t json_bytes_ = 0;   // guarded by mutex_
  bool warned_of_size_ = false;  // guarded by mutex_
  std::uint64_t change_ = 0;     // guarded by mutex_
  /// The last changes and their topics, oldest first, all after forgotten_change_.
  std::deque<std::pair<std::uint64_t, std::string>> recent_;  // guarded by mutex_
  std::uint64_t forgotten_change_ = 0;                        // guarded by mutex_
  Budget count_budget_;
  Budget bytes_budget_;
  /// Topics that are neither of retries nor of dead letters: those come with groups, which have a
  /// limit of their own.
  Budget ordinary_;
  SavedTable saved_;
  RegistrationWaits waits_;
  net::MinuteRate new_topics_;  // of strangers
  std::atomic<std::uint64_t> topics_refused_{0};
};

}  // namespace rocketmq::broker
