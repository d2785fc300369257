#include "record_dispatcher.hpp"

#include <algorithm>

#include "file_names.hpp"
#include "key_hash.hpp"
#include "log_cursor.hpp"
#include "rocketmq/common/message_properties.hpp"
#include "rocketmq/common/names.hpp"
#include "rocketmq/common/sys_flag.hpp"
#include "rocketmq/common/tags.hpp"

namespace rocketmq::store {
namespace {

/// Of one call: nothing is dispatched meanwhile.
constexpr int records_caught_up_max = 4'096;

}  // namespace

RecordDispatcher::Properties RecordDispatcher::scan(std::string_view text) {
  Properties found;
  while (!text.empty()) {
    const auto end = std::min(text.find(property::property_separator), text.size());
    const std::string_view piece = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const auto split = piece.find(property::name_value_separator);
    if (split == std::string_view::npos || split + 1 == piece.size()) continue;
    const std::string_view name = piece.substr(0, split);
    const std::string_view value = piece.substr(split + 1);
    if (name == property::tags) {
      found.tags = value;
    } else if (name == property::keys) {
      found.keys = value;
    } else if (name == property::unique_key) {
      found.unique_key = value;
    } else if (name == property::delay_level) {
      found.delay_level = value;
    }
  }
  return found;
}

const ConsumeQueueStore::QueuePtr& RecordDispatcher::queue_of(const MessageRecord& record) {
  const std::size_t hash =
      std::hash<std::string_view>{}(record.topic) + static_cast<std::uint32_t>(record.queue_id);
  auto& recent = recent_[hash % recent_.size()];
  if (!recent || recent->queue_id() != record.queue_id || recent->topic() != record.topic)
    recent = queues_.find_or_make(record.topic, record.queue_id);
  return recent;
}

std::int64_t RecordDispatcher::tags_code(const MessageRecord& record,
                                         const Properties& properties) const {
  if (record.topic == names::schedule_topic && !properties.delay_level.empty()) {
    const std::int64_t level = parse_number(properties.delay_level).value_or(0);
    if (level > 0) {
      return levels_.deliver_time_ms(
          static_cast<std::int32_t>(std::min<std::int64_t>(level, INT32_MAX)),
          record.store_timestamp_ms);
    }
  }
  return tags_code_of(properties.tags);
}

IoResult<std::optional<std::int64_t>> RecordDispatcher::dispatch(const MessageRecord& record) {
  const Properties properties = scan(record.properties);
  index(record, properties);
  const std::int32_t type = sys_flag::transaction_type(record.sys_flag);
  if (type == sys_flag::transaction_prepared || type == sys_flag::transaction_rollback)
    return std::optional<std::int64_t>{};
  if (deleted_.covers(record.topic, record.physical_offset)) return std::optional<std::int64_t>{};
  const auto& queue = queue_of(record);
  if (!queue) return std::optional<std::int64_t>{};  // a topic or queue id that can be no directory
  const std::int64_t code = tags_code(record, properties);
  const auto appended =
      queues_.append(queue, {record.physical_offset, record.total_size, code}, record.queue_offset);
  if (!appended) return appended.error();
  if (*appended != ConsumeQueue::Appended::Yes) return std::optional<std::int64_t>{};
  return std::optional<std::int64_t>{code};
}

void RecordDispatcher::index(const MessageRecord& record) {
  index(record, scan(record.properties));
}

void RecordDispatcher::index(const MessageRecord& record, const Properties& properties) {
  if (index_ == nullptr || index_->behind()) return;
  // A failure leaves the index behind, from this record on.
  (void)insert_keys(record, properties);
}

std::optional<std::int64_t> RecordDispatcher::index_behind_from() const {
  if (index_ == nullptr || !index_->behind()) return {};
  return index_->behind()->from;
}

std::optional<IoError> RecordDispatcher::failure() const {
  if (index_ != nullptr && index_->behind()) [[unlikely]]
    return index_->behind()->reason;
  return queues_.failure();
}

bool RecordDispatcher::catch_up(const CommitLog& log, std::int64_t dispatched) {
  queues_.write_out_overdue();
  if (const auto from = index_behind_from()) {
    LogCursor cursor(log, *from);
    for (int i = 0; i < records_caught_up_max; ++i) {
      const MessageRecord* const record = cursor.next(dispatched);
      if (record == nullptr) {
        index_->caught_up();
        break;
      }
      if (!insert_keys(*record, scan(record->properties))) break;
      index_->advance_behind(cursor.position());
    }
  }
  return !failure();
}

IoResult<void> RecordDispatcher::insert_keys(const MessageRecord& record,
                                             const Properties& properties) {
  if (record.physical_offset < index_->end_physical_offset()) return {};
  if (sys_flag::transaction_type(record.sys_flag) == sys_flag::transaction_rollback) return {};
  const auto insert = [&](std::string_view key) {
    return index_->insert(index_key_hash(record.topic, key), record.physical_offset,
                          record.store_timestamp_ms);
  };
  if (!properties.unique_key.empty()) {
    if (const auto inserted = insert(properties.unique_key); !inserted) return inserted;
  }
  std::string_view keys = properties.keys;
  while (!keys.empty()) {
    const auto end = std::min(keys.find(' '), keys.size());
    const std::string_view key = keys.substr(0, end);
    keys.remove_prefix(std::min(end + 1, keys.size()));
    if (key.empty()) continue;
    if (const auto inserted = insert(key); !inserted) return inserted;
  }
  return {};
}

}  // namespace rocketmq::store
