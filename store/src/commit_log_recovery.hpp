#pragma once

#include <cstdint>
#include <functional>

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
};

using Visitor = std::function<Result<void>(const MessageRecord&)>;

/// Reads record by record from `begin`, which is a record's boundary, up to `limit` or to the first
/// that is not good: magic, lengths, position, and the body's CRC when `check_crc` is set. An
/// end-of-file record leads to the next file; the last file's own counts as not written. Ends early
/// when `visit` fails.
Result<Scanned> scan(const MappedFileQueue& files, std::int64_t begin, std::int64_t limit,
                     bool check_crc, const Visitor& visit);

/// The record at `position`, wherever the log ends; an error when none stands there.
Result<MessageRecord> record_at(const MappedFileQueue& files, std::int64_t position,
                                bool check_crc);

/// Where to begin after the crash of another broker: the last file whose first record is older than
/// everything that its checkpoint says is on disk; the first file when there is none.
std::int64_t begin_by_time(const MappedFileQueue& files, std::int64_t flushed_timestamp_ms);

/// Makes `end` the end of the files: clears what stands behind it in its file, deletes the files
/// that follow.
Result<void> cut(MappedFileQueue& files, std::int64_t end);

}  // namespace rocketmq::store::commit_log_recovery
