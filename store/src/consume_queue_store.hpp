#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "consume_queue.hpp"
#include "rocketmq/store/queue_id.hpp"
#include "rocketmq/store/store_administration.hpp"

namespace rocketmq::store {

/// All ConsumeQueues by topic and queue id. Any thread; a lookup takes a shared lock of one of
/// several tables.
class ConsumeQueueStore {
 public:
  using QueuePtr = std::shared_ptr<ConsumeQueue>;

  ConsumeQueueStore(FileSystem& file_system, std::filesystem::path root, std::int64_t file_bytes);

  struct Loaded {
    /// A queue has lost entries, or all of them, because its files are not whole.
    bool damaged = false;
  };
  /// Forgets what is in memory and finds the queues on disk. Only while nothing else uses them.
  Result<Loaded> load(const ConsumeQueue::LoadRules& rules);

  /// Null when there is no such queue; a read never makes one.
  QueuePtr find(std::string_view topic, std::int32_t queue_id) const;
  /// Null when the topic cannot be a directory's name.
  QueuePtr find_or_make(std::string_view topic, std::int32_t queue_id);
  std::vector<QueuePtr> all() const;
  /// Takes a topic's queues out of the tables; their files stay.
  std::vector<QueuePtr> take_topic(std::string_view topic);

  /// Appends on behalf of the dispatcher and remembers that the queue is to be flushed.
  IoResult<ConsumeQueue::Appended> append(const QueuePtr& queue, const ConsumeQueueUnit& unit,
                                          std::int64_t queue_offset);
  /// Writes units of queues that hold at least `units_min` in memory only.
  IoResult<void> write_out(std::int64_t units_min);
  /// Why queues hold more units than they should; nothing when they do not.
  std::optional<IoError> failure() const;
  /// Tries again to write what queues hold too many of.
  void write_out_overdue();
  /// Writes everything and makes it durable. One thread at a time.
  IoResult<void> flush();

  /// Number of queues with entries, and the sums of their maximum offsets and of the entries with
  /// which their first files begin; to notice lost queues and files at the next start.
  struct Totals {
    static constexpr std::int64_t not_known = -1;
    std::int64_t queues = 0;
    std::int64_t units = 0;
    std::int64_t first_units = 0;
    friend bool operator==(const Totals&, const Totals&) = default;
    /// As ==, but for what older records do not know.
    bool agrees_with(Totals other) const {
      if (first_units == not_known) other.first_units = not_known;
      return *this == other;
    }
  };
  Totals totals() const;

  /// What came into the queues since they were made or loaded; only those into which something did.
  std::vector<std::pair<QueueId, QueueCount>> counts() const;

  /// How often entries were missing in front of a record since the queues were loaded.
  std::int64_t gaps() const { return shared_.gaps; }

  void correct_min_offsets(std::int64_t commit_log_min_offset);
  IoResult<int> remove_files_below(std::int64_t commit_log_min_offset);
  /// Deletes the files of queues that take_topic() returned.
  IoResult<void> remove_files(const std::vector<QueuePtr>& queues);

  const std::filesystem::path& root() const { return shared_.root; }
  std::int64_t file_bytes() const { return shared_.file_bytes; }

 private:
  struct Table {
    mutable std::shared_mutex mutex;
    std::unordered_map<QueueId, QueuePtr, QueueIdHash, QueueIdEqual> queues;  // guarded by mutex
  };
  static constexpr std::size_t table_count = 16;

  Table& table_of(QueueIdView id) { return tables_[(QueueIdHash{}(id) >> 32) % table_count]; }
  const Table& table_of(QueueIdView id) const {
    return tables_[(QueueIdHash{}(id) >> 32) % table_count];
  }
  Result<void> load_topic(const std::string& topic, const ConsumeQueue::LoadRules& rules,
                          Loaded& loaded);
  void count_queue(int change);

  OpenFileCache open_files_;
  ConsumeQueueShared shared_;
  std::array<Table, table_count> tables_;
  std::atomic<std::int64_t> queue_count_{0};
  std::mutex flush_mutex_;
  std::vector<QueuePtr> to_flush_;  // guarded by flush_mutex_; each queue once
};

/// True for a topic that may be a directory's name: not empty, no "/", no zero byte, not "." or
/// "..".
bool is_safe_directory_name(std::string_view topic);

}  // namespace rocketmq::store
