#pragma once

#include <cstdint>
#include <string_view>

#include "rocketmq/common/result.hpp"

namespace rocketmq::store {

/// The store of a slave as its replication sees it: it takes its master's log, byte for byte.
class ReplicaWriter {
 public:
  virtual ~ReplicaWriter() = default;

  /// The position at which the next bytes belong: behind all that was appended, parts of records
  /// included. After a failed append, and after a restart, it is the end of the last whole record.
  virtual std::int64_t replica_end() const = 0;
  /// Appends bytes of the master's log that begin at `physical_offset`, which is replica_end().
  /// They may begin and end anywhere in a record and span several files, with what fills a file
  /// behind its last record. A log that is empty may begin with any file. What has become whole
  /// records can be read once it is dispatched, and is flushed as on a master.
  ///
  /// Errors, with nothing appended: the store is no slave's, or takes nothing at present; another
  /// position; bytes that do not continue a log. When the disk fails, a part may have been written:
  /// continue at replica_end(). Waits for the disk. Any thread.
  virtual Result<void> append_at(std::int64_t physical_offset, std::string_view bytes) = 0;
};

}  // namespace rocketmq::store
