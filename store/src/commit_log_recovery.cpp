#include "commit_log_recovery.hpp"

#include <spdlog/spdlog.h>

#include "rocketmq/common/bytes.hpp"

namespace rocketmq::store::commit_log_recovery {
namespace {

using message_record::Check;

bool is_blank(std::string_view bytes) {
  return bytes.size() >= message_record::blank_bytes &&
         load_be<std::int32_t>(bytes.data() + 4) == message_record::magic_blank;
}

bool is_unwritten(std::string_view bytes) {
  return bytes.size() < message_record::blank_bytes || load_be<std::int64_t>(bytes.data()) == 0;
}

Result<MessageRecord> decode_at(std::string_view bytes, std::int64_t position, bool check_crc) {
  auto record = message_record::decode(bytes, check_crc ? Check::BodyCrc : Check::None);
  if (record && record->physical_offset != position) {
    return Error{ResponseCode::MessageIllegal, "message record: it says that it stands at " +
                                                   std::to_string(record->physical_offset)};
  }
  return record;
}

}  // namespace

Result<Scanned> scan(const MappedFileQueue& files, std::int64_t begin, std::int64_t limit,
                     bool check_crc, const Visitor& visit) {
  Scanned scanned{.end = begin};
  std::int64_t position = begin;
  while (position < limit) {
    const auto file = files.find(position);
    if (!file) return scanned;
    std::string_view bytes = file->bytes(position - file->base(), file->end() - position);
    while (position < limit) {
      if (is_blank(bytes)) {
        position = file->end();
        break;
      }
      const auto record = decode_at(bytes, position, check_crc);
      if (!record) {
        if (!is_unwritten(bytes)) scanned.damage = record.error().remark;
        return scanned;
      }
      if (const auto visited = visit(*record); !visited) return visited.error();
      position += record->total_size;
      bytes.remove_prefix(static_cast<std::size_t>(record->total_size));
      scanned.end = position;
      scanned.last_store_timestamp_ms = record->store_timestamp_ms;
      ++scanned.records;
    }
  }
  return scanned;
}

Result<MessageRecord> record_at(const MappedFileQueue& files, std::int64_t position,
                                bool check_crc) {
  const auto file = files.find(position);
  if (!file)
    return Error{ResponseCode::MessageIllegal,
                 "no CommitLog file holds " + std::to_string(position)};
  return decode_at(file->bytes(position - file->base(), file->end() - position), position,
                   check_crc);
}

std::int64_t begin_by_time(const MappedFileQueue& files, std::int64_t flushed_timestamp_ms) {
  const auto all = files.files();
  for (auto file = all.rbegin(); file != all.rend(); ++file) {
    const auto first = record_at(files, (*file)->base(), false);
    if (first && first->store_timestamp_ms != 0 &&
        first->store_timestamp_ms <= flushed_timestamp_ms)
      return (*file)->base();
  }
  return all.empty() ? 0 : all.front()->base();
}

Result<void> cut(MappedFileQueue& files, std::int64_t end) {
  if (const auto removed = files.remove_from(end); !removed) return to_error(removed.error());
  const auto file = files.find(end);
  if (!file) return {};
  // What is cut off must not turn up again as records when the log has grown up to it.
  if (const auto zeroed = file->zero(end - file->base(), file->end() - end); !zeroed)
    return to_error(zeroed.error());
  return {};
}

}  // namespace rocketmq::store::commit_log_recovery
