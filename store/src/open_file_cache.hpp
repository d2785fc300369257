#pragma once

#include <cstdint>
#include <filesystem>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "rocketmq/store/file_system.hpp"

namespace rocketmq::store {

/// Keeps the most recently used ConsumeQueue files open, so that tens of thousands of queues need
/// few descriptors. Any thread; all but find() may wait for a disk. Bounded: at most `count_max`
/// files, besides those that callers hold at the moment, or held when it was last called.
class OpenFileCache {
 public:
  struct Key {
    /// Of the queue; never used twice.
    std::uint64_t owner = 0;
    std::int64_t base = 0;
    friend bool operator==(const Key&, const Key&) = default;
  };

  OpenFileCache(FileSystem& file_system, std::size_t count_max)
      : file_system_(file_system), count_max_(count_max) {}

  /// The open file. With `create_bytes` > 0 a missing file is made, with that length. `directory`
  /// is called for the path, which costs more than to find an open file, only when it is not open.
  template <class Directory>
  IoResult<std::shared_ptr<File>> open(Key key, const Directory& directory,
                                       std::int64_t create_bytes) {
    if (auto found = find(key)) return found;
    return open_anew(key, directory(), create_bytes);
  }
  /// The file if it is open, else null. Never waits for a disk, and neither does releasing the
  /// file: one of the other calls closes it.
  std::shared_ptr<File> find(Key key);
  void forget(Key key);

 private:
  IoResult<std::shared_ptr<File>> open_anew(Key key, const std::filesystem::path& directory,
                                            std::int64_t create_bytes);

  using Files = std::vector<std::shared_ptr<File>>;
  /// Those that have no other owner. With the mutex held.
  Files take_unused();

  struct KeyHash {
    std::size_t operator()(const Key& key) const {
      return static_cast<std::size_t>(key.owner * 0x9E3779B97F4A7C15ULL) ^
             static_cast<std::size_t>(key.base);
    }
  };
  struct Open {
    Key key;
    std::shared_ptr<File> file;
  };

  FileSystem& file_system_;
  const std::size_t count_max_;
  std::mutex mutex_;
  std::list<Open> recent_;  // guarded by mutex_; the most recently used first
  std::unordered_map<Key, std::list<Open>::iterator, KeyHash> by_key_;  // guarded by mutex_
  Files leaving_;  // guarded by mutex_; no longer found, may still be read
};

}  // namespace rocketmq::store
