#pragma once

#include <cstdint>
#include <mutex>
#include <string_view>

#include "commit_log.hpp"
#include "record_boundaries.hpp"
#include "rocketmq/common/result.hpp"
#include "write_gate.hpp"

namespace rocketmq::store {

/// Writes a slave's CommitLog with its master's bytes. The log ends for its readers behind the last
/// whole record; what has come of the next one stands behind that. Any thread.
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
  void publish(const RecordBoundaries& after);

  CommitLog& log_;
  WriteGate& gate_;
  mutable std::mutex mutex_;
  RecordBoundaries boundaries_;  // guarded by mutex_
  bool is_closed_ = false;       // guarded by mutex_
};

}  // namespace rocketmq::store
