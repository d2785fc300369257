#pragma once

#include <array>
#include <boost/system/result.hpp>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rocketmq/common/result.hpp"

namespace rocketmq::store {

/// Why the disk did not do what was asked.
struct IoError {
  /// errno: ENOSPC, EIO, ENOENT, …
  int number = 0;
  /// What was tried, on which file, and the reason.
  std::string text;

  // With a constructor a number is no IoError, so that results of numbers are distinguished from
  // errors.
  IoError() = default;
  IoError(int number_of_error, std::string what) : number(number_of_error), text(std::move(what)) {}

  /// No space on the disk, in the quota, or under the process's limit of a file's size.
  bool is_out_of_space() const;
  bool is_missing_file() const;
  /// The path is a symbolic link, which is not followed.
  bool is_link() const;
};
[[noreturn]] void throw_exception_from_error(const IoError& error, const boost::source_location&);

template <class T>
using IoResult = boost::system::result<T, IoError>;

/// The same failure as callers of the store see it.
Error to_error(const IoError& error);

/// A file, or its beginning, as memory. Unmapped when it is destroyed.
class FileMapping {
 public:
  virtual ~FileMapping() = default;
  virtual char* data() const = 0;
  virtual std::size_t size() const = 0;
  /// How many of the `bytes` from `position` on, up to the first that is not, are in the page
  /// cache: these can be touched without waiting for the disk. All, where the kernel does not say.
  virtual std::size_t cached_bytes(std::size_t position, std::size_t bytes) const = 0;
};

enum class MapMode { Read, ReadWrite };
enum class OpenMode { ReadExisting, ReadWriteExisting, CreateOrOpen };

/// An open file. Positions and sizes are in bytes. Calls on any thread.
class File {
 public:
  virtual ~File() = default;
  /// Writes at a position; may write fewer bytes than given, but at least one.
  virtual IoResult<std::size_t> write_at(std::string_view bytes, std::int64_t position) = 0;
  /// Reads until `bytes` are there or the file ends.
  virtual IoResult<std::size_t> read_at(char* into, std::size_t bytes,
                                        std::int64_t position) const = 0;
  /// Reads what of it is in the page cache, up to the first byte that is not. Never waits for the
  /// disk: nothing is read where the kernel does not say what is there.
  virtual IoResult<std::size_t> read_cached(char* into, std::size_t bytes,
                                            std::int64_t position) const = 0;
  /// Returns when everything written is on the disk (fdatasync).
  virtual IoResult<void> sync() = 0;
  /// Sets the length; new bytes are zero and take no space.
  virtual IoResult<void> resize(std::int64_t bytes) = 0;
  /// Makes sure that writing this range, within the length, cannot run out of space.
  virtual IoResult<void> reserve(std::int64_t position, std::int64_t bytes) = 0;
  /// Makes the range read as zeros and keeps the length.
  virtual IoResult<void> zero(std::int64_t position, std::int64_t bytes) = 0;
  virtual IoResult<std::int64_t> size() const = 0;
  /// Takes an exclusive fcntl lock of byte 0 without waiting; false when another process has it. It
  /// goes with the file.
  virtual IoResult<bool> lock_first_byte() = 0;
  /// True while the path by which the file was opened still names it.
  virtual bool is_at_its_path() const = 0;
  /// Maps the first `bytes`. The mapping may outlive the File.
  virtual IoResult<std::unique_ptr<FileMapping>> map(std::int64_t bytes, MapMode mode) = 0;
};

/// Keeps others from taking the same directory while it lives.
class DirectoryLock {
 public:
  virtual ~DirectoryLock() = default;
};

struct DirectoryEntry {
  std::string name;
  bool is_directory = false;
};

struct FileStatus {
  std::int64_t size_bytes = 0;
  std::int64_t modified_ms = 0;
};

struct DiskSpace {
  std::int64_t used_bytes = 0;
  /// Used ones and those that an ordinary user can still have.
  std::int64_t usable_bytes = 0;

  /// 0…1, as `df` computes it.
  double used_ratio() const {
    return usable_bytes > 0 ? static_cast<double>(used_bytes) / static_cast<double>(usable_bytes)
                            : 0.0;
  }
};

/// Everything of the store that touches the disk goes through here, so that a test can fill the
/// disk, break it, tear a write, or drop whatever was not flushed. Calls on any thread.
class FileSystem {
 public:
  virtual ~FileSystem() = default;
  /// A symbolic link is not followed: IoError::is_link().
  virtual IoResult<std::unique_ptr<File>> open(const std::filesystem::path& path,
                                               OpenMode mode) = 0;
  /// Size and modification time; IoError::is_missing_file() when there is none.
  virtual IoResult<FileStatus> status(const std::filesystem::path& path) = 0;
  /// Entries without "." and "..", sorted by name.
  virtual IoResult<std::vector<DirectoryEntry>> list(const std::filesystem::path& directory) = 0;
  virtual IoResult<void> make_directories(const std::filesystem::path& directory) = 0;
  /// Locks the directory itself, which no removal or renaming of a name in it can undo, without
  /// waiting. Null when another process, or another owner in this one, has it. Where the file
  /// system cannot lock directories, the lock keeps no other owner out.
  virtual IoResult<std::unique_ptr<DirectoryLock>> lock_directory(
      const std::filesystem::path& directory) = 0;
  /// Removes a file or an empty directory; one that is missing is no error.
  virtual IoResult<void> remove(const std::filesystem::path& path) = 0;
  virtual IoResult<void> rename(const std::filesystem::path& from,
                                const std::filesystem::path& to) = 0;
  /// Makes the creation and removal of the directory's entries durable.
  virtual IoResult<void> sync_directory(const std::filesystem::path& directory) = 0;
  /// Makes everything written to the file system of `path` durable; cheaper than many single syncs.
  virtual IoResult<void> sync_all(const std::filesystem::path& path) = 0;
  /// Of the partition of `path`.
  virtual IoResult<DiskSpace> disk_space(const std::filesystem::path& path) = 0;

  /// Names the time since the machine was switched on, as two numbers; zeros when that is not
  /// known. What a killed process has written in the same time is in the page cache or on the disk.
  using PowerCycle = std::array<std::int64_t, 2>;
  virtual PowerCycle power_cycle() const = 0;

  /// The machine's own.
  static FileSystem& real();
};

}  // namespace rocketmq::store
