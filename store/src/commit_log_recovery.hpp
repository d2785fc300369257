#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>

#include "mapped_file_queue.hpp"
#include "rocketmq/common/message_record.hpp"
#include "rocketmq/common/result.hpp"

namespace rocketmq::store::commit_log_recovery {

struct Scanned {
  /// Where the log ends: behind the last good record.
  std::int64_t end = 0;
  std::int64_t last_store_timestamp_ms = 0;
  std::int64_t records = 0;
  /// Why the scan ended; empty when the files or the data did.
  std::string damage;
  /// Bytes of damaged places that were passed over.
  std::int64_t skipped_bytes = 0;
};

/// What a scan reads, and how strictly.
struct Range {
  /// A record's boundary.
  std::int64_t begin = 0;
  std::int64_t limit = std::numeric_limits<std::int64_t>::max();
  /// Below this position everything was on disk once: what is damaged there is passed over, since
  /// what follows is good.
  std::int64_t certain_end = 0;
  /// Behind that position, too, damage is passed over when records stand behind it: nothing but the
  /// last write can be torn.
  bool only_the_end_is_torn = false;
  bool check_crc = true;
};

/// Takes a record, and what was scanned so far. False: it cannot stand here, the log ends before
/// it.
using Visitor = std::function<Result<bool>(const MessageRecord&, const Scanned&)>;

/// Reads record by record, up to the limit or to the first that is not good: magic, lengths,
/// position, and the body's CRC when it is to be checked. An end-of-file record leads to the next
/// file; the last file's own counts as not written. Ends early when `visit` fails.
Result<Scanned> scan(const MappedFileQueue& files, const Range& range, const Visitor& visit);

/// The first whole record at or behind `position`, in the same file, or at the beginning of the
/// next one; looks at `bytes_max` bytes.
std::optional<std::int64_t> next_record(const MappedFileQueue& files, std::int64_t position,
                                        std::int64_t bytes_max);

/// The record at `position`, wherever the log ends; an error when none stands there.
Result<MessageRecord> record_at(const MappedFileQueue& files, std::int64_t position,
                                bool check_crc);

/// Where to begin after the crash of another broker: the last file whose first record is older than
/// everything that its checkpoint says is on disk; the first file when there is none.
std::int64_t begin_by_time(const MappedFileQueue& files, std::int64_t flushed_timestamp_ms);

/// Makes what is in the files from `begin` to `end` durable: a killed process may have left it in
/// the page cache alone. It is written once more, since pages whose flush has failed count as
/// clean.
IoResult<void> make_durable(const MappedFileQueue& files, std::int64_t begin, std::int64_t end);

/// Makes `end` the end of the files: clears what follows it in its file, deletes the files
/// after that. When whole records follow it, the disk has lost what was before them: all
/// that is cut off is first kept in `<rescue_directory>/<end>`.
IoResult<void> cut(MappedFileQueue& files, std::int64_t end, FileSystem& file_system,
                   const std::filesystem::path& rescue_directory);

}  // namespace rocketmq::store::commit_log_recovery
