#include "rotated_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

namespace rocketmq {
namespace {

Error file_failure(const std::string& what, const std::filesystem::path& path, int reason) {
  return {ResponseCode::SystemError,
          "cannot " + what + " " + path.string() + ": " + std::generic_category().message(reason)};
}

}  // namespace

RotatedFile::RotatedFile(std::filesystem::path directory, std::string name, std::int64_t bytes_max,
                         std::int32_t files_max)
    : directory_(std::move(directory)),
      name_(std::move(name)),
      bytes_max_(std::max<std::int64_t>(bytes_max, 1)),
      files_max_(std::max(files_max, 1)) {}

Result<std::unique_ptr<RotatedFile>> RotatedFile::open(const std::filesystem::path& directory,
                                                       const std::string& name,
                                                       std::int64_t bytes_max,
                                                       std::int32_t files_max) {
  std::error_code reason;
  std::filesystem::create_directories(directory, reason);
  if (reason) return file_failure("make the directory", directory, reason.value());
  std::unique_ptr<RotatedFile> file(new RotatedFile(directory, name, bytes_max, files_max));
  if (auto opened = file->open_at(file->path(0)); !opened) return opened.error();
  return file;
}

RotatedFile::~RotatedFile() {
  if (fd_ >= 0) ::close(fd_);
}

std::filesystem::path RotatedFile::path(std::int32_t age) const {
  return directory_ / (name_ + (age == 0 ? "" : "." + std::to_string(age)) + ".log");
}

Result<void> RotatedFile::open_at(const std::filesystem::path& file) {
  const int opened =
      ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0644);
  if (opened < 0) return file_failure("open", file, errno);
  struct stat status {};
  size_ = ::fstat(opened, &status) == 0 ? status.st_size : 0;
  if (fd_ >= 0) ::close(fd_);
  fd_ = opened;
  return {};
}

bool RotatedFile::was_taken_away() const {
  struct stat ours {};
  struct stat there {};
  if (::fstat(fd_, &ours) != 0) return false;
  if (::stat(path(0).c_str(), &there) != 0) return errno == ENOENT;
  return ours.st_ino != there.st_ino || ours.st_dev != there.st_dev;
}

void RotatedFile::rotate() {
  // Made before anything is renamed: where it cannot be, the old file is written further, and the
  // next line tries again.
  const std::filesystem::path made = directory_ / (name_ + ".log.new");
  if (!open_at(made)) return;
  std::error_code ignored;
  for (std::int32_t age = files_max_ - 1; age > 0; --age)
    std::filesystem::rename(path(age - 1), path(age), ignored);
  std::filesystem::rename(made, path(0), ignored);
}

Result<void> RotatedFile::write_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return file_failure("write", path(0), errno);
    size_ += written;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

void RotatedFile::reopen() {
  std::error_code ignored;
  std::filesystem::create_directories(directory_, ignored);
  (void)open_at(path(0));
}

Result<void> RotatedFile::write(const std::vector<std::string>& lines) {
  if (was_taken_away()) reopen();
  std::string batch;
  for (const std::string& line : lines) {
    const auto would_be = size_ + static_cast<std::int64_t>(batch.size() + line.size());
    if (would_be > bytes_max_ && size_ + static_cast<std::int64_t>(batch.size()) > 0) {
      if (auto done = write_all(batch); !done) return done;
      batch.clear();
      rotate();
    }
    batch += line;
  }
  return write_all(batch);
}

Result<void> StandardErrorOutput::write(const std::vector<std::string>& lines) {
  for (const std::string& line : lines) std::fwrite(line.data(), 1, line.size(), stderr);
  std::fflush(stderr);
  return {};
}

}  // namespace rocketmq
