#include "store_lock.hpp"

namespace rocketmq::store {

Result<std::unique_ptr<StoreLock>> StoreLock::take(FileSystem& file_system,
                                                   const std::filesystem::path& root) {
  if (const auto made = file_system.make_directories(root); !made) return to_error(made.error());
  auto file = file_system.open(root / "lock", OpenMode::CreateOrOpen);
  if (!file) return to_error(file.error());
  const auto locked = (*file)->lock_first_byte();
  if (!locked) return to_error(locked.error());
  if (!*locked) {
    return Error{
        ResponseCode::SystemError,
        "Lock failed,MQ already started: another process holds " + (root / "lock").string()};
  }
  const auto written = (*file)->write_at("lock", 0);
  if (!written) return to_error(written.error());
  if (const auto synced = (*file)->sync(); !synced) return to_error(synced.error());
  return std::unique_ptr<StoreLock>(new StoreLock(std::move(*file)));
}

}  // namespace rocketmq::store
