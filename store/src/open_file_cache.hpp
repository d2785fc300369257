#pragma once

#include <cstdint>
#include <filesystem>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "rocketmq/store/file_system.hpp"

namespace rocketmq::store {

/// Keeps the most recently used ConsumeQueue files open, so that tens of thousands of queues need
/// few descriptors. Any thread. Bounded: at most `count_max` files, besides those that callers hold
/// at the moment.
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
  bool is_open(Key key) { return find(key) != nullptr; }
  void forget(Key key);

 private:
  std::shared_ptr<File> find(Key key);
  IoResult<std::shared_ptr<File>> open_anew(Key key, const std::filesystem::path& directory,
                                            std::int64_t create_bytes);

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
};

}  // namespace rocketmq::store
