#pragma once

#include <filesystem>
#include <memory>

#include "rocketmq/common/result.hpp"
#include "rocketmq/store/file_system.hpp"

namespace rocketmq::store {

/// Keeps other brokers, also the Java one, out of a store directory while it lives: an fcntl lock
/// of byte 0 of <root>/lock.
class StoreLock {
 public:
  /// Makes the root directory and the lock file when they are missing. Error: another process holds
  /// the lock.
  static Result<std::unique_ptr<StoreLock>> take(FileSystem& file_system,
                                                 const std::filesystem::path& root);

 private:
  explicit StoreLock(std::unique_ptr<File> file) : file_(std::move(file)) {}
  const std::unique_ptr<File> file_;
};

}  // namespace rocketmq::store
