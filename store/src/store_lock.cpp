#include "store_lock.hpp"

#include <spdlog/spdlog.h>

#include <array>
#include <system_error>

#include "rocketmq/common/shared_log.hpp"

namespace rocketmq::store {
namespace {

constexpr std::string_view content = "lock";

Error is_held(const std::filesystem::path& path) {
  return {ResponseCode::SystemError,
          "Lock failed,MQ already started: another process holds " + path.string()};
}

/// The lock counts, not the text: a disk that has no room for it stops nothing.
void write_content(File& file) {
  std::array<char, content.size()> found{};
  const auto got = file.read_at(found.data(), found.size(), 0);
  if (got && std::string_view(found.data(), *got) == content) return;
  (void)file.write_at(content, 0);
}

}  // namespace

Result<std::unique_ptr<StoreLock>> StoreLock::take(FileSystem& file_system,
                                                   const std::filesystem::path& root,
                                                   const std::filesystem::path& commit_log) {
  std::unique_ptr<StoreLock> lock(new StoreLock(file_system, root / "lock"));
  if (auto locked = lock->lock_directory(root); !locked) return locked.error();
  if (auto locked = lock->lock_file(); !locked) return locked.error();
  std::error_code unknown;
  if (!std::filesystem::equivalent(root, commit_log, unknown)) {
    if (auto locked = lock->lock_directory(commit_log); !locked) return locked.error();
  }
  return lock;
}

Result<void> StoreLock::lock_directory(const std::filesystem::path& directory) {
  if (const auto made = file_system_.make_directories(directory); !made)
    return to_error(made.error());
  auto locked = file_system_.lock_directory(directory);
  if (!locked) return to_error(locked.error());
  if (!*locked) return is_held(directory);
  directories_.push_back(std::move(*locked));
  return {};
}

Result<void> StoreLock::lock_file() {
  for (;;) {
    auto file = file_system_.open(path_, OpenMode::CreateOrOpen);
    if (!file) {
      if (file.error().is_link()) {
        return Error{ResponseCode::SystemError,
                     path_.string() + " is a link: the lock of a store is a file of its own"};
      }
      if (!file.error().is_out_of_space()) return to_error(file.error());
      store_log().warn("{}; only this directory's own lock keeps other brokers out",
                       file.error().text);
      return {};
    }
    const auto locked = (*file)->lock_first_byte();
    if (!locked) return to_error(locked.error());
    if (!*locked) return is_held(path_);
    // Another process may have removed it, and made another, before the lock was there.
    if (!(*file)->is_at_its_path()) continue;
    write_content(**file);
    file_ = std::move(*file);
    return {};
  }
}

Result<void> StoreLock::renew() {
  if (file_ && file_->is_at_its_path()) return {};
  if (file_)
    store_log().warn("{} was removed while it was locked: it is made again", path_.string());
  return lock_file();
}

}  // namespace rocketmq::store
