#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "rocketmq/common/message_record.hpp"
#include "rocketmq/store/message_filter.hpp"
#include "rocketmq/store/queue_id.hpp"

namespace rocketmq::store {

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
/// The status name that pull responses carry as remark: "FOUND", "NO_MATCHED_MESSAGE", …
const char* to_string(GetStatus status);

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

struct QueueBounds {
  std::int64_t min_offset = 0;
  /// The entry after the last one.
  std::int64_t max_offset = 0;
};

/// One entry of a ConsumeQueue.
struct QueueUnit {
  std::int64_t physical_offset = 0;
  std::int32_t size = 0;
  std::int64_t tags_code = 0;
};

struct QueryResult {
  std::vector<StoredMessage> messages;
  std::int64_t index_last_update_timestamp_ms = 0;
  std::int64_t index_last_update_physical_offset = 0;
};

/// The store as its consumers see it: queues, and messages by queue and offset, by position, by
/// time and by key. Any thread. A read waits for the disk when it needs data that is not in the
/// page cache; only get() with GetRequest::only_from_memory never does.
class MessageReader {
 public:
  virtual ~MessageReader() = default;

  /// Reads from one queue (spec/store.md §6.1).
  virtual GetResult get(const GetRequest& request) const = 0;

  virtual QueueBounds queue_bounds(std::string_view topic, std::int32_t queue_id) const = 0;
  /// The entry whose store time is nearest to `timestamp_ms` (spec/store.md §6.4); 0 for a queue
  /// without messages. When the clock was set back, a time may have occurred twice: one of the two
  /// places.
  virtual std::int64_t offset_by_timestamp(std::string_view topic, std::int32_t queue_id,
                                           std::int64_t timestamp_ms) const = 0;
  /// Store time of one entry; -1 when there is none.
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
  /// (accessMessageInMemoryMaxRatio of the available memory, counted from the log's end). Nothing
  /// where only the disk knows and `only_from_memory` is set.
  virtual std::optional<bool> is_in_memory(std::string_view topic, std::int32_t queue_id,
                                           std::int64_t queue_offset,
                                           bool only_from_memory) const = 0;
  /// The queues that have, or had, messages; in no order.
  virtual std::vector<QueueId> queues() const = 0;

  /// The record that begins at `physical_offset`; nothing when none does. The offset may come from
  /// a client.
  virtual std::optional<StoredMessage> message_at(std::int64_t physical_offset) const = 0;
  /// The position in the log after the last record that was written.
  virtual std::int64_t max_physical_offset() const = 0;
  /// Messages whose key or unique key has this hash, newest index first, sorted by position; at
  /// most min(count_max, maxMsgsNumBatch). The caller compares keys.
  virtual QueryResult query(std::string_view topic, std::string_view key, std::int32_t count_max,
                            std::int64_t begin_ms, std::int64_t end_ms) const = 0;
  /// The same for messages that begin behind `physical_offset`, whatever their time.
  virtual QueryResult query_behind(std::string_view topic, std::string_view key,
                                   std::int32_t count_max, std::int64_t physical_offset) const = 0;

  /// Position of the log before which records of the topic are of one that was deleted; 0 when it
  /// never was, or when those records have expired.
  virtual std::int64_t deleted_before(std::string_view topic) const = 0;

  /// Waits until everything that was put before the call can be read from its queue. For starts,
  /// tests and orderly hand-overs; not on a reactor.
  virtual void wait_until_dispatched() = 0;
};

}  // namespace rocketmq::store
