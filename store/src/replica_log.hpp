#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string_view>

#include "commit_log.hpp"
#include "record_boundaries.hpp"
#include "rocketmq/common/result.hpp"
#include "write_gate.hpp"

namespace rocketmq::store {

/// Writes a slave's CommitLog with its master's bytes. The log ends for its readers behind the last
/// whole record, which is as its checksum says; what has come of the next one stands behind that.
/// Any thread.
///
/// A damaged record is refused once: it was damaged on its way, and comes again. When it comes with
/// the same bytes, the master has it so, and the slave as well; nothing behind it would come
/// otherwise.
///
/// Order of locks: mutex_ before the CommitLog's.
class ReplicaLog {
 public:
  /// Both must outlive it.
  ReplicaLog(CommitLog& log, WriteGate& gate);

  /// Where the log ends after recovery. Before any append.
  void begin_at(std::int64_t end);
  std::int64_t end() const;
  /// See ReplicaWriter.
  Result<void> append_at(std::int64_t position, std::string_view bytes);
  /// Takes nothing more.
  void close();

 private:
  Result<void> check(std::int64_t position) const;
  IoResult<void> write(std::int64_t position, std::string_view bytes);
  Result<void> check_record(std::int64_t position);
  /// Shows the records from `begin` on that have become whole, up to one that is damaged.
  Result<void> publish(std::int64_t begin, const RecordBoundaries& after);

  CommitLog& log_;
  WriteGate& gate_;
  mutable std::mutex mutex_;
  RecordBoundaries boundaries_;  // guarded by mutex_
  /// A record that was refused: where it stands, and the CRC-32 of its bytes.
  struct Refused {
    std::int64_t position = 0;
    std::uint32_t crc = 0;
    friend bool operator==(const Refused&, const Refused&) = default;
  };
  std::optional<Refused> refused_;  // guarded by mutex_
  bool is_closed_ = false;          // guarded by mutex_
};

}  // namespace rocketmq::store
