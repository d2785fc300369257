#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "commit_log.hpp"
#include "rocketmq/common/message_record.hpp"

namespace rocketmq::store {

/// A place in the CommitLog that moves towards its end: record by record, as dispatch reads, or by
/// ranges of raw bytes, as a slave gets them. It passes from file to file, and keeps the file alive
/// that it reads. LogEnd says how far it may go, and when there is more.
///
/// One thread at a time.
class LogCursor {
 public:
  /// Begins at a record's boundary, if records are to be read.
  LogCursor(const CommitLog& log, std::int64_t position) : log_(log), position_(position) {}

  /// Where the next read begins: behind what was read last.
  std::int64_t position() const { return position_; }
  /// Continues elsewhere; at a record's boundary, if records are to be read.
  void seek(std::int64_t position);
  /// True when the place was deleted: the log begins behind it.
  bool is_deleted() const { return position_ < log_.min_offset(); }

  /// The next whole record before `end`, which is a record's boundary and at most the committed
  /// end; null when there is none. Its views are valid until the next call. Passes over what was
  /// deleted, and, with an error line, over records that are damaged or that the disk cannot read.
  const MessageRecord* next(std::int64_t end);
  /// Loads the next record's head and, as if it were as long as the last one, its end into the
  /// processor's cache: they were written by another core, and waiting for them is most of what a
  /// record costs.
  void prefetch() const;

  /// Bytes of one file, in the mapped log; valid while `keep_alive` lives.
  struct Range {
    std::int64_t physical_offset = 0;
    std::string_view bytes;
    std::shared_ptr<const void> keep_alive;
  };
  /// The next bytes before `end`, at most `bytes_max` of one file, whatever stands there: parts of
  /// records, and what fills a file behind its last one. Empty at `end` and where is_deleted().
  Range next_range(std::int64_t end, std::size_t bytes_max);

 private:
  bool load();
  bool touch(std::size_t bytes);
  void pass_over(std::string_view why);

  const CommitLog& log_;
  std::int64_t position_;
  std::int64_t end_ = 0;  // of the current call of next()
  CommitLog::Slice slice_;
  std::string_view bytes_;     // from position_ on, within one file
  std::size_t touched_ = 0;    // of bytes_; known to be readable
  std::size_t last_size_ = 0;  // of the record that was returned
  MessageRecord record_;
};

}  // namespace rocketmq::store
