#include "commit_log_recovery.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "file_names.hpp"
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

/// The CRC covers the body alone. What a torn write has left out reads as zeros: a topic has none,
/// and neither do properties end with one, or our put would have refused them. Only at the very end
/// of the log: what stands before other records was written.
bool is_torn(const MessageRecord& record, std::string_view bytes) {
  return is_unwritten(bytes.substr(static_cast<std::size_t>(record.total_size))) &&
         (record.topic.find('\0') != std::string_view::npos ||
          (!record.properties.empty() && record.properties.back() == '\0'));
}

Result<MessageRecord> decode_at(std::string_view bytes, std::int64_t position, bool check_crc) {
  auto record = message_record::decode(bytes, check_crc ? Check::BodyCrc : Check::None);
  if (record && record->physical_offset != position) {
    return Error{ResponseCode::MessageIllegal, "message record: it says that it stands at " +
                                                   std::to_string(record->physical_offset)};
  }
  if (check_crc && record && is_torn(*record, bytes))
    return Error{ResponseCode::MessageIllegal, "message record: its end was not written"};
  return record;
}

}  // namespace

Result<Scanned> scan(const MappedFileQueue& files, const Range& range, const Visitor& visit) {
  Scanned scanned{.end = range.begin};
  std::int64_t position = range.begin;
  while (position < range.limit) {
    const auto file = files.find(position);
    if (!file) return scanned;
    std::string_view bytes = file->bytes(position - file->base(), file->end() - position);
    while (position < range.limit) {
      if (is_blank(bytes)) {
        position = file->end();
        break;
      }
      const auto record = decode_at(bytes, position, range.check_crc);
      if (!record && position < range.certain_end) {
        const auto next =
            next_record(files, position + 1, std::numeric_limits<std::int64_t>::max());
        spdlog::error("the log is damaged at {} ({}); it goes on at {}", position,
                      record.error().remark, next.value_or(range.certain_end));
        ++scanned.skipped;
        position = next.value_or(range.certain_end);
        scanned.end = position;
        break;
      }
      if (!record) {
        if (!is_unwritten(bytes)) scanned.damage = record.error().remark;
        return scanned;
      }
      const auto visited = visit(*record);
      if (!visited) return visited.error();
      if (!*visited) {
        scanned.damage = "message record: its number does not follow the queue's last one";
        return scanned;
      }
      position += record->total_size;
      bytes.remove_prefix(static_cast<std::size_t>(record->total_size));
      scanned.end = position;
      scanned.last_store_timestamp_ms = record->store_timestamp_ms;
      ++scanned.records;
    }
  }
  return scanned;
}

std::optional<std::int64_t> next_record(const MappedFileQueue& files, std::int64_t position,
                                        std::int64_t bytes_max) {
  using namespace std::string_view_literals;
  const auto file = files.find(position);
  if (!file) return {};
  const std::string_view bytes =
      file->bytes(position - file->base(), std::min(file->end() - position, bytes_max));
  for (const std::string_view magic : {"\xDA\xA3\x20\xA7"sv, "\xDA\xA3\x20\xAB"sv}) {
    for (auto at = bytes.find(magic, 4); at != std::string_view::npos;
         at = bytes.find(magic, at + 1)) {
      const std::int64_t candidate = position + static_cast<std::int64_t>(at) - 4;
      if (record_at(files, candidate, true)) return candidate;
    }
  }
  if (record_at(files, file->end(), true)) return file->end();
  return {};
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

namespace {

/// Copies what stands behind `end` into one sparse file.
Result<void> rescue(const MappedFileQueue& files, std::int64_t end, FileSystem& file_system,
                    const std::filesystem::path& directory) {
  constexpr std::int64_t block = 65'536;
  static constexpr std::array<char, block> zeros{};
  if (const auto made = file_system.make_directories(directory); !made)
    return to_error(made.error());
  const auto path = directory / file_name_of(end);
  const auto copy = file_system.open(path, OpenMode::CreateOrOpen);
  if (!copy) return to_error(copy.error());
  for (const auto& file : files.files()) {
    for (std::int64_t at = std::max(file->base(), end); at < file->end();) {
      const std::int64_t count = std::min(block, file->end() - at);
      const std::string_view bytes = file->bytes(at - file->base(), count);
      if (std::memcmp(bytes.data(), zeros.data(), bytes.size()) != 0) {
        for (std::size_t done = 0; done < bytes.size();) {
          const auto written =
              (*copy)->write_at(bytes.substr(done), at - end + static_cast<std::int64_t>(done));
          if (!written) return to_error(written.error());
          done += *written;
        }
      }
      at += count;
    }
  }
  if (const auto synced = (*copy)->sync(); !synced) return to_error(synced.error());
  spdlog::error("whole records stand behind the damage at {}: what is cut off is kept in {}", end,
                path.string());
  return {};
}

}  // namespace

Result<void> cut(MappedFileQueue& files, std::int64_t end, FileSystem& file_system,
                 const std::filesystem::path& rescue_directory) {
  // A write that a crash tore leaves no whole record behind it; a bounded look is enough to tell.
  constexpr std::int64_t look_bytes = 16 * 1024 * 1024;
  if (next_record(files, end, look_bytes)) {
    if (const auto kept = rescue(files, end, file_system, rescue_directory); !kept) return kept;
  }
  if (const auto removed = files.remove_from(end); !removed) return to_error(removed.error());
  const auto file = files.find(end);
  if (!file) return {};
  // What is cut off must not turn up again as records when the log has grown up to it.
  if (const auto zeroed = file->zero(end - file->base(), file->end() - end); !zeroed)
    return to_error(zeroed.error());
  return {};
}

}  // namespace rocketmq::store::commit_log_recovery
