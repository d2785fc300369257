#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "commit_log.hpp"
#include "rocketmq/common/message_record.hpp"

namespace rocketmq::store {

/// Reads the log record by record. A record that is damaged, or that the disk cannot read, is
/// passed over with an error line. One thread.
class LogReader {
 public:
  /// Reads from a record's boundary to another; `end` is at most the committed end.
  LogReader(const CommitLog& log, std::int64_t position, std::int64_t end)
      : log_(log), position_(position), end_(end) {}

  /// The next whole record, whose views are valid until the next call; null at the end.
  const MessageRecord* next();
  /// The position behind the record that next() returned last, or the end.
  std::int64_t position() const { return position_; }
  /// Asks for the next record's head and, as if it were as long as the last one, its end: they were
  /// written by another core, and waiting for them is most of what a record costs.
  void prefetch() const;

 private:
  bool load();
  bool touch(std::size_t bytes);
  void pass_over(std::string_view why);

  const CommitLog& log_;
  std::int64_t position_;
  const std::int64_t end_;
  CommitLog::Slice slice_;
  std::string_view bytes_;     // from position_ to the end, or the end of the file
  std::size_t touched_ = 0;    // of bytes_; known to be readable
  std::size_t last_size_ = 0;  // of the record that was returned
  MessageRecord record_;
};

}  // namespace rocketmq::store
