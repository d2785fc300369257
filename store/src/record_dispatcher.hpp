#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "commit_log.hpp"
#include "consume_queue_store.hpp"
#include "deleted_topics.hpp"
#include "index_store.hpp"
#include "rocketmq/common/message_record.hpp"
#include "rocketmq/store/delay_levels.hpp"

namespace rocketmq::store {

/// Makes from one record of the CommitLog its queue unit and its index entries. One thread at a
/// time, unless a line says otherwise.
class RecordDispatcher {
 public:
  /// `index` is null when messageIndexEnable is off.
  RecordDispatcher(ConsumeQueueStore& queues, IndexStore* index, const DeletedTopics& deleted,
                   DelayLevels levels)
      : queues_(queues), index_(index), deleted_(deleted), levels_(std::move(levels)) {}

  /// The unit's tags code when the record has become readable in its queue; nothing when it gets no
  /// unit or has one. On an error nothing is visible yet, and the call is to be repeated. Keys that
  /// cannot be indexed hold nothing up: failure() says so then.
  IoResult<std::optional<std::int64_t>> dispatch(const MessageRecord& record);
  /// The index entries alone.
  void index(const MessageRecord& record);
  /// Why queues or index cannot be written; nothing when they can.
  std::optional<IoError> failure() const;
  /// Tries again what could not be written: units, and keys of records before `dispatched`. Does a
  /// part of it; true when there is no failure any more.
  bool catch_up(const CommitLog& log, std::int64_t dispatched);
  /// From which record on the index misses keys; nothing when it has them all.
  std::optional<std::int64_t> index_behind_from() const;
  /// The unit that belongs to a record. Any thread.
  ConsumeQueueUnit unit_of(const MessageRecord& record) const {
    return {record.physical_offset, record.total_size, tags_code(record, scan(record.properties))};
  }
  /// To be called when queues were deleted.
  void forget_queues() { recent_.fill(nullptr); }

 private:
  /// The properties that decide about units and entries, found in one pass.
  struct Properties {
    std::string_view tags;
    std::string_view keys;
    std::string_view unique_key;
    std::string_view delay_level;
  };
  static Properties scan(std::string_view text);
  const ConsumeQueueStore::QueuePtr& queue_of(const MessageRecord& record);
  std::int64_t tags_code(const MessageRecord& record, const Properties& properties) const;
  void index(const MessageRecord& record, const Properties& properties);
  IoResult<void> insert_keys(const MessageRecord& record, const Properties& properties);

  ConsumeQueueStore& queues_;
  IndexStore* const index_;
  const DeletedTopics& deleted_;
  const DelayLevels levels_;
  std::array<ConsumeQueueStore::QueuePtr, 256> recent_;
};

}  // namespace rocketmq::store
