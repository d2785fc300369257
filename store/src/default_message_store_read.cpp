// The read side of the store.

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <limits>

#include "default_message_store.hpp"
#include "key_hash.hpp"
#include "mapped_read.hpp"
#include "queue_repair.hpp"
#include "rocketmq/common/bytes.hpp"
#include "rocketmq/common/shared_log.hpp"
#include "rocketmq/common/sys_flag.hpp"

namespace rocketmq::store {
namespace {

/// A get looks at no more units than this, or than it may return messages.
constexpr std::int64_t units_per_scan = 16'000 / ConsumeQueueUnit::bytes;
/// A get whose filter tests records ends after this time without a message, and the next one
/// continues where it ended: a reactor's other connections wait meanwhile.
constexpr std::chrono::milliseconds scan_time_max{2};
/// The time is looked at after this many tests of records, and after each record this large.
constexpr std::int64_t tests_per_look = 4;
constexpr std::size_t large_record_bytes = 64 * 1024;
/// Units are fetched in pieces: most gets take the first few.
constexpr std::int64_t units_per_fetch = 64;
/// This much of the next record is prefetched while one is checked; the processor fetches what
/// follows.
constexpr std::int64_t prefetched_bytes_max = 2048;
constexpr std::int64_t prefetched_ahead = 2;
constexpr std::size_t cache_line_bytes = 64;
/// What this process has appended last, up to this share of what memory is expected to hold,
/// is in the page cache: there is no need to ask the kernel, which costs a system call for each
/// window.
constexpr std::int64_t hot_share = 8;
/// One question covers this many bytes, as the records of a get mostly lie near each other.
constexpr std::int64_t cached_bytes_window = 512 * 1024;

}  // namespace

/// One get(): walks the units and takes what matches.
class DefaultMessageStore::Reader {
 public:
  Reader(const DefaultMessageStore& store, const GetRequest& request, ConsumeQueue& queue,
         GetResult& result)
      : store_(store),
        request_(request),
        queue_(queue),
        result_(result),
        log_end_(store.dispatch_.readable_end()),
        hot_begin_(std::max(store.opened_end_, log_end_ - store.memory_bytes() / hot_share)),
        keep_(std::make_shared<KeptFiles>()) {}

  void read() {
    // What a peer asks for beyond the messages of one response is no reason to look further.
    const std::int32_t transfer_max =
        std::max(store_.config_.max_transfer_count_on_message_in_memory.get(),
                 store_.config_.max_transfer_count_on_message_in_disk.get());
    const std::int64_t limit =
        std::max<std::int64_t>(units_per_scan, std::min(request_.count_max, transfer_max));
    const std::int64_t fetch = std::clamp<std::int64_t>(request_.count_max, 1, units_per_fetch);
    std::array<char, units_per_fetch * ConsumeQueueUnit::bytes> raw;
    std::int64_t offset = request_.queue_offset;
    // Units that have come meanwhile point behind the end of the log that this get knows.
    const std::int64_t file_end = std::min(queue_.next_file_offset(offset), result_.max_offset);
    bool is_full = false;
    bool can_not_read = false;
    while (!is_full && !has_all_wanted() && offset < file_end &&
           offset - request_.queue_offset < limit && !is_time_spent_) {
      const std::int64_t count = queue_.read(
          offset, std::min({fetch, file_end - offset, limit - (offset - request_.queue_offset)}),
          raw.data(), request_.only_from_memory);
      can_not_read = count == ConsumeQueue::read_failed;
      if (count == ConsumeQueue::not_in_memory) result_.stopped_at_disk = true;
      if (count <= 0) break;
      for (std::int64_t i = 0; i < count && !is_full && !is_time_spent_; ++i) {
        if (i + prefetched_ahead < count)
          prefetch(ConsumeQueueUnit::decode(raw.data() +
                                            (i + prefetched_ahead) * ConsumeQueueUnit::bytes));
        is_full =
            !look_at(ConsumeQueueUnit::decode(raw.data() + i * ConsumeQueueUnit::bytes), offset);
        if (!is_full) ++offset;
      }
    }
    if (result_.stopped_at_disk && result_.records.empty()) {
      result_.next_begin_offset = request_.queue_offset;
      return;
    }
    if (offset == request_.queue_offset && result_.records.empty() && !is_ended_by_filter_) {
      result_.status = GetStatus::OffsetFoundNull;
      // Where the file is gone, continue with the next one; what cannot be read now may be readable
      // later.
      result_.next_begin_offset =
          can_not_read ? offset : store_.corrected(offset, queue_.next_file_offset(offset));
      return;
    }
    result_.next_begin_offset = offset;
    result_.suggest_pulling_from_slave = log_end_ - last_looked_at_ > store_.memory_bytes();
    if (!result_.records.empty()) {
      result_.bytes_behind = log_end_ - last_passed_end_;
      result_.status = GetStatus::Found;
      result_.keep_alive = std::move(keep_);
    } else {
      result_.status = any_matched_ ? GetStatus::MessageWasRemoving : GetStatus::NoMatchedMessage;
    }
  }

 private:
  /// Keeps the CommitLog files of a result: nearly always one, rarely two.
  struct KeptFiles {
    std::vector<std::shared_ptr<MappedFile>> files;
  };

  /// Asks for the bytes of a record that comes next. Records of one queue lie apart, so that only
  /// this code knows which memory that is; a page that is not mapped yet is passed over.
  void prefetch(const ConsumeQueueUnit& unit) const {
    if (keep_->files.empty()) return;
    const MappedFile& file = *keep_->files.back();
    if (!unit.is_valid() || unit.physical_offset < file.base() || unit.physical_end() > file.end())
      return;
    const std::string_view bytes =
        file.bytes(unit.physical_offset - file.base(),
                   std::min<std::int64_t>(unit.size, prefetched_bytes_max));
    for (std::size_t at = 0; at < bytes.size(); at += cache_line_bytes)
      __builtin_prefetch(bytes.data() + at, 0, 2);
  }

  /// False when the result is full without this unit.
  bool look_at(const ConsumeQueueUnit& unit, std::int64_t queue_offset) {
    if (unit.is_pre_blank()) return true;
    if (!unit.is_valid()) [[unlikely]]
      return look_at_repaired(unit, queue_offset);
    last_looked_at_ = unit.physical_offset;
    if (is_full_before(unit)) return false;
    last_passed_end_ = unit.physical_offset + unit.size;
    if (unit.physical_offset < skip_below_) return true;
    const MessageFilter* filter = request_.filter;
    if (filter != nullptr && !filter->matches_tags_code(unit.tags_code)) {
      is_ended_by_filter_ = filter->ends_get();
      return !is_ended_by_filter_;
    }
    const std::string_view bytes = record_bytes(unit);
    if (request_.only_from_memory && !bytes.empty() && !is_cached(unit)) {
      result_.stopped_at_disk = true;
      return false;
    }
    any_matched_ = true;
    bool is_right = false;
    std::optional<Result<message_record::Parts>> parts;
    if (!read_mapped([&] {
          is_right = is_promised(bytes, unit, request_.queue_id, queue_offset);
          if (!is_right) return;
          // The properties are not read before they are sent.
          touch_pages(bytes);
          parts.emplace(message_record::locate(bytes, message_record::Check::BodyCrc));
        })) [[unlikely]] {
      report_damage(unit.physical_offset, "the disk cannot read it");
      return true;
    }
    if (!is_right) [[unlikely]] {
      const std::int64_t log_begin = store_.log_.min_offset();
      if (unit.physical_offset >= log_begin) return look_at_repaired(unit, queue_offset);
      // Its file is gone: what follows in it is, too.
      skip_below_ = std::max(skip_below_, log_begin);
      return true;
    }
    take(*parts, unit, bytes);
    return true;
  }

  /// Takes the message unless it is damaged: a consumer gets only what a producer has sent.
  void take(const Result<message_record::Parts>& parts, const ConsumeQueueUnit& unit,
            std::string_view bytes) {
    if (!parts) return report_damage(unit.physical_offset, parts.error().remark);
    if (parts->topic != request_.topic)
      return report_damage(unit.physical_offset, "it is of another topic");
    const MessageFilter* filter = request_.filter;
    if (filter != nullptr && filter->needs_record() && !matches(*filter, bytes)) {
      any_matched_ = !result_.records.empty();
      note_test(bytes.size());
      return;
    }
    result_.records.push_back(bytes);
    result_.bytes += bytes.size();
  }

  /// After a record that the filter does not take.
  void note_test(std::size_t record_bytes) {
    if (tests_++ == 0) scan_end_ = store_.clock_.steady_now() + scan_time_max;
    if (tests_ % tests_per_look == 0 || record_bytes >= large_record_bytes)
      is_time_spent_ = store_.clock_.steady_now() >= scan_end_;
  }

  static bool matches(const MessageFilter& filter, std::string_view bytes) {
    const auto record = message_record::decode(bytes, message_record::Check::None);
    return record && filter.matches_record(*record);
  }

  bool look_at_repaired(const ConsumeQueueUnit& damaged, std::int64_t queue_offset) {
    // Much of the log may have to be read for it, and the queue is written.
    if (request_.only_from_memory) {
      result_.stopped_at_disk = true;
      return false;
    }
    const auto unit = repair_unit(store_.log_, queue_, store_.dispatcher_, queue_offset, log_end_);
    // The same once more would not help.
    if (!unit || (unit->physical_offset == damaged.physical_offset && unit->size == damaged.size))
      return true;
    return look_at(*unit, queue_offset);
  }

  void report_damage(std::int64_t physical_offset, std::string_view why) const {
    // One message, however many ask for it.
    if (store_.last_damage_.exchange(physical_offset) != physical_offset)
      store_log().error("the record at {} is damaged and is not served: {}", physical_offset, why);
  }

  bool has_all_wanted() const {
    return !result_.records.empty() && std::ssize(result_.records) >= request_.count_max;
  }

  bool is_full_before(const ConsumeQueueUnit& unit) const {
    if (result_.records.empty()) return false;
    const StoreConfig& config = store_.config_;
    const auto count = std::ssize(result_.records);
    const auto bytes = static_cast<std::int64_t>(result_.bytes) + unit.size;
    if (has_all_wanted()) return true;
    if (log_end_ - unit.physical_offset > store_.memory_bytes()) {
      return bytes > config.max_transfer_bytes_on_message_in_disk ||
             count >= config.max_transfer_count_on_message_in_disk;
    }
    return bytes > config.max_transfer_bytes_on_message_in_memory ||
           count >= config.max_transfer_count_on_message_in_memory;
  }

  std::string_view record_bytes(const ConsumeQueueUnit& unit) {
    const std::int64_t end = unit.physical_offset + unit.size;
    if (end > log_end_) return {};
    const auto* file = keep_->files.empty() ? nullptr : keep_->files.back().get();
    if (file == nullptr || unit.physical_offset < file->base() || end > file->end()) {
      auto slice = store_.log_.read(unit.physical_offset, unit.size);
      if (!slice.file) return {};
      keep_->files.push_back(std::move(slice.file));
      return slice.bytes;
    }
    return file->bytes(unit.physical_offset - file->base(), unit.size);
  }

  /// After record_bytes().
  bool is_cached(const ConsumeQueueUnit& unit) {
    const std::int64_t end = unit.physical_offset + unit.size;
    if (unit.physical_offset >= hot_begin_) return true;
    if (unit.physical_offset >= cached_begin_ && end <= cached_end_) return true;
    const MappedFile& file = *keep_->files.back();
    const std::int64_t asked = std::max<std::int64_t>(unit.size, cached_bytes_window);
    cached_begin_ = unit.physical_offset;
    cached_end_ = cached_begin_ + file.cached_bytes(cached_begin_ - file.base(),
                                                    std::min(asked, file.end() - cached_begin_));
    return end <= cached_end_;
  }

  const DefaultMessageStore& store_;
  const GetRequest& request_;
  ConsumeQueue& queue_;
  GetResult& result_;
  const std::int64_t log_end_;
  const std::int64_t hot_begin_;
  std::shared_ptr<KeptFiles> keep_;
  std::int64_t cached_begin_ = 0;
  std::int64_t cached_end_ = 0;
  std::int64_t last_looked_at_ = 0;
  std::int64_t last_passed_end_ = 0;
  std::int64_t skip_below_ = 0;
  bool any_matched_ = false;
  bool is_ended_by_filter_ = false;
  std::int64_t tests_ = 0;
  std::chrono::steady_clock::time_point scan_end_;
  bool is_time_spent_ = false;
};

std::int64_t DefaultMessageStore::corrected(std::int64_t requested, std::int64_t better) const {
  // A slave that lags behind must not move its readers.
  return role() == BrokerRole::Slave ? requested : better;
}

GetResult DefaultMessageStore::get(const GetRequest& request) const {
  GetResult result;
  const auto queue = queues_.find(request.topic, request.queue_id);
  if (!queue) {
    result.next_begin_offset = corrected(request.queue_offset, 0);
    if (request.is_for_client) get_missed_.fetch_add(1, std::memory_order_relaxed);
    return result;
  }
  const std::int64_t offset = request.queue_offset;
  // The minimum first: it may only be too small then.
  result.min_offset = queue->min_offset();
  result.max_offset = queue->max_offset();
  if (result.max_offset == 0) {
    result.status = GetStatus::NoMessageInQueue;
    result.next_begin_offset = corrected(offset, 0);
  } else if (offset < result.min_offset) {
    result.status = GetStatus::OffsetTooSmall;
    result.next_begin_offset = corrected(offset, result.min_offset);
  } else if (offset == result.max_offset) {
    result.status = GetStatus::OffsetOverflowOne;
    result.next_begin_offset = offset;
  } else if (offset > result.max_offset) {
    result.status = GetStatus::OffsetOverflowBadly;
    // Of a queue that was made again the reader has seen nothing, whatever it saw of the old one.
    const bool is_made_again = deleted_.end_of(request.topic) > 0;
    result.next_begin_offset =
        corrected(offset, is_made_again ? result.min_offset : result.max_offset);
  } else {
    Reader(*this, request, *queue, result).read();
  }
  if (!request.is_for_client) return result;
  if (result.status == GetStatus::Found) {
    get_found_.fetch_add(1, std::memory_order_relaxed);
    get_messages_.fetch_add(std::ssize(result.records), std::memory_order_relaxed);
  } else if (!result.stopped_at_disk) {
    get_missed_.fetch_add(1, std::memory_order_relaxed);
  }
  return result;
}

QueueBounds DefaultMessageStore::queue_bounds(std::string_view topic, std::int32_t queue_id) const {
  const auto queue = queues_.find(topic, queue_id);
  if (!queue) return {};
  return {queue->min_offset(), queue->max_offset()};
}

std::int64_t DefaultMessageStore::store_time_at(const ConsumeQueueUnit& unit) const {
  if (!unit.is_valid() || unit.is_pre_blank()) return -1;
  const auto slice = log_.read(unit.physical_offset, unit.size);
  if (slice.bytes.size() < message_record::fixed_bytes_v4 ||
      !is_readable(slice.bytes.substr(0, message_record::fixed_bytes_v4)))
    return -1;
  const auto bits = load_be<std::int32_t>(slice.bytes.data() + message_record::sys_flag_at);
  return load_be<std::int64_t>(slice.bytes.data() + message_record::store_timestamp_at(bits));
}

std::int64_t DefaultMessageStore::store_time_of(std::string_view topic, std::int32_t queue_id,
                                                std::int64_t queue_offset) const {
  const auto queue = queues_.find(topic, queue_id);
  if (!queue || queue_offset < queue->min_offset() || queue_offset >= queue->max_offset())
    return -1;
  return store_time_at(queue->unit_at(queue_offset));
}

std::vector<QueueUnit> DefaultMessageStore::units(std::string_view topic, std::int32_t queue_id,
                                                  std::int64_t queue_offset,
                                                  std::int32_t count_max) const {
  std::vector<QueueUnit> units;
  const auto queue = queues_.find(topic, queue_id);
  if (!queue || count_max <= 0 || queue_offset < queue->min_offset() ||
      queue_offset >= queue->max_offset()) {
    return units;
  }
  std::vector<char> raw(static_cast<std::size_t>(std::min<std::int64_t>(count_max, units_per_scan) *
                                                 ConsumeQueueUnit::bytes));
  const std::int64_t count =
      queue->read(queue_offset, std::ssize(raw) / ConsumeQueueUnit::bytes, raw.data());
  for (std::int64_t i = 0; i < count; ++i) {
    const auto unit = ConsumeQueueUnit::decode(raw.data() + i * ConsumeQueueUnit::bytes);
    units.push_back({unit.physical_offset, unit.size, unit.tags_code});
  }
  return units;
}

std::int64_t DefaultMessageStore::offset_by_timestamp(std::string_view topic, std::int32_t queue_id,
                                                      std::int64_t timestamp_ms) const {
  const auto queue = queues_.find(topic, queue_id);
  if (!queue) return 0;
  const std::int64_t first = queue->min_offset();
  const std::int64_t end = queue->max_offset();
  if (first >= end) return 0;
  const auto time_of = [&](std::int64_t queue_offset) {
    return store_time_at(queue->unit_at(queue_offset));
  };
  std::int64_t low = first;
  std::int64_t high = end;
  while (low < high) {
    const std::int64_t middle = low + (high - low) / 2;
    // What is damaged has no time: the next entry that has one decides.
    std::int64_t known = middle;
    std::int64_t time_ms = time_of(known);
    while (time_ms < 0 && ++known < high) time_ms = time_of(known);
    if (time_ms >= 0 && time_ms < timestamp_ms) {
      low = known + 1;
    } else {
      high = middle;
    }
  }
  // `low` is the first entry at or after the time.
  if (low == end) return end - 1;
  if (low == first) return low;
  const std::int64_t time_before_ms = time_of(low - 1);
  const std::int64_t time_after_ms = time_of(low);
  if (time_before_ms < 0 || time_after_ms < 0) return low;
  const std::int64_t before_ms = timestamp_ms - time_before_ms;
  const std::int64_t after_ms = time_after_ms - timestamp_ms;
  return after_ms == 0 || after_ms < before_ms ? low : low - 1;
}

std::optional<bool> DefaultMessageStore::is_in_memory(std::string_view topic, std::int32_t queue_id,
                                                      std::int64_t queue_offset,
                                                      bool only_from_memory) const {
  const auto queue = queues_.find(topic, queue_id);
  if (!queue) return false;
  std::array<char, ConsumeQueueUnit::bytes> raw{};
  const std::int64_t count = queue->read(queue_offset, 1, raw.data(), only_from_memory);
  if (count == ConsumeQueue::not_in_memory) return std::nullopt;
  if (count != 1) return false;
  const auto unit = ConsumeQueueUnit::decode(raw.data());
  return unit.is_valid() && !unit.is_pre_blank() &&
         log_.committed_offset() - unit.physical_offset <= memory_bytes();
}

std::optional<StoredMessage> DefaultMessageStore::message_at(std::int64_t physical_offset) const {
  if (physical_offset < log_.min_offset() || physical_offset >= dispatch_.readable_end()) return {};
  auto slice = log_.read_to_end_of_file(physical_offset);
  if (slice.bytes.size() < message_record::blank_bytes ||
      !is_readable(slice.bytes.substr(0, message_record::blank_bytes)))
    return {};
  const auto claimed = load_be<std::int32_t>(slice.bytes.data());
  if (claimed <= 0 || !is_readable(slice.bytes.substr(0, static_cast<std::size_t>(claimed))))
    return {};
  const auto record = message_record::decode(slice.bytes, message_record::Check::BodyCrc);
  if (!record || record->physical_offset != physical_offset) return {};
  // A body may hold bytes that look like a record. Only what its queue knows at this position is
  // one, where it can be asked.
  if (const auto queue = queues_.find(record->topic, record->queue_id)) {
    const std::int64_t offset = record->queue_offset;
    const std::int32_t type = sys_flag::transaction_type(record->sys_flag);
    const bool has_unit =
        type == sys_flag::transaction_none || type == sys_flag::transaction_commit;
    if (has_unit && offset >= queue->min_offset() && offset < queue->max_offset() &&
        physical_offset < dispatch_.dispatched_offset()) {
      const ConsumeQueueUnit unit = queue->unit_at(offset);
      if (unit.physical_offset != physical_offset || unit.size != record->total_size) return {};
    }
  }
  const auto size = static_cast<std::size_t>(record->total_size);
  return StoredMessage{*record, slice.bytes.substr(0, size), std::move(slice.file)};
}

QueryResult DefaultMessageStore::query(std::string_view topic, std::string_view key,
                                       std::int32_t count_max, std::int64_t begin_ms,
                                       std::int64_t end_ms) const {
  return query(topic, key, count_max, {.begin_ms = begin_ms, .end_ms = end_ms});
}

QueryResult DefaultMessageStore::query_behind(std::string_view topic, std::string_view key,
                                              std::int32_t count_max,
                                              std::int64_t physical_offset) const {
  return query(topic, key, count_max,
               {.begin_ms = std::numeric_limits<std::int64_t>::min(),
                .end_ms = std::numeric_limits<std::int64_t>::max(),
                .behind_physical_offset = physical_offset});
}

QueryResult DefaultMessageStore::query(std::string_view topic, std::string_view key,
                                       std::int32_t count_max,
                                       const IndexFile::Wanted& wanted) const {
  QueryResult result;
  const std::int32_t count = std::min(count_max, config_.max_msgs_num_batch.get());
  if (!index_ || count <= 0) return result;
  auto found = index_->query(index_key_hash(topic, key), static_cast<std::size_t>(count), wanted);
  result.index_last_update_timestamp_ms = found.last_update_timestamp_ms;
  result.index_last_update_physical_offset = found.last_update_physical_offset;
  auto& offsets = found.physical_offsets;
  std::sort(offsets.begin(), offsets.end());
  // A record may be in the index twice, when it was indexed again after a crash.
  offsets.erase(std::unique(offsets.begin(), offsets.end()), offsets.end());
  for (const std::int64_t offset : offsets) {
    if (auto message = message_at(offset)) result.messages.push_back(std::move(*message));
  }
  return result;
}

}  // namespace rocketmq::store
