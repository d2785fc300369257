#include "open_file_cache.hpp"

#include "file_names.hpp"

namespace rocketmq::store {

std::shared_ptr<File> OpenFileCache::find(Key key) {
  const std::lock_guard lock(mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return nullptr;
  recent_.splice(recent_.begin(), recent_, found->second);
  return found->second->file;
}

IoResult<std::shared_ptr<File>> OpenFileCache::open_anew(Key key,
                                                         const std::filesystem::path& directory,
                                                         std::int64_t create_bytes) {
  const auto path = directory / file_name_of(key.base);
  auto opened = file_system_.open(path, OpenMode::ReadWriteExisting);
  if (!opened && opened.error().is_missing_file() && create_bytes > 0) {
    if (const auto made = file_system_.make_directories(directory); !made) return made.error();
    opened = file_system_.open(path, OpenMode::CreateOrOpen);
    if (opened) {
      if (const auto resized = (*opened)->resize(create_bytes); !resized) {
        // An empty file would be taken for a damaged one at the next start.
        file_system_.remove(path);
        return resized.error();
      }
    }
  }
  if (!opened) return opened.error();
  std::shared_ptr<File> file = std::move(*opened);
  Files unused;
  const std::lock_guard lock(mutex_);
  if (const auto found = by_key_.find(key); found != by_key_.end()) return found->second->file;
  recent_.push_front({key, file});
  by_key_.emplace(key, recent_.begin());
  if (recent_.size() > count_max_) {
    by_key_.erase(recent_.back().key);
    leaving_.push_back(std::move(recent_.back().file));
    recent_.pop_back();
  }
  unused = take_unused();
  return file;
}

/// To be closed when the lock is free again: the last one to close a removed file frees its space.
OpenFileCache::Files OpenFileCache::take_unused() {
  Files unused;
  std::erase_if(leaving_, [&](std::shared_ptr<File>& file) {
    if (file.use_count() > 1) return false;
    unused.push_back(std::move(file));
    return true;
  });
  return unused;
}

void OpenFileCache::forget(Key key) {
  Files unused;
  const std::lock_guard lock(mutex_);
  if (const auto found = by_key_.find(key); found != by_key_.end()) {
    leaving_.push_back(std::move(found->second->file));
    recent_.erase(found->second);
    by_key_.erase(found);
  }
  unused = take_unused();
}

}  // namespace rocketmq::store
