#include "queue_repair.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "mapped_read.hpp"
#include "rocketmq/common/bytes.hpp"
#include "rocketmq/common/shared_log.hpp"

namespace rocketmq::store {
namespace {

/// So much of the log is read for one unit at most.
constexpr std::int64_t search_bytes_max = 64LL * 1024 * 1024;

/// The unit, when its record stands where it says.
std::optional<ConsumeQueueUnit> sound_unit(const CommitLog& log, const ConsumeQueue& queue,
                                           std::int64_t queue_offset, std::int64_t log_end) {
  if (queue_offset < queue.min_offset() || queue_offset >= queue.max_offset()) return {};
  const ConsumeQueueUnit unit = queue.unit_at(queue_offset);
  if (!unit.is_valid() || unit.is_pre_blank() || unit.physical_end() > log_end) return {};
  const auto slice = log.read(unit.physical_offset, unit.size);
  if (!is_readable(slice.bytes.substr(0, message_record::fixed_bytes_v4)) ||
      !is_promised(slice.bytes, unit, queue.queue_id(), queue_offset))
    return {};
  return unit;
}

enum class Outcome { Found, NotThere, NotReadToTheEnd };

/// Reads record by record from `position` to `end`.
Outcome search(const CommitLog& log, const ConsumeQueue& queue, std::int64_t queue_offset,
               std::int64_t position, std::int64_t end, MessageRecord& found) {
  while (position < end) {
    const auto slice = log.read_to_end_of_file(position);
    std::string_view bytes = slice.bytes;
    if (bytes.size() < message_record::blank_bytes || !is_readable(bytes.substr(0, 8)))
      return Outcome::NotReadToTheEnd;
    if (load_be<std::int32_t>(bytes.data() + 4) == message_record::magic_blank) {
      position = slice.file->end();
      continue;
    }
    const auto size = load_be<std::int32_t>(bytes.data());
    if (size <= 0 || !is_readable(bytes.substr(0, static_cast<std::size_t>(size))))
      return Outcome::NotReadToTheEnd;
    const auto record = message_record::decode(bytes, message_record::Check::None);
    if (!record || record->physical_offset != position) return Outcome::NotReadToTheEnd;
    if (record->queue_offset == queue_offset && record->queue_id == queue.queue_id() &&
        record->topic == queue.topic()) {
      found = *record;
      return Outcome::Found;
    }
    position += record->total_size;
  }
  return Outcome::NotThere;
}

}  // namespace

bool is_promised(std::string_view bytes, const ConsumeQueueUnit& unit, std::int32_t queue_id,
                 std::int64_t queue_offset) {
  if (bytes.size() < message_record::fixed_bytes_v4) return false;
  const char* at = bytes.data();
  const auto magic = load_be<std::int32_t>(at + 4);
  return load_be<std::int32_t>(at) == unit.size &&
         (magic == message_record::magic_v1 || magic == message_record::magic_v2) &&
         load_be<std::int32_t>(at + 12) == queue_id &&
         load_be<std::int64_t>(at + message_record::queue_offset_at) == queue_offset &&
         load_be<std::int64_t>(at + message_record::physical_offset_at) == unit.physical_offset;
}

std::optional<ConsumeQueueUnit> repair_unit(const CommitLog& log, ConsumeQueue& queue,
                                            const RecordDispatcher& dispatcher,
                                            std::int64_t queue_offset, std::int64_t log_end) {
  const auto before = sound_unit(log, queue, queue_offset - 1, log_end);
  const auto behind = sound_unit(log, queue, queue_offset + 1, log_end);
  const std::int64_t begin = before ? before->physical_end() : log.min_offset();
  const std::int64_t end = behind ? behind->physical_offset : log_end;
  MessageRecord record;
  auto outcome =
      search(log, queue, queue_offset, begin, std::min(end, begin + search_bytes_max), record);
  if (outcome == Outcome::NotThere && end > begin + search_bytes_max)
    outcome = Outcome::NotReadToTheEnd;
  if (outcome == Outcome::NotReadToTheEnd) {
    store_log().error("{} queue {}: the unit of entry {} is damaged, and its record was not found",
                      queue.topic(), queue.queue_id(), queue_offset);
    return {};
  }
  const bool is_found = outcome == Outcome::Found;
  const ConsumeQueueUnit unit =
      is_found ? dispatcher.unit_of(record) : ConsumeQueueUnit::pre_blank();
  store_log().error("{} queue {}: the unit of entry {} was damaged; it {}", queue.topic(),
                    queue.queue_id(), queue_offset,
                    is_found ? "was made again from the log" : "has no record any more");
  if (const auto replaced = queue.replace(queue_offset, unit); !replaced)
    store_log().error("{}", replaced.error().text);
  if (!is_found) return {};
  return unit;
}

}  // namespace rocketmq::store
