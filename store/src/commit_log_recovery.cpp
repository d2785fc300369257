#include "commit_log_recovery.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "file_names.hpp"
#include "mapped_read.hpp"
#include "rocketmq/common/bytes.hpp"
#include "rocketmq/common/shared_log.hpp"

namespace rocketmq::store::commit_log_recovery {
namespace {

using message_record::Check;

/// A write that a crash tore leaves no whole record behind it; a bounded look is enough to tell.
constexpr std::int64_t look_bytes = 16 * 1024 * 1024;

bool is_blank(std::string_view bytes) {
  return bytes.size() >= message_record::blank_bytes &&
         is_readable(bytes.substr(0, message_record::blank_bytes)) &&
         load_be<std::int32_t>(bytes.data() + 4) == message_record::magic_blank;
}

bool is_unwritten(std::string_view bytes) {
  return bytes.size() < message_record::blank_bytes ||
         (is_readable(bytes.substr(0, message_record::blank_bytes)) &&
          load_be<std::int64_t>(bytes.data()) == 0);
}

/// The CRC covers the body alone. What a torn write has left out reads as zeros: a topic has none,
/// and neither do properties end with one, or our put would have refused them.
bool has_lost_its_end(const MessageRecord& record) {
  return record.topic.find('\0') != std::string_view::npos ||
         (!record.properties.empty() && record.properties.back() == '\0');
}

Result<MessageRecord> decode_at(std::string_view bytes, std::optional<std::int64_t> position,
                                bool check_crc, bool put_by_us = false) {
  const auto unreadable = [&] {
    return Error{ResponseCode::MessageIllegal, "message record: the disk cannot read it"};
  };
  if (!is_readable(bytes.substr(0, message_record::blank_bytes))) return unreadable();
  if (bytes.size() >= message_record::blank_bytes) {
    const auto claimed = load_be<std::int32_t>(bytes.data());
    if (claimed > 0 && !is_readable(bytes.substr(0, static_cast<std::size_t>(claimed))))
      return unreadable();
  }
  auto record = message_record::decode(bytes, check_crc ? Check::BodyCrc : Check::None);
  if (record && position && record->physical_offset != *position) {
    return Error{ResponseCode::MessageIllegal, "message record: it says that it stands at " +
                                                   std::to_string(record->physical_offset)};
  }
  // Another broker may have stored such properties: there, only the very end of the log is doubted.
  if (check_crc && record && has_lost_its_end(*record) &&
      (put_by_us || is_unwritten(bytes.substr(static_cast<std::size_t>(record->total_size)))))
    return Error{ResponseCode::MessageIllegal, "message record: its end was not written"};
  return record;
}

/// The bytes up to the first page that the disk cannot read.
std::string_view readable_part(std::string_view bytes) {
  constexpr std::size_t step = 65'536;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    if (!is_readable(bytes.substr(at, step))) return bytes.substr(0, at);
  }
  return bytes;
}

/// Where to continue behind the damage at `position`; nothing when no record follows it
/// there.
std::optional<std::int64_t> behind_damage(const MappedFileQueue& files, const MappedFile& file,
                                          std::int64_t position, std::int64_t bytes_max) {
  const std::string_view bytes = file.bytes(position - file.base(), file.end() - position);
  if (const auto damaged = decode_at(bytes, std::nullopt, false)) {
    // Only its content is damaged, most likely: a look into a body might find what its sender has
    // put there.
    const std::int64_t candidate = position + damaged->total_size;
    if (is_blank(bytes.substr(static_cast<std::size_t>(damaged->total_size))) ||
        record_at(files, candidate, true))
      return candidate;
  }
  return next_record(files, position + 1, bytes_max);
}

/// Where the scan continues behind the damage at `position`; nothing when the log ends there.
std::optional<std::int64_t> pass_over(const MappedFileQueue& files, const MappedFile& file,
                                      std::int64_t position, const Range& range) {
  if (position < range.certain_end) {
    const auto next =
        behind_damage(files, file, position, std::numeric_limits<std::int64_t>::max());
    return std::min(next.value_or(file.end()), range.certain_end);
  }
  const std::string_view bytes = file.bytes(position - file.base(), file.end() - position);
  if (!range.only_the_end_is_torn || is_unwritten(bytes)) return {};
  return behind_damage(files, file, position, look_bytes);
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
      const auto record = decode_at(bytes, position, range.check_crc,
                                    range.certain_end > 0 && position >= range.certain_end);
      const auto next = record ? std::nullopt : pass_over(files, *file, position, range);
      if (next) {
        store_log().error("the log is damaged at {} ({}); it continues at {}", position,
                          record.error().remark, *next);
        scanned.skipped_bytes += *next - position;
        position = *next;
        scanned.end = position;
        break;
      }
      if (!record) {
        if (!is_unwritten(bytes)) scanned.damage = record.error().remark;
        return scanned;
      }
      const auto visited = visit(*record, scanned);
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
  const std::string_view bytes = readable_part(
      file->bytes(position - file->base(), std::min(file->end() - position, bytes_max)));
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
  struct FirstRecord {
    std::int64_t base = 0;
    std::int64_t store_timestamp_ms = 0;
  };
  std::vector<FirstRecord> firsts;
  const auto all = files.files();
  for (const auto& file : all) {
    const auto first = record_at(files, file->base(), false);
    if (first && first->store_timestamp_ms != 0)
      firsts.push_back({file->base(), first->store_timestamp_ms});
  }
  for (std::size_t i = 0; i < firsts.size(); ++i) {
    const std::int64_t time_ms = firsts[i].store_timestamp_ms;
    if (time_ms > flushed_timestamp_ms) continue;
    // Where the clock was set back, the file before that may have reached any time.
    if (i + 1 == firsts.size() || firsts[i + 1].store_timestamp_ms > flushed_timestamp_ms ||
        firsts[i + 1].store_timestamp_ms < time_ms)
      return firsts[i].base;
  }
  return all.empty() ? 0 : all.front()->base();
}

namespace {

/// Copies what follows `end` into one sparse file.
IoResult<void> rescue(const MappedFileQueue& files, std::int64_t end, FileSystem& file_system,
                      const std::filesystem::path& directory) {
  constexpr std::int64_t block = 65'536;
  static constexpr std::array<char, block> zeros{};
  if (const auto made = file_system.make_directories(directory); !made) return made.error();
  const auto path = directory / file_name_of(end);
  const auto copy = file_system.open(path, OpenMode::CreateOrOpen);
  if (!copy) return copy.error();
  for (const auto& file : files.files()) {
    for (std::int64_t at = std::max(file->base(), end); at < file->end();) {
      const std::int64_t count = std::min(block, file->end() - at);
      const std::string_view bytes = file->bytes(at - file->base(), count);
      // What the disk cannot read is left out.
      if (is_readable(bytes) && std::memcmp(bytes.data(), zeros.data(), bytes.size()) != 0) {
        for (std::size_t done = 0; done < bytes.size();) {
          const auto written =
              (*copy)->write_at(bytes.substr(done), at - end + static_cast<std::int64_t>(done));
          if (!written) return written.error();
          done += *written;
        }
      }
      at += count;
    }
  }
  if (const auto synced = (*copy)->sync(); !synced) return synced.error();
  store_log().error("whole records stand behind the damage at {}: what is cut off is kept in {}",
                    end, path.string());
  return {};
}

}  // namespace

IoResult<void> make_durable(const MappedFileQueue& files, std::int64_t begin, std::int64_t end) {
  constexpr std::int64_t step = 1024 * 1024;
  for (const auto& file : files.files()) {
    if (file->end() <= begin || file->base() > end) continue;
    const std::int64_t until = std::min(end, file->end());
    for (std::int64_t at = std::max(begin, file->base()); at < until; at += step) {
      const std::string_view bytes = file->bytes(at - file->base(), std::min(step, until - at));
      if (!is_readable(bytes)) continue;
      if (const auto written = file->write(bytes, at - file->base()); !written)
        return written.error();
    }
    if (const auto synced = file->sync(); !synced) return synced.error();
    if (file->end() <= end) file->release_descriptor();
  }
  return {};
}

IoResult<void> cut(MappedFileQueue& files, std::int64_t end, FileSystem& file_system,
                   const std::filesystem::path& rescue_directory) {
  if (next_record(files, end, look_bytes)) {
    if (const auto kept = rescue(files, end, file_system, rescue_directory); !kept) return kept;
  }
  if (const auto removed = files.remove_from(end); !removed) return removed.error();
  const auto file = files.find(end);
  if (!file) return {};
  // What is cut off must not turn up again as records when the log has grown up to it.
  if (const auto zeroed = file->zero(end - file->base(), file->end() - end); !zeroed)
    return zeroed.error();
  return {};
}

}  // namespace rocketmq::store::commit_log_recovery
