#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace rocketmq::store {

/// Where the log begins and ends at present, in bytes.
struct LogBounds {
  /// The base of its first file.
  std::int64_t begin = 0;
  /// Behind the last record that is written, on disk or not.
  std::int64_t end = 0;
};

/// Bytes of the log as they stand there, within one file; valid while `keep_alive` lives.
struct LogRange {
  std::string_view bytes;
  std::shared_ptr<const void> keep_alive;
  /// The first byte is not in memory: load_log() fetches it.
  bool is_on_disk = false;
};

/// The store of a master as its replication sees it: a log of bytes that grows, and the puts that
/// wait for slaves. It knows nothing of links, nor of who decides which broker is the master.
/// Any thread.
class ReplicationSource {
 public:
  virtual ~ReplicationSource() = default;

  virtual LogBounds log_bounds() const = 0;
  /// Size of the log's files: each begins at a multiple of it.
  virtual std::int64_t log_file_bytes() const = 0;

  /// The bytes at `physical_offset`, at most `bytes_max`, up to the end of their file, of the log,
  /// or of what is in memory. Empty where there is none. Does not wait for the disk. What lies
  /// before `loaded_end` has just been loaded: whether it is in memory is not asked again.
  virtual LogRange read_log(std::int64_t physical_offset, std::size_t bytes_max,
                            std::int64_t loaded_end) const = 0;
  /// Reads such bytes into memory: waits for the disk. The end of what has been read; nothing when
  /// they are gone, or the disk cannot read them.
  virtual std::optional<std::int64_t> load_log(std::int64_t physical_offset,
                                               std::size_t bytes_max) const = 0;

  /// Waits for the log to grow.
  class Follower {
   public:
    /// No call of `wake` comes after the end of this.
    virtual ~Follower() = default;
    /// Has `wake` called once, when the log ends beyond `position`. False, and no call, when it
    /// does already.
    virtual bool wait_beyond(std::int64_t position) = 0;
  };
  /// `wake` runs on the thread that writes the log, under a lock: it hands on, and neither waits
  /// nor calls the follower. The store must outlive the follower.
  virtual std::unique_ptr<Follower> follow_log(std::function<void()> wake) = 0;

  /// The slaves that follow now, each with the end of what it has, none beyond the log's end; in
  /// any order, which changes. What enough of them have completes the puts that wait for it, on the
  /// calling thread.
  virtual void slaves_at(std::span<std::int64_t> ends) = 0;
};

}  // namespace rocketmq::store
