#include "rocketmq/common/atomic_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "rocketmq/common/descriptor.hpp"

namespace rocketmq {
namespace {

namespace fs = std::filesystem;

Error failure(const std::string& what, const fs::path& path, int reason) {
  return {ResponseCode::SystemError,
          "cannot " + what + " " + path.string() + ": " + std::generic_category().message(reason)};
}

fs::path with_suffix(fs::path path, const char* suffix) { return path += suffix; }

bool write_all(int fd, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

/// Gives a new file the owner and the permissions of the one that it replaces, as far as this user
/// may.
void take_over_status(int fd, const fs::path& replaced) {
  struct stat status {};
  if (::stat(replaced.c_str(), &status) != 0) return;
  (void)!::fchown(fd, status.st_uid, status.st_gid);
  (void)::fchmod(fd, status.st_mode & 07777U);
}

/// `reason` is set when the file cannot be made.
Result<void> write_flushed(const fs::path& path, std::string_view content, const fs::path& replaced,
                           int& reason) {
  // For its owner alone until it has the permissions of the file that it replaces: what was opened
  // before stays open.
  struct stat status {};
  const mode_t mode = ::stat(replaced.c_str(), &status) == 0 ? 0600 : 0644;
  Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
  if (!file) return failure("create", path, reason = errno);
  take_over_status(file.get(), replaced);
  if (!write_all(file.get(), content)) return failure("write", path, errno);
  if (::fsync(file.get()) != 0) return failure("flush", path, errno);
  if (!file.close()) return failure("close", path, errno);
  return {};
}

/// Makes a second name for the old content, so that `path` itself exists at every moment.
Result<void> keep_backup(const fs::path& path) {
  const fs::path backup = with_suffix(path, ".bak");
  if (::unlink(backup.c_str()) != 0 && errno != ENOENT) return failure("remove", backup, errno);
  if (::link(path.c_str(), backup.c_str()) == 0 || errno == ENOENT) return {};
  // A file system without hard links.
  std::error_code reason;
  fs::copy_file(path, backup, fs::copy_options::overwrite_existing, reason);
  if (reason) return failure("write", backup, reason.value());
  return {};
}

Result<void> flush_directory(const fs::path& directory) {
  const Descriptor opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened) return failure("open", directory, errno);
  // Some file systems cannot flush a directory and say EINVAL; there the rename is as durable as it
  // gets.
  if (::fsync(opened.get()) != 0 && errno != EINVAL) return failure("flush", directory, errno);
  return {};
}

/// Where a file cannot be replaced: it is a mount point of its own, or its directory is not
/// writable.
bool is_only_writable_in_place(int reason) {
  return reason == EBUSY || reason == EACCES || reason == EPERM || reason == EROFS;
}

/// Keeps a copy, then writes over the old content. A crash meanwhile can leave a mixture, which
/// only the copy can tell; the copy may be impossible where the directory is not writable.
Result<void> write_in_place(const fs::path& path, std::string_view content) {
  Descriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file) return failure("open", path, errno);
  std::error_code ignored;
  const fs::path backup = with_suffix(path, ".bak");
  fs::remove(backup, ignored);  // it may be a second name of this very file
  fs::copy_file(path, backup, fs::copy_options::overwrite_existing, ignored);
  // A full disk is noticed before anything is overwritten.
  const auto bytes = static_cast<off_t>(content.size());
  if (const int reason = bytes > 0 ? ::posix_fallocate(file.get(), 0, bytes) : 0;
      reason != 0 && reason != EINVAL && reason != EOPNOTSUPP)
    return failure("write", path, reason);
  if (!write_all(file.get(), content)) return failure("write", path, errno);
  if (::ftruncate(file.get(), bytes) != 0) return failure("cut", path, errno);
  if (::fsync(file.get()) != 0) return failure("flush", path, errno);
  if (!file.close()) return failure("close", path, errno);
  return {};
}

/// The file behind links, so that a link stays one.
fs::path behind_links(const fs::path& path) {
  std::error_code reason;
  if (!fs::is_symlink(fs::symlink_status(path, reason))) return path;
  const fs::path target = fs::canonical(path, reason);
  if (!reason) return target;
  // It leads to nothing yet.
  const fs::path next = fs::read_symlink(path, reason);
  return reason ? path : path.parent_path() / next;
}

}  // namespace

Result<void> write_file_atomically(const fs::path& link, std::string_view content) {
  const fs::path path = behind_links(link);
  const fs::path directory = path.has_parent_path() ? path.parent_path() : fs::path(".");
  std::error_code reason;
  fs::create_directories(directory, reason);
  if (reason) return failure("make the directory", directory, reason.value());

  const fs::path temporary = with_suffix(path, ".tmp");
  int refusal = 0;  // of the directory or the mount; what else fails would fail in place as well
  auto done = write_flushed(temporary, content, path, refusal);
  if (done) done = keep_backup(path);
  if (done && ::rename(temporary.c_str(), path.c_str()) != 0)
    done = failure("replace", path, refusal = errno);
  if (done) return flush_directory(directory);
  ::unlink(temporary.c_str());
  if (is_only_writable_in_place(refusal) && ::access(path.c_str(), W_OK) == 0)
    return write_in_place(path, content);
  return done.error();
}

fs::path backup_of(const fs::path& path) { return with_suffix(behind_links(path), ".bak"); }

Result<std::optional<fs::path>> set_damaged_aside(const fs::path& path) {
  const fs::path file = behind_links(path);
  const fs::path kept = with_suffix(file, ".damaged");
  std::error_code reason;
  fs::rename(file, kept, reason);
  if (!reason) return std::optional(kept);
  if (reason == std::errc::no_such_file_or_directory) return std::optional<fs::path>();
  return Error{ResponseCode::SystemError,
               "cannot rename " + file.string() + " to " + kept.string() + ": " + reason.message()};
}

Result<std::optional<std::string>> read_file(const fs::path& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) {
    if (errno == ENOENT) return std::optional<std::string>{};
    return failure("open", path, errno);
  }
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return failure("read", path, errno);
  if (S_ISDIR(status.st_mode)) return failure("read", path, EISDIR);

  std::string content;
  constexpr std::size_t step_bytes = 64 * 1024;
  for (;;) {
    const std::size_t before = content.size();
    content.resize(before + step_bytes);
    const ssize_t got = ::read(file.get(), content.data() + before, step_bytes);
    const int reason = errno;
    content.resize(before + static_cast<std::size_t>(got > 0 ? got : 0));
    if (got == 0) return std::optional<std::string>(std::move(content));
    if (got < 0 && reason != EINTR) return failure("read", path, reason);
  }
}

}  // namespace rocketmq
