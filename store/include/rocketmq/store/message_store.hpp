#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rocketmq/common/clock.hpp"
#include "rocketmq/common/endpoint.hpp"
#include "rocketmq/common/message_record.hpp"
#include "rocketmq/common/result.hpp"
#include "rocketmq/common/unique_function.hpp"
#include "rocketmq/store/put_times.hpp"
#include "rocketmq/store/store_config.hpp"

namespace rocketmq::store {

class FileSystem;
class PutBatch;

enum class PutStatus {
  Ok,
  /// Stored, but not flushed or replicated in time; the four of them carry offsets.
  FlushDiskTimeout,
  FlushSlaveTimeout,
  SlaveNotAvailable,
  CreateMappedFileFailed,
  MessageIllegal,
  PropertiesSizeExceeded,
  /// Disk full, shut down, slave, or the disk has failed; PutResult::remark says which.
  ServiceNotAvailable,
  OsPageCacheBusy,
  UnknownError,
};
const char* to_string(PutStatus status);
/// True when the same message would be refused at any other time as well.
inline bool is_refused_forever(PutStatus status) {
  return status == PutStatus::MessageIllegal || status == PutStatus::PropertiesSizeExceeded;
}

/// What a message's place in the store is to be. Views are read during put() only.
struct MessageToPut {
  std::string_view topic;
  std::int32_t queue_id = 0;
  std::int32_t flag = 0;
  std::int32_t sys_flag = 0;
  std::int64_t born_timestamp_ms = 0;
  Endpoint born_host;
  Endpoint store_host;
  std::int32_t reconsume_times = 0;
  std::int64_t prepared_transaction_offset = 0;
  std::string_view body;
  std::string_view properties;
  /// Under SYNC_FLUSH: answer only when the message is on disk.
  bool wait_store_ok = true;
  /// A copy of a stored message. maxMessageSize, which limits what clients send, does not apply: it
  /// may have been lowered since.
  bool is_copy = false;
};

struct PutResult {
  PutStatus status = PutStatus::UnknownError;
  /// Why, when it was not stored.
  std::string remark;
  /// Of the (first) record.
  std::int64_t physical_offset = 0;
  std::int64_t queue_offset = 0;
  std::int64_t store_timestamp_ms = 0;
  /// Bytes of all records.
  std::int64_t size_bytes = 0;
  /// Positions of all records of a batch; empty for a single message.
  std::vector<std::int64_t> batch_physical_offsets;

  bool is_stored() const {
    return status == PutStatus::Ok || status == PutStatus::FlushDiskTimeout ||
           status == PutStatus::FlushSlaveTimeout || status == PutStatus::SlaveNotAvailable;
  }
};
using PutCallback = UniqueFunction<void(const PutResult&)>;

enum class GetStatus {
  Found,
  NoMatchedMessage,
  MessageWasRemoving,
  OffsetFoundNull,
  OffsetOverflowBadly,
  OffsetOverflowOne,
  OffsetTooSmall,
  NoMatchedLogicQueue,
  NoMessageInQueue,
};
/// The status name that pull answers carry as remark: "FOUND", "NO_MATCHED_MESSAGE", …
const char* to_string(GetStatus status);

/// Chooses messages of a queue. Called on the reading thread.
class MessageFilter {
 public:
  virtual ~MessageFilter() = default;
  /// Test by the ConsumeQueue unit alone.
  virtual bool matches_tags_code(std::int64_t tags_code) const = 0;
  /// True when matches_record has to be asked as well.
  virtual bool needs_record() const { return false; }
  virtual bool matches_record(const MessageRecord&) const { return true; }
  /// Asked after matches_tags_code() has refused a unit: true ends the get before this unit.
  virtual bool ends_get() const { return false; }
};

struct GetRequest {
  std::string_view topic;
  std::int32_t queue_id = 0;
  std::int64_t queue_offset = 0;
  std::int32_t count_max = 32;
  /// Null takes every message.
  const MessageFilter* filter = nullptr;
  /// For threads that may not wait for a disk: ends before the first message that is not in the
  /// page cache.
  bool only_from_memory = false;
  /// Counts in StoreFigures: a client's read, not one of the broker's own services.
  bool is_for_client = false;
};

struct GetResult {
  GetStatus status = GetStatus::NoMatchedLogicQueue;
  std::int64_t next_begin_offset = 0;
  std::int64_t min_offset = 0;
  std::int64_t max_offset = 0;
  /// Whole records in queue order, in the mapped CommitLog; valid while `keep_alive` lives.
  std::vector<std::string_view> records;
  std::shared_ptr<const void> keep_alive;
  std::size_t bytes = 0;
  /// Bytes from the end of what was looked at to the end of the log, other queues' messages among
  /// them; for FOUND.
  std::int64_t bytes_behind = 0;
  /// The reader is further behind than what the page cache is expected to hold.
  bool suggest_pulling_from_slave = false;
  /// The get ended at a message that only_from_memory did not let it read. Without records, the
  /// status says nothing then.
  bool stopped_at_disk = false;
};

/// One record, in the mapped CommitLog; `record` and `bytes` are valid while `keep_alive` lives.
struct StoredMessage {
  MessageRecord record;
  std::string_view bytes;
  std::shared_ptr<const void> keep_alive;
};

/// A message that has just become readable in its queue.
struct MessageArrival {
  std::string_view topic;
  std::int32_t queue_id = 0;
  std::int64_t queue_offset = 0;
  std::int64_t tags_code = 0;
  std::int64_t store_timestamp_ms = 0;
  std::string_view properties;
};

struct QueueBounds {
  std::int64_t min_offset = 0;
  /// The entry after the last one.
  std::int64_t max_offset = 0;
};

struct QueueId {
  std::string topic;
  std::int32_t queue_id = 0;
  friend auto operator<=>(const QueueId&, const QueueId&) = default;
};

/// One entry of a ConsumeQueue.
struct QueueUnit {
  std::int64_t physical_offset = 0;
  std::int32_t size = 0;
  std::int64_t tags_code = 0;
};

/// What came into a queue since it was made or the store was opened.
struct QueueCount {
  std::int64_t messages = 0;
  std::int64_t bytes = 0;
};

struct QueryResult {
  std::vector<StoredMessage> messages;
  std::int64_t index_last_update_timestamp_ms = 0;
  std::int64_t index_last_update_physical_offset = 0;
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

/// The store's front door: one CommitLog for all topics, ConsumeQueues and key indexes made from
/// it.
///
/// All calls are safe on any thread unless a line says otherwise. Nothing here waits for a disk,
/// except open(), start(), shutdown(), put_and_wait() and reads of data that is not in the page
/// cache (GetRequest::only_from_memory).
class MessageStore {
 public:
  virtual ~MessageStore() = default;

  /// Locks the store directory, loads and recovers it. `file_system` and `clock` must outlive the
  /// store; null takes the real file system. Errors name the file and the reason: locked by another
  /// broker ("Lock failed,MQ already started"), a file of the wrong size, a directory that cannot
  /// be made. Writes nothing before the lock is held.
  static Result<std::unique_ptr<MessageStore>> open(const StoreConfig& config, const Clock& clock,
                                                    FileSystem* file_system = nullptr);

  /// Starts the store's threads, dispatches what the queues miss, and makes the abort file. Call
  /// on_message_arriving first.
  virtual Result<void> start() = 0;
  /// Orderly stop: takes no more puts, flushes everything, writes the checkpoint, removes the abort
  /// file when the queues have caught up with the log. Idempotent.
  virtual void shutdown() = 0;

  /// Appends one message. `done` runs exactly once: when `batch` is committed, or without one
  /// (null) before put() returns; on store-flush, when it waits for a flush. When it gets Ok the
  /// message survives a kill of this process; under SYNC_FLUSH with wait_store_ok it survives a
  /// loss of power. Without a batch, the log's write may wait for the disk.
  virtual void put(const MessageToPut& message, PutBatch* batch, PutCallback done) = 0;
  void put(const MessageToPut& message, PutCallback done) {
    put(message, nullptr, std::move(done));
  }
  /// Appends several messages to one queue, at consecutive offsets, all or none. `message.body`
  /// holds the entries (spec/wire.md §6.3); `message.properties` go to each of them (spec/store.md
  /// §2.7).
  virtual void put_batch(const MessageToPut& message, PutBatch* batch, PutCallback done) = 0;
  void put_batch(const MessageToPut& message, PutCallback done) {
    put_batch(message, nullptr, std::move(done));
  }
  /// put() for background services: waits for the outcome, and for the disk.
  PutResult put_and_wait(const MessageToPut& message);
  /// Called by PutBatch::commit().
  virtual void commit(PutBatch& batch) = 0;

  /// Reads from one queue (spec/store.md §6.1).
  virtual GetResult get(const GetRequest& request) = 0;

  virtual QueueBounds queue_bounds(std::string_view topic, std::int32_t queue_id) const = 0;
  /// The entry whose store time is nearest to `timestamp_ms` (spec/store.md §6.4); 0 for a queue
  /// without messages. When the clock was set back, a time may have been twice: one of the two
  /// places.
  virtual std::int64_t offset_by_timestamp(std::string_view topic, std::int32_t queue_id,
                                           std::int64_t timestamp_ms) const = 0;
  /// Store time of one entry; -1 when it is not there.
  virtual std::int64_t store_time_of(std::string_view topic, std::int32_t queue_id,
                                     std::int64_t queue_offset) const = 0;
  std::int64_t earliest_store_time(std::string_view topic, std::int32_t queue_id) const {
    const QueueBounds bounds = queue_bounds(topic, queue_id);
    return bounds.max_offset > bounds.min_offset ? store_time_of(topic, queue_id, bounds.min_offset)
                                                 : -1;
  }
  /// Entries of one queue from `queue_offset` on; fewer than `count_max` where it ends or where its
  /// files change.
  virtual std::vector<QueueUnit> units(std::string_view topic, std::int32_t queue_id,
                                       std::int64_t queue_offset, std::int32_t count_max) const = 0;
  /// True while the entry is within the part of the log that the page cache is expected to hold
  /// (accessMessageInMemoryMaxRatio of the machine's memory behind the log's end).
  virtual bool is_in_memory(std::string_view topic, std::int32_t queue_id,
                            std::int64_t queue_offset) const = 0;

  /// The record that begins at `physical_offset`; nothing when none does. The offset may come from
  /// a client.
  virtual std::optional<StoredMessage> message_at(std::int64_t physical_offset) const = 0;
  /// Messages whose key or unique key has this hash, newest index first, sorted by position; at
  /// most min(count_max, maxMsgsNumBatch). The caller compares keys.
  virtual QueryResult query(std::string_view topic, std::string_view key, std::int32_t count_max,
                            std::int64_t begin_ms, std::int64_t end_ms) const = 0;
  /// The same for messages that begin behind `physical_offset`, whatever their time.
  virtual QueryResult query_behind(std::string_view topic, std::string_view key,
                                   std::int32_t count_max, std::int64_t physical_offset) const = 0;

  /// Called on store-dispatch for each message, in log order, once it can be read. Set before
  /// start(). Must not block.
  virtual void on_message_arriving(std::function<void(const MessageArrival&)> listener) = 0;
  /// Waits until everything that was put so far has been dispatched to its queue. For tests and
  /// orderly hand-overs.
  virtual void wait_until_dispatched() = 0;

  virtual std::vector<QueueId> queues() const = 0;
  /// Removes the topic's queues and their files; its records stay in the log until they expire, but
  /// no start makes entries of them again. A later put of the topic begins with entry 0.
  virtual void delete_topic(std::string_view topic) = 0;
  /// Position of the log before which records of the topic are of one that was deleted; 0 when it
  /// never was, or when those records have expired.
  virtual std::int64_t deleted_before(std::string_view topic) const = 0;

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
