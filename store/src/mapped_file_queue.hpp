#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <vector>

#include "mapped_file.hpp"
#include "rocketmq/common/result.hpp"

namespace rocketmq::store {

/// The files of the CommitLog, in order, all of one size. Any thread; readers share a lock that is
/// held for a lookup only.
class MappedFileQueue {
 public:
  MappedFileQueue(FileSystem& file_system, std::filesystem::path directory, std::int64_t file_size);

  /// Opens what is there; foreign files are ignored. With `is_size_certain` the files are known to
  /// have been made with the configured length. Error: a file of another length that is not one of
  /// the last two, or may have been made so; a missing file in between.
  Result<void> load(bool is_size_certain = false);

  std::int64_t file_size() const { return file_size_; }
  std::int64_t base_of(std::int64_t offset) const { return offset - offset % file_size_; }
  const std::filesystem::path& directory() const { return directory_; }

  /// The file that holds `physical_offset`; null when there is none.
  std::shared_ptr<MappedFile> find(std::int64_t physical_offset) const;
  std::vector<std::shared_ptr<MappedFile>> files() const;
  /// Base of the first file; nothing when there is no file.
  std::optional<std::int64_t> first_base() const;

  /// The file that begins at `base`, which is the last one or the one to follow it; taken from what
  /// prepare_next() made, or made now.
  IoResult<std::shared_ptr<MappedFile>> file_for_append(std::int64_t base);
  /// Makes the file that is written after the one in which the log ends, unless it is there, and
  /// returns where it begins. One thread; there is a file.
  IoResult<std::int64_t> prepare_next(std::int64_t log_end);
  /// Deletes the file that was made ahead.
  void drop_prepared();

  /// Deletes the first file, never the last. Readers that hold it keep it, but the last of them
  /// does not free its blocks, which may take the disk long: release_removed() does. False when
  /// nothing was deleted.
  IoResult<bool> remove_first();
  /// Gives back what was deleted and is read no more. Waits for the disk.
  void release_removed();
  /// Deletes the files that begin at or after `physical_offset`.
  IoResult<void> remove_from(std::int64_t physical_offset);

 private:
  FileSystem& file_system_;
  const std::filesystem::path directory_;
  const std::int64_t file_size_;
  mutable std::shared_mutex mutex_;
  std::vector<std::shared_ptr<MappedFile>> files_;    // guarded by mutex_
  std::vector<std::shared_ptr<MappedFile>> removed_;  // guarded by mutex_; as long as they are read
  std::mutex prepare_mutex_;                          // before mutex_
  std::shared_ptr<MappedFile> prepared_;              // guarded by prepare_mutex_
};

}  // namespace rocketmq::store
