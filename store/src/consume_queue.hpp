#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "open_file_cache.hpp"
#include "rocketmq/common/result.hpp"
#include "rocketmq/store/file_system.hpp"
#include "rocketmq/store/store_administration.hpp"

namespace rocketmq::store {

/// One entry of a ConsumeQueue: 20 bytes, big-endian, entry n at byte 20·n of the queue's files.
///
///    0                 8      12          20
///    | physical_offset | size | tags_code |
///
/// Unused space is zero. A queue whose first record is not its entry 0 is filled with pre-blank
/// units up to it.
struct ConsumeQueueUnit {
  std::int64_t physical_offset = 0;
  std::int32_t size = 0;
  std::int64_t tags_code = 0;

  static constexpr std::int64_t bytes = 20;
  static constexpr std::int64_t per_page = 4096 / bytes;
  static ConsumeQueueUnit decode(const char* at);
  void encode(char* at) const;
  static constexpr ConsumeQueueUnit pre_blank() {
    return {0, std::numeric_limits<std::int32_t>::max(), 0};
  }
  bool is_pre_blank() const {
    return physical_offset == 0 && size == std::numeric_limits<std::int32_t>::max();
  }
  /// Of a valid one, physical_end() is a position: what is damaged may say anything.
  bool is_valid() const {
    return physical_offset >= 0 && size > 0 &&
           physical_offset <= std::numeric_limits<std::int64_t>::max() - size;
  }
  std::int64_t physical_end() const { return is_pre_blank() ? 0 : physical_offset + size; }
};

/// What the queues of one store share.
struct ConsumeQueueShared {
  FileSystem& file_system;
  OpenFileCache& open_files;
  std::filesystem::path root;
  std::int64_t file_bytes = 0;
  /// Units that a queue keeps in memory before it writes them; falls as queues are added.
  std::atomic<std::int64_t> tail_units_max{1024};
  /// How often entries were missing in front of a record.
  std::atomic<std::int64_t> gaps{0};

  /// While the disk has no room for units, queues keep more of them: what is in the log can be
  /// read.
  static constexpr std::int64_t units_over_limit_max = 4LL * 1024 * 1024;
  std::atomic<std::int64_t> units_over_limit{0};
  mutable std::mutex failure_mutex;
  /// Why units could not be written last; of interest while units_over_limit is not 0.
  std::optional<IoError> failure;  // guarded by failure_mutex
};

/// The positions of one queue's messages in the CommitLog.
///
/// New units stay in memory and are written when enough have come together or when flush() asks for
/// them: they can be made again from the log. The queue holds neither a descriptor nor a mapping.
///
/// No reader waits for the disk behind a writer: mutex_ is held for moments only, files_mutex_
/// while files are written or removed. Order: files_mutex_ before mutex_.
///
/// Runs on: append() on `store-dispatch` (or recovery); the rest on any thread.
class ConsumeQueue {
 public:
  ConsumeQueue(ConsumeQueueShared& shared, std::string topic, std::int32_t queue_id);
  ~ConsumeQueue() { set_over_limit(0); }
  ConsumeQueue(const ConsumeQueue&) = delete;
  ConsumeQueue& operator=(const ConsumeQueue&) = delete;

  const std::string& topic() const { return topic_; }
  std::int32_t queue_id() const { return queue_id_; }
  std::filesystem::path directory() const;

  struct LoadRules {
    /// Units of records at or behind this position are not trusted; they are cut off.
    std::int64_t physical_end = std::numeric_limits<std::int64_t>::max();
    /// Clear what lies behind the last unit: after a crash anything may stand there.
    bool zero_behind_end = false;
  };
  /// Finds the files and the end of the queue. `damaged` is set when files are missing, are not of
  /// the configured length, or cannot be read: the queue then ends before the first of them, or has
  /// nothing. Error: the directory cannot be listed, or changed.
  Result<void> load(const LoadRules& rules, bool& damaged);
  /// Cuts off all units from `queue_offset` on, in memory and on disk.
  IoResult<void> truncate(std::int64_t queue_offset);

  enum class Appended { Yes, AlreadyBuilt, Refused };
  /// Takes the unit of a record that says it is entry `queue_offset`. A record that was appended
  /// before is recognised by its position. Missing entries in front of it become pre-blank units;
  /// an entry 0 behind others means that the queue was deleted and began again. Error: the memory
  /// for units is used up, and the disk has no room for them.
  IoResult<Appended> append(const ConsumeQueueUnit& unit, std::int64_t queue_offset);

  std::int64_t min_offset() const { return min_.load(std::memory_order_acquire); }
  std::int64_t max_offset() const { return max_.load(std::memory_order_acquire); }
  /// What append() has taken since the queue was made or loaded.
  QueueCount appended() const;
  /// End of the last unit's record; 0 without one.
  std::int64_t physical_end() const;

  /// Copies units from `queue_offset` on into `into`: at most `count_max`, and none behind the end
  /// of the file that holds the first. Returns their number; 0 when there are none, or the file is
  /// gone; read_failed when the disk cannot read them at the moment.
  static constexpr std::int64_t read_failed = -1;
  /// read(): with only_from_memory, the first unit is not in the page cache, or its file not open.
  static constexpr std::int64_t not_in_memory = -2;
  std::int64_t read(std::int64_t queue_offset, std::int64_t count_max, char* into,
                    bool only_from_memory = false) const;
  /// One unit; an invalid one when it is not there.
  ConsumeQueueUnit unit_at(std::int64_t queue_offset) const;
  /// Puts another unit in the place of one that is damaged.
  IoResult<void> replace(std::int64_t queue_offset, const ConsumeQueueUnit& unit);
  /// First entry of the file after the one that holds `queue_offset`.
  std::int64_t next_file_offset(std::int64_t queue_offset) const;

  /// The entry with which the first file begins.
  std::int64_t first_unit() const;

  /// True while the queue holds more units than it should, since they could not be written.
  bool is_over_limit() const { return over_limit_.load(std::memory_order_relaxed) > 0; }
  std::int64_t unwritten_units() const { return max_.load() - written_.load(); }
  /// Writes units that are only in memory.
  IoResult<void> write_out();
  /// Files that were written to since the last call of this function, to be made durable.
  struct Dirty {
    std::int64_t first_base = 0;
    std::int64_t end = 0;
  };
  Dirty take_dirty();
  IoResult<void> sync(const Dirty& dirty);
  /// Gives the memory of units that are written back.
  void release_memory();

  /// Moves the minimum to the first entry whose record is still there.
  void correct_min_offset(std::int64_t commit_log_min_offset);
  /// Deletes files all of whose records are gone; never the last one. Returns their number.
  IoResult<int> remove_files_below(std::int64_t commit_log_min_offset);
  /// Deletes everything on disk.
  IoResult<void> remove_files();

  /// The entry that the next put gets. Guarded by the CommitLog's append lock.
  std::int64_t next_put_offset = 0;
  /// Set when the topic was deleted: puts have to look the queue up again. Guarded by the
  /// CommitLog's append lock.
  bool removed = false;
  /// Whether the queue is in the list of queues to flush.
  std::atomic<bool> listed_for_flush{false};

 private:
  std::int64_t units_per_file() const { return shared_.file_bytes / ConsumeQueueUnit::bytes; }
  std::int64_t base_of(std::int64_t queue_offset) const;
  IoResult<std::shared_ptr<File>> file_of(std::int64_t base, bool create) const;
  IoResult<ConsumeQueueUnit> read_unit(std::int64_t queue_offset) const;
  /// Units of one file, as many as it has.
  IoResult<std::vector<ConsumeQueueUnit>> read_units(std::int64_t queue_offset,
                                                     std::int64_t count) const;
  /// What of the queue's directory is the queue's.
  struct Listing {
    std::vector<std::int64_t> bases;
    /// The last file had lost its end and was given its length again.
    bool is_lengthened = false;
    /// A file is missing, or of another length.
    bool is_broken = false;
  };
  IoResult<Listing> list_files();
  IoResult<void> drop_files(const std::vector<std::int64_t>& bases);
  IoResult<void> find_end(const LoadRules& rules, std::vector<std::int64_t> bases);
  IoResult<void> remove_file(std::int64_t base) const;
  // With files_mutex_.
  IoResult<void> write_out_locked();
  IoResult<void> remove_files_locked();
  // With mutex_.
  void push_to_tail(const ConsumeQueueUnit& unit);
  std::int64_t tail_units() const { return std::ssize(tail_) / ConsumeQueueUnit::bytes; }
  // With both.
  void begin_at(std::int64_t queue_offset);
  // With none.
  IoResult<Appended> append_in_steps(const ConsumeQueueUnit& unit, std::int64_t queue_offset);
  IoResult<void> begin_again(const ConsumeQueueUnit& unit);
  IoResult<void> add_to_tail(const ConsumeQueueUnit& unit);
  IoResult<void> make_room_in_tail(std::int64_t limit);
  void trim_tail(std::int64_t units);
  void set_over_limit(std::int64_t units);

  ConsumeQueueShared& shared_;
  const std::string topic_;
  const std::int32_t queue_id_;
  const std::uint64_t serial_;

  /// Kept by who writes, removes or changes files; what it guards is changed with mutex_ as well.
  std::mutex files_mutex_;
  mutable std::mutex mutex_;
  std::atomic<std::int64_t> min_{0};
  std::atomic<std::int64_t> max_{0};
  std::atomic<std::int64_t> written_{0};
  std::int64_t first_base_ = 0;    // guarded by mutex_ and files_mutex_; bytes
  std::int64_t synced_ = 0;        // guarded by mutex_; units
  std::int64_t physical_end_ = 0;  // guarded by mutex_
  QueueCount appended_;            // guarded by mutex_
  std::int64_t tail_begin_ = 0;    // guarded by mutex_; number of the first unit in tail_
  std::vector<char> tail_;         // guarded by mutex_; the newest units as they are on disk
  std::atomic<std::int64_t> over_limit_{0};  // written under mutex_; units
};

}  // namespace rocketmq::store
