#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "rocketmq/common/result.hpp"
#include "rocketmq/store/file_system.hpp"

namespace rocketmq::store {

/// Keeps other brokers, also the Java one, out of a store's directories while it lives.
///
/// The directories themselves are locked: a name in them can be removed under a running broker, and
/// would take a lock of that file with it. Besides, byte 0 of <root>/lock has the fcntl lock that
/// Java brokers look at; renew() makes that file again when somebody has removed it.
/// Runs on: the thread that opens the store; renew() on `store-files`.
class StoreLock {
 public:
  /// Makes the root directory and the lock file when they are missing. The log's directory is
  /// locked as well, since stores with other roots may name the same one. Error: another process
  /// holds a lock.
  static Result<std::unique_ptr<StoreLock>> take(FileSystem& file_system,
                                                 const std::filesystem::path& root,
                                                 const std::filesystem::path& commit_log);
  /// Makes the lock file again when it is no longer the one that is locked. Error: another process
  /// has locked it meanwhile.
  Result<void> renew();

 private:
  StoreLock(FileSystem& file_system, std::filesystem::path path)
      : file_system_(file_system), path_(std::move(path)) {}
  Result<void> lock_directory(const std::filesystem::path& directory);
  Result<void> lock_file();

  FileSystem& file_system_;
  const std::filesystem::path path_;
  std::vector<std::unique_ptr<DirectoryLock>> directories_;
  /// Null where a full disk has no room for it.
  std::unique_ptr<File> file_;
};

}  // namespace rocketmq::store
