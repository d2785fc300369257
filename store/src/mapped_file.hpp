#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string_view>

#include "rocketmq/store/file_system.hpp"

namespace rocketmq::store {

/// One file of the CommitLog: written by pwrite, read through a read-only mapping of the same page
/// cache. Readers hold it by shared_ptr; a file that was deleted stays readable until the last of
/// them lets go.
class MappedFile {
 public:
  /// Opens a file of exactly `size` bytes, or makes one when `create` is set.
  static IoResult<std::shared_ptr<MappedFile>> open(FileSystem& file_system,
                                                    const std::filesystem::path& path,
                                                    std::int64_t base, std::int64_t size,
                                                    bool create);

  std::int64_t base() const { return base_; }
  std::int64_t size() const { return size_; }
  /// The physical offset after the last byte.
  std::int64_t end() const { return base_ + size_; }
  const std::filesystem::path& path() const { return path_; }

  /// Bytes from `position` on; the caller knows that they are within the file and have been
  /// written.
  std::string_view bytes(std::int64_t position, std::int64_t count) const {
    return {mapping_->data() + position, static_cast<std::size_t>(count)};
  }

  /// How many of them, from the first on, can be touched without waiting for the disk.
  std::int64_t cached_bytes(std::int64_t position, std::int64_t count) const {
    return static_cast<std::int64_t>(mapping_->cached_bytes(static_cast<std::size_t>(position),
                                                            static_cast<std::size_t>(count)));
  }

  /// Writes all bytes, continuing short writes. One thread at a time.
  IoResult<void> write(std::string_view bytes, std::int64_t position);
  IoResult<void> sync();
  IoResult<void> zero(std::int64_t position, std::int64_t count);
  /// Gives the descriptor back once the file is full and on disk; it is opened again when it is
  /// needed.
  void release_descriptor();

 private:
  MappedFile(FileSystem& file_system, std::filesystem::path path, std::int64_t base,
             std::int64_t size, std::unique_ptr<FileMapping> mapping, std::unique_ptr<File> file);
  IoResult<std::shared_ptr<File>> file();
  void reserve_ahead(File& file, std::int64_t end);

  FileSystem& file_system_;
  const std::filesystem::path path_;
  const std::int64_t base_;
  const std::int64_t size_;
  const std::unique_ptr<FileMapping> mapping_;
  std::int64_t reserved_ = 0;  // the writer's
  std::mutex mutex_;
  std::shared_ptr<File> file_;  // guarded by mutex_; null after release_descriptor()
};

}  // namespace rocketmq::store
