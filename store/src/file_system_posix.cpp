#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <system_error>

#include "rocketmq/store/file_system.hpp"

namespace rocketmq::store {
namespace {

IoError failure(std::string_view action, const std::filesystem::path& path, int number = errno) {
  std::string text(action);
  text.append(" ")
      .append(path.string())
      .append(": ")
      .append(std::generic_category().message(number));
  return {number, std::move(text)};
}

constexpr std::size_t page_bytes = 4096;

/// How many of the `bytes` from `position` on, up to the first that is not, are in the page cache.
/// Nothing where the kernel does not say.
std::optional<std::size_t> bytes_in_page_cache(char* mapped, std::size_t size, std::size_t position,
                                               std::size_t bytes) {
  std::array<unsigned char, 256> pages;
  const std::size_t end = std::min(position + bytes, size);
  for (std::size_t at = position - position % page_bytes; at < end;) {
    const std::size_t count = std::min(pages.size(), (end - at + page_bytes - 1) / page_bytes);
    if (::mincore(mapped + at, count * page_bytes, pages.data()) != 0) return std::nullopt;
    for (std::size_t i = 0; i < count; ++i, at += page_bytes) {
      if ((pages[i] & 1) == 0) return at > position ? at - position : 0;
    }
  }
  return bytes;
}

class PosixMapping final : public FileMapping {
 public:
  PosixMapping(char* data, std::size_t size) : data_(data), size_(size) {}
  ~PosixMapping() override { ::munmap(data_, size_); }
  PosixMapping(const PosixMapping&) = delete;
  PosixMapping& operator=(const PosixMapping&) = delete;
  char* data() const override { return data_; }
  std::size_t size() const override { return size_; }

  std::size_t cached_bytes(std::size_t position, std::size_t bytes) const override {
    return bytes_in_page_cache(data_, size_, position, bytes).value_or(bytes);
  }

 private:
  char* data_;
  std::size_t size_;
};

class PosixFile final : public File {
 public:
  PosixFile(int descriptor, std::filesystem::path path)
      : descriptor_(descriptor), path_(std::move(path)) {}
  ~PosixFile() override { ::close(descriptor_); }
  PosixFile(const PosixFile&) = delete;
  PosixFile& operator=(const PosixFile&) = delete;

  IoResult<std::size_t> write_at(std::string_view bytes, std::int64_t position) override {
    for (;;) {
      const ssize_t written = ::pwrite(descriptor_, bytes.data(), bytes.size(), position);
      if (written > 0 || bytes.empty()) return static_cast<std::size_t>(written);
      if (written < 0 && errno != EINTR) return failure("cannot write", path_);
      if (written == 0) return failure("cannot write", path_, EIO);
    }
  }

  IoResult<std::size_t> read_at(char* into, std::size_t bytes,
                                std::int64_t position) const override {
    std::size_t done = 0;
    while (done < bytes) {
      const ssize_t count = ::pread(descriptor_, into + done, bytes - done,
                                    position + static_cast<std::int64_t>(done));
      if (count == 0) break;
      if (count < 0 && errno != EINTR) return failure("cannot read", path_);
      if (count > 0) done += static_cast<std::size_t>(count);
    }
    return done;
  }

  IoResult<std::size_t> read_cached(char* into, std::size_t bytes,
                                    std::int64_t position) const override {
    const iovec whole{into, bytes};
    const ssize_t count = ::preadv2(descriptor_, &whole, 1, position, RWF_NOWAIT);
    if (count >= 0) return static_cast<std::size_t>(count);
    // Not every file system knows the flag: tmpfs does not.
    if (errno == EOPNOTSUPP) return read_mapped_pages(into, bytes, position);
    return std::size_t{0};
  }

  IoResult<void> sync() override {
    if (::fdatasync(descriptor_) != 0) return failure("cannot flush", path_);
    return {};
  }

  IoResult<void> resize(std::int64_t bytes) override {
    if (::ftruncate(descriptor_, bytes) != 0) return failure("cannot set the length of", path_);
    return {};
  }

  IoResult<void> reserve(std::int64_t position, std::int64_t bytes) override {
    while (::fallocate(descriptor_, FALLOC_FL_KEEP_SIZE, position, bytes) != 0) {
      // A file system without the call cannot promise anything: this is the best there is.
      if (errno == EOPNOTSUPP || errno == ENOSYS) return {};
      if (errno != EINTR) return failure("cannot reserve space for", path_);
    }
    return {};
  }

  IoResult<void> zero(std::int64_t position, std::int64_t bytes) override {
    if (bytes <= 0) return {};
    if (::fallocate(descriptor_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, position, bytes) == 0)
      return {};
    static constexpr std::array<char, 65536> zeros{};
    while (bytes > 0) {
      const auto count = std::min<std::int64_t>(bytes, std::ssize(zeros));
      const auto written = write_at({zeros.data(), static_cast<std::size_t>(count)}, position);
      if (!written) return written.error();
      position += static_cast<std::int64_t>(*written);
      bytes -= static_cast<std::int64_t>(*written);
    }
    return {};
  }

  IoResult<std::int64_t> size() const override {
    struct stat info {};
    if (::fstat(descriptor_, &info) != 0) return failure("cannot examine", path_);
    return static_cast<std::int64_t>(info.st_size);
  }

  IoResult<bool> lock_first_byte() override {
    struct flock range {};
    range.l_type = F_WRLCK;
    range.l_whence = SEEK_SET;
    range.l_start = 0;
    range.l_len = 1;
    // The open-file form of the lock: it excludes the classic fcntl locks of other processes, and
    // another store of this process as well, and does not vanish when somebody closes another
    // descriptor of the file.
    if (::fcntl(descriptor_, F_OFD_SETLK, &range) == 0) return true;
    if (errno == EAGAIN || errno == EACCES) return false;
    return failure("cannot lock", path_);
  }

  bool is_at_its_path() const override {
    struct stat opened {};
    struct stat named {};
    return ::fstat(descriptor_, &opened) == 0 && ::stat(path_.c_str(), &named) == 0 &&
           opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
  }

  IoResult<std::unique_ptr<FileMapping>> map(std::int64_t bytes, MapMode mode) override {
    const int protection = mode == MapMode::Read ? PROT_READ : PROT_READ | PROT_WRITE;
    const auto length = static_cast<std::size_t>(bytes);
    void* at = ::mmap(nullptr, length, protection, MAP_SHARED, descriptor_, 0);
    if (at == MAP_FAILED) return failure("cannot map", path_);
    return std::unique_ptr<FileMapping>(new PosixMapping(static_cast<char*>(at), length));
  }

 private:
  /// A read of what a look at the page cache finds there. Should the kernel drop it between the
  /// two, the read takes the disk.
  IoResult<std::size_t> read_mapped_pages(char* into, std::size_t bytes,
                                          std::int64_t position) const {
    const auto before = static_cast<std::size_t>(position) % page_bytes;
    const std::size_t length = before + bytes;
    void* const at = ::mmap(nullptr, length, PROT_READ, MAP_SHARED, descriptor_,
                            position - static_cast<std::int64_t>(before));
    if (at == MAP_FAILED) return std::size_t{0};
    const PosixMapping pages(static_cast<char*>(at), length);
    const auto cached = bytes_in_page_cache(pages.data(), length, before, bytes).value_or(0);
    if (cached == 0) return std::size_t{0};
    return read_at(into, cached, position);
  }

  const int descriptor_;
  const std::filesystem::path path_;
};

class PosixDirectoryLock final : public DirectoryLock {
 public:
  explicit PosixDirectoryLock(int descriptor) : descriptor_(descriptor) {}
  ~PosixDirectoryLock() override { ::close(descriptor_); }
  PosixDirectoryLock(const PosixDirectoryLock&) = delete;
  PosixDirectoryLock& operator=(const PosixDirectoryLock&) = delete;

 private:
  const int descriptor_;
};

class PosixFileSystem final : public FileSystem {
 public:
  IoResult<std::unique_ptr<File>> open(const std::filesystem::path& path, OpenMode mode) override {
    const int flags = (mode == OpenMode::ReadExisting ? O_RDONLY : O_RDWR) |
                      (mode == OpenMode::CreateOrOpen ? O_CREAT : 0) | O_CLOEXEC | O_NOFOLLOW;
    int descriptor = -1;
    do {
      descriptor = ::open(path.c_str(), flags, 0644);
    } while (descriptor < 0 && errno == EINTR);
    if (descriptor < 0) return failure("cannot open", path);
    return std::unique_ptr<File>(new PosixFile(descriptor, path));
  }

  IoResult<FileStatus> status(const std::filesystem::path& path) override {
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0) return failure("cannot examine", path);
    return FileStatus{info.st_size,
                      info.st_mtim.tv_sec * 1000LL + info.st_mtim.tv_nsec / 1'000'000};
  }

  IoResult<std::vector<DirectoryEntry>> list(const std::filesystem::path& directory) override {
    DIR* open = ::opendir(directory.c_str());
    if (open == nullptr) return failure("cannot list", directory);
    std::vector<DirectoryEntry> entries;
    while (const dirent* entry = ::readdir(open)) {  // NOLINT: one DIR is used by one thread
      const std::string name = entry->d_name;
      if (name == "." || name == "..") continue;
      bool is_directory = entry->d_type == DT_DIR;
      if (entry->d_type == DT_UNKNOWN || entry->d_type == DT_LNK) {
        struct stat info {};
        is_directory = ::stat((directory / name).c_str(), &info) == 0 && S_ISDIR(info.st_mode);
      }
      entries.push_back({name, is_directory});
    }
    ::closedir(open);
    std::sort(entries.begin(), entries.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
    return entries;
  }

  IoResult<void> make_directories(const std::filesystem::path& directory) override {
    std::error_code error;
    std::filesystem::create_directories(directory, error);
    if (error) return failure("cannot make directory", directory, error.value());
    return {};
  }

  IoResult<std::unique_ptr<DirectoryLock>> lock_directory(
      const std::filesystem::path& directory) override {
    const int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return failure("cannot open", directory);
    auto lock = std::make_unique<PosixDirectoryLock>(descriptor);
    while (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
      if (errno == EWOULDBLOCK) return std::unique_ptr<DirectoryLock>();
      // A network file system may lock files alone, or nothing.
      if (errno == EBADF || errno == EINVAL || errno == ENOLCK || errno == ENOSYS ||
          errno == EOPNOTSUPP) {
        break;
      }
      if (errno != EINTR) return failure("cannot lock", directory);
    }
    return std::unique_ptr<DirectoryLock>(std::move(lock));
  }

  IoResult<void> remove(const std::filesystem::path& path) override {
    if (::remove(path.c_str()) != 0 && errno != ENOENT) return failure("cannot remove", path);
    return {};
  }

  IoResult<void> rename(const std::filesystem::path& from,
                        const std::filesystem::path& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) return failure("cannot rename", from);
    return {};
  }

  IoResult<void> sync_directory(const std::filesystem::path& directory) override {
    return with_directory(directory, ::fsync);
  }

  IoResult<void> sync_all(const std::filesystem::path& path) override {
    return with_directory(path, ::syncfs);
  }

  PowerCycle power_cycle() const override {
    // A UUID: 32 hexadecimal digits among hyphens.
    std::ifstream in("/proc/sys/kernel/random/boot_id");
    std::string text;
    in >> text;
    std::erase(text, '-');
    std::array<std::uint64_t, 2> numbers{};
    if (text.size() != 32) return {};
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      const char* const begin = text.data() + 16 * i;
      if (std::from_chars(begin, begin + 16, numbers[i], 16).ptr != begin + 16) return {};
    }
    return {static_cast<std::int64_t>(numbers[0]), static_cast<std::int64_t>(numbers[1])};
  }

  IoResult<DiskSpace> disk_space(const std::filesystem::path& path) override {
    struct statvfs info {};
    if (::statvfs(path.c_str(), &info) != 0) return failure("cannot examine the disk of", path);
    const auto bytes = [&](auto blocks) {
      return static_cast<std::int64_t>(blocks * info.f_frsize);
    };
    const std::int64_t used = bytes(info.f_blocks - info.f_bfree);
    return DiskSpace{.used_bytes = used, .usable_bytes = used + bytes(info.f_bavail)};
  }

 private:
  static IoResult<void> with_directory(const std::filesystem::path& path, int (*sync)(int)) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return failure("cannot open", path);
    const int outcome = sync(descriptor);
    const int number = errno;
    ::close(descriptor);
    if (outcome != 0) return failure("cannot flush", path, number);
    return {};
  }
};

}  // namespace

bool IoError::is_out_of_space() const {
  return number == ENOSPC || number == EDQUOT || number == EFBIG;
}
bool IoError::is_missing_file() const { return number == ENOENT; }
bool IoError::is_link() const { return number == ELOOP; }

void throw_exception_from_error(const IoError& error, const boost::source_location&) {
  throw std::logic_error("value asked of a failed file operation: " + error.text);
}

Error to_error(const IoError& error) { return {ResponseCode::SystemError, error.text}; }

FileSystem& FileSystem::real() {
  static PosixFileSystem file_system;
  return file_system;
}

}  // namespace rocketmq::store
