#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "groups/topic_group.hpp"
#include "limits.hpp"
#include "rocketmq/common/budget.hpp"
#include "rocketmq/common/result.hpp"
#include "rocketmq/daemon/saved_table.hpp"
#include "rocketmq/daemon/table_file.hpp"

namespace rocketmq::broker {

/// Where a consumer group has got to in one queue.
struct OffsetKey {
  std::string_view group;
  std::string_view topic;
  std::int32_t queue_id = 0;
};

/// How far each group has consumed each queue, and config/consumerOffset.json (spec/broker.md §11).
/// A commit is a plain overwrite: going back is allowed. Runs on: any thread. The table is divided,
/// each part with a mutex of its own, so that what walks all of it (saving, an administrator's
/// question) delays commits for a small part of its time only. Saved every few seconds. Bounded:
/// `entries_max` entries; each counts for the address that committed it first.
class ConsumerOffsetManager {
 public:
  explicit ConsumerOffsetManager(std::filesystem::path file,
                                 std::size_t entries_max = limits::consumer_offsets_max);

  Result<void> load(DamagedTable damaged = DamagedTable::Refuse);

  /// Errors: a negative offset or queue index, or the table, or the share of `maker`, is full.
  /// Names have passed check_name.
  Result<void> commit(const OffsetKey& key, std::int64_t offset,
                      Budget::Peer maker = Budget::nobody);
  std::optional<std::int64_t> query(const OffsetKey& key) const;
  /// All queues of one topic that a group has consumed: queue index → offset.
  std::map<std::int32_t, std::int64_t> offsets_of(std::string_view group,
                                                  std::string_view topic) const;
  /// Topics of which the group has an offset, sorted.
  std::vector<std::string> topics_of(std::string_view group) const;
  /// The same of every group.
  std::map<std::string, std::vector<std::string>> topics_by_group() const;
  /// Groups that have an offset in the topic, sorted.
  std::vector<std::string> groups_of(std::string_view topic) const;
  void remove_group(std::string_view group);
  void remove_topic(std::string_view topic);

  /// {"offsetTable":{"topic@group":{"0":12}}}
  std::string to_json() const;
  /// The same with a data version, which a 5.x slave needs; it is another one each time.
  std::string to_json_for_slave(std::int64_t now_ms) const;
  /// On a slave: takes its master's offsets, as to_json() gives them, one by one; others stay. What
  /// cannot be an offset is left out. Error: the text is no such table.
  Result<void> follow(std::string_view json);
  std::vector<const Budget*> budgets() const { return {&budget_}; }
  /// config/consumerOffset.json.
  SavedTable& file() { return saved_; }
  /// Saves if anything has changed since the last time; waits for the disk.
  Result<void> flush() { return saved_.flush(); }

 private:
  struct Entry {
    std::int64_t offset = 0;
    Budget::Peer maker = Budget::nobody;
  };
  using QueueOffsets = std::unordered_map<std::int32_t, Entry>;

  struct Part {
    mutable std::mutex mutex;
    std::unordered_map<TopicGroup, QueueOffsets, TopicGroupHash, TopicGroupEqual>
        offsets;  // guarded by mutex
  };

  Part& part_of(const TopicGroupView& key) const {
    // Not the bits by which a part chooses its bucket.
    return parts_[(TopicGroupHash{}(key) >> 32) % parts_.size()];
  }
  /// Calls `visit` with each (TopicGroup, QueueOffsets), under the mutex of its part.
  template <class Visit>
  void for_each(const Visit& visit) const;
  template <class IsGone>
  void remove_if(const IsGone& is_gone);
  void append_table(std::string& text) const;

  const std::filesystem::path file_;
  mutable std::array<Part, 64> parts_;
  Budget budget_;
  mutable std::atomic<std::int64_t> given_to_slaves_{0};
  SavedTable saved_;
};

}  // namespace rocketmq::broker
