#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <utility>

#include "rocketmq/common/result.hpp"
#include "rocketmq/store/file_system.hpp"

namespace rocketmq::store {

/// Which topics were deleted, and where the log ended then: records of the topic before that
/// position are no messages any more. They stay in the log, so that without this trace the topic
/// would come back when queues are made again from the log.
///
/// The file has one line for each deletion, which is flushed before a queue is removed:
///
///     <position> <topic> <CRC-32 of "position topic">
///
/// Runs on: any thread; look-ups do not wait for the disk. Bounded: a deletion is forgotten when
/// the log begins behind it, and the oldest ones when there are more than deletions_max.
class DeletedTopics {
 public:
  static constexpr std::size_t deletions_max = 200'000;

  DeletedTopics(FileSystem& file_system, std::filesystem::path file)
      : file_system_(file_system), file_(std::move(file)) {}

  // A disk that fails or is full keeps no store from starting: what goes wrong in the following
  // three is logged. Rather than a line that covers records to come, no line is left.

  /// Reads the file. A line that is damaged is reported and left out.
  void load();
  /// The log runs from `log_begin` to `log_end`: what lies outside of it says nothing. To be called
  /// before the first put, because a position behind the log's end would cover records to come.
  void settle(std::int64_t log_begin, std::int64_t log_end);
  /// Another broker has written to the log since: its positions may hold other records.
  void forget_all();
  /// Durable when it returns. `log_begin` says which deletions can be forgotten.
  IoResult<void> add(std::string_view topic, std::int64_t log_end, std::int64_t log_begin);

  /// Position before which records of the topic are deleted; 0 for a topic that never was.
  std::int64_t end_of(std::string_view topic) const;
  /// True for a record that was deleted with its topic.
  bool covers(std::string_view topic, std::int64_t physical_offset) const {
    // Most records lie behind the last deletion.
    return physical_offset < last_end_.load(std::memory_order_acquire) &&
           physical_offset < end_of(topic);
  }

 private:
  using Ends = std::map<std::string, std::int64_t, std::less<>>;

  // With file_mutex_ held.
  bool drop_useless(std::int64_t log_begin);
  void set_ends(Ends ends);
  IoResult<void> rewrite();
  void rewrite_or_remove();
  IoResult<void> append(std::string_view line);
  IoResult<std::string> read() const;

  FileSystem& file_system_;
  const std::filesystem::path file_;
  /// Held while the file is written; taken before mutex_.
  std::mutex file_mutex_;
  std::int64_t file_bytes_ = 0;  // guarded by file_mutex_; -1: to be written again
  std::size_t lines_ = 0;        // guarded by file_mutex_
  mutable std::shared_mutex mutex_;
  Ends ends_;  // guarded by mutex_; changed with file_mutex_ held as well
  std::atomic<std::int64_t> last_end_{0};
};

}  // namespace rocketmq::store
