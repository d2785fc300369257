#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rocketmq/store/put_times.hpp"
#include "rocketmq/store/queue_id.hpp"

namespace rocketmq::store {

/// What came into a queue since it was made or the store was opened.
struct QueueCount {
  std::int64_t messages = 0;
  std::int64_t bytes = 0;
};

/// Figures for GET_BROKER_RUNTIME_INFO and for tests.
struct StoreFigures {
  std::int64_t commit_log_min_offset = 0;
  std::int64_t commit_log_max_offset = 0;
  std::int64_t flushed_offset = 0;
  std::int64_t dispatched_offset = 0;
  std::int64_t put_messages = 0;
  std::int64_t put_bytes = 0;
  std::int64_t put_failures = 0;
  /// Puts that waited for the slave of an ASYNC_MASTER to come nearer.
  std::int64_t paced_puts = 0;
  std::int64_t get_messages = 0;
  std::int64_t get_found = 0;
  std::int64_t get_missed = 0;
  double commit_log_disk_ratio = 0;
  double consume_queue_disk_ratio = 0;
  PutTimes put_times;
  bool writable = true;
  /// Why the store refuses writes; empty when it takes them.
  std::string refusal;
};

/// The store as administrators see it. Any thread.
class StoreAdministration {
 public:
  virtual ~StoreAdministration() = default;

  /// Removes the topic's queues and their files; its records stay in the log until they expire, but
  /// no start makes entries of them again. A later put of the topic begins with entry 0. Waits for
  /// the disk.
  virtual void delete_topic(std::string_view topic) = 0;

  /// Has the next round of cleaning, within cleanResourceInterval, delete expired CommitLog files
  /// whatever the hour.
  virtual void delete_expired_files() = 0;
  /// Has the next round of cleaning look through all queues for files whose records are gone.
  virtual void clean_queues() = 0;

  virtual StoreFigures figures() const = 0;
  /// Of every queue into which something came, in no order. Costs a look at every queue.
  virtual std::vector<std::pair<QueueId, QueueCount>> queue_counts() const = 0;
};

}  // namespace rocketmq::store
