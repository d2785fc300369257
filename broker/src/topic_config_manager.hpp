#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>

#include "deferred_writer.hpp"
#include "rocketmq/broker/broker_config.hpp"
#include "rocketmq/common/clock.hpp"
#include "rocketmq/common/result.hpp"
#include "rocketmq/common/topic_config.hpp"
#include "text_hash.hpp"

namespace rocketmq::broker {

/// What sends and pulls need to know of a topic; copied out of the table, so that no lock is held
/// while it is used.
struct TopicShape {
  std::int32_t read_queue_nums = 0;
  std::int32_t write_queue_nums = 0;
  std::int32_t perm = 0;
  std::int32_t topic_sys_flag = 0;
  bool order = false;
};

/// The topics of this broker and config/topics.json (broker.md §3).
/// Runs on: any thread. A look-up takes a shared lock; changes take an exclusive one, and one at a
/// time. Bounded: limits::topics_max topics.
class TopicConfigManager {
 public:
  TopicConfigManager(const BrokerConfig& config, const Clock& clock, std::filesystem::path file);

  /// Called after each change that name servers must hear of, on the changing thread. Set before
  /// start.
  void on_change(std::function<void()> listener) { on_change_ = std::move(listener); }

  Result<void> load();
  /// Makes the topics that every broker has, saves them if any was new.
  Result<void> create_system_topics();

  std::optional<TopicShape> shape_of(std::string_view topic) const;
  std::optional<TopicConfig> find(std::string_view topic) const;
  std::size_t size() const;
  TopicConfigSerializeWrapper snapshot() const;
  DataVersion data_version() const;

  /// The topic of a send; made from its template when it is unknown (broker.md §3.3). `topic` has
  /// passed check_name. Errors: TopicNotExist, or SystemError when the table is full.
  Result<TopicShape> find_or_create_for_send(std::string_view topic, std::string_view default_topic,
                                             std::int32_t queue_nums, std::int32_t topic_sys_flag);
  /// The topic, made with `queue_nums` queues when it is unknown: retry, dead-letter and internal
  /// topics.
  Result<TopicShape> find_or_create(std::string_view topic, std::int32_t queue_nums,
                                    std::int32_t perm, std::int32_t topic_sys_flag = 0);

  /// Makes or replaces a topic by an operator's wish and saves it before it returns.
  Result<void> update(TopicConfig config) { return update_all({std::move(config)}); }
  /// The same for several: all or, when they do not fit into the table, none.
  Result<void> update_all(std::vector<TopicConfig> configs);
  /// Removes a topic and saves. False when there was none.
  Result<bool> remove(std::string_view topic);
  /// Marks exactly the topics of `order_topics` as ordered (KV namespace ORDER_TOPIC_CONFIG).
  void apply_order_topics(const std::map<std::string, std::string>& order_topics);

  /// True for the fixed system topics and those named after this broker and cluster.
  bool is_system_topic(std::string_view topic) const;

  /// Saves what a burst of changes left unsaved.
  void tick() { writer_.tick(); }
  Result<void> flush() { return writer_.flush(); }

 private:
  Result<TopicShape> add(TopicConfig config);
  Result<void> write_file() const;
  void announce();

  const BrokerConfig& config_;
  const Clock& clock_;
  const std::filesystem::path file_;
  std::function<void()> on_change_;
  mutable std::shared_mutex mutex_;
  TextMap<TopicConfig> topics_;  // guarded by mutex_
  DataVersion data_version_;     // guarded by mutex_
  DeferredWriter writer_;
};

}  // namespace rocketmq::broker
