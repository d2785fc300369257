#include "mapped_file_queue.hpp"

#include <spdlog/spdlog.h>

#include <utility>
#include <vector>

#include "file_names.hpp"
#include "rocketmq/common/shared_log.hpp"

namespace rocketmq::store {

MappedFileQueue::MappedFileQueue(FileSystem& file_system, std::filesystem::path directory,
                                 std::int64_t file_size)
    : file_system_(file_system), directory_(std::move(directory)), file_size_(file_size) {}

Result<void> MappedFileQueue::load(bool is_size_certain) {
  const auto entries = file_system_.list(directory_);
  if (!entries) return to_error(entries.error());
  std::vector<std::string> names;
  for (const auto& entry : *entries) {
    if (entry.is_directory || !base_of_file_name(entry.name)) {
      report_foreign(directory_ / entry.name);
    } else {
      names.push_back(entry.name);
    }
  }
  std::vector<std::shared_ptr<MappedFile>> found;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto path = directory_ / names[i];
    const auto base = base_of_file_name(names[i]);
    if (*base % file_size_ != 0) {
      return Error{ResponseCode::SystemError, path.string() + ": no CommitLog file of " +
                                                  std::to_string(file_size_) +
                                                  " bytes begins there (mappedFileSizeCommitLog)"};
    }
    const auto status = file_system_.status(path);
    if (!status) return to_error(status.error());
    if (status->size_bytes == 0 && i + 1 == names.size()) {
      // Killed between creating the file and giving it its length.
      if (const auto removed = file_system_.remove(path); !removed)
        return to_error(removed.error());
      break;
    }
    if (status->size_bytes < file_size_ && i + 2 >= names.size() &&
        (is_size_certain || !found.empty())) {
      // The others have the right size: this one, which a file may follow that was made ahead
      // of its use, has lost its end.
      store_log().error("{} has lost its end behind {} bytes", path.string(), status->size_bytes);
      const auto shortened = file_system_.open(path, OpenMode::ReadWriteExisting);
      if (!shortened) return to_error(shortened.error());
      if (const auto whole = (*shortened)->resize(file_size_); !whole)
        return to_error(whole.error());
    } else if (status->size_bytes != file_size_ && is_size_certain) {
      return Error{
          ResponseCode::SystemError,
          path.string() + " has " + std::to_string(status->size_bytes) + " bytes of " +
              std::to_string(file_size_) +
              ": it is damaged, and its messages are nowhere else; put a whole copy there"};
    } else if (status->size_bytes != file_size_) {
      return Error{ResponseCode::SystemError,
                   path.string() + " has " + std::to_string(status->size_bytes) +
                       " bytes, but mappedFileSizeCommitLog is " + std::to_string(file_size_) +
                       ": set it to the value with which the store was written"};
    }
    if (!found.empty() && found.back()->end() != *base) {
      return Error{ResponseCode::SystemError,
                   "a CommitLog file is missing before " + path.string() +
                       ": put it back; the files of a log in several paths have to be moved into "
                       "one"};
    }
    auto file = MappedFile::open(file_system_, path, *base, file_size_, false);
    if (!file) return to_error(file.error());
    if (i + 1 != names.size()) (*file)->release_descriptor();
    found.push_back(std::move(*file));
  }
  const std::unique_lock lock(mutex_);
  files_ = std::move(found);
  return {};
}

std::shared_ptr<MappedFile> MappedFileQueue::find(std::int64_t physical_offset) const {
  const std::shared_lock lock(mutex_);
  if (files_.empty() || physical_offset < files_.front()->base()) return nullptr;
  const auto index =
      static_cast<std::size_t>((physical_offset - files_.front()->base()) / file_size_);
  return index < files_.size() ? files_[index] : nullptr;
}

std::vector<std::shared_ptr<MappedFile>> MappedFileQueue::files() const {
  const std::shared_lock lock(mutex_);
  return files_;
}

std::optional<std::int64_t> MappedFileQueue::first_base() const {
  const std::shared_lock lock(mutex_);
  if (files_.empty()) return {};
  return files_.front()->base();
}

IoResult<std::shared_ptr<MappedFile>> MappedFileQueue::file_for_append(std::int64_t base) {
  if (auto file = find(base)) return file;
  const std::lock_guard prepare_lock(prepare_mutex_);
  std::shared_ptr<MappedFile> file = std::move(prepared_);
  prepared_.reset();
  if (!file || file->base() != base) {
    auto made =
        MappedFile::open(file_system_, directory_ / file_name_of(base), base, file_size_, true);
    if (!made) return made.error();
    file = std::move(*made);
  }
  const std::unique_lock lock(mutex_);
  ensure(files_.empty() || files_.back()->end() == base, "CommitLog files follow each other");
  files_.push_back(file);
  return file;
}

IoResult<std::int64_t> MappedFileQueue::prepare_next(std::int64_t log_end) {
  const std::lock_guard prepare_lock(prepare_mutex_);
  std::int64_t base = 0;
  {
    const std::shared_lock lock(mutex_);
    ensure(!files_.empty(), "a CommitLog file is made ahead of the one in use");
    // One that a killed process has made ahead is among the files.
    if (files_.back()->base() > log_end) return files_.back()->base();
    // Not computed from the log's end: where that is the end of a file, as it often is on a slave,
    // a kill would leave a hole.
    base = files_.back()->end();
  }
  if (prepared_ && prepared_->base() == base) return base;
  auto made =
      MappedFile::open(file_system_, directory_ / file_name_of(base), base, file_size_, true);
  if (!made) return made.error();
  prepared_ = std::move(*made);
  return base;
}

void MappedFileQueue::drop_prepared() {
  const std::lock_guard prepare_lock(prepare_mutex_);
  if (!prepared_) return;
  if (const auto removed = file_system_.remove(prepared_->path()); !removed)
    store_log().warn("{}", removed.error().text);
  prepared_.reset();
}

IoResult<bool> MappedFileQueue::remove_first() {
  std::shared_ptr<MappedFile> first;
  {
    const std::unique_lock lock(mutex_);
    if (files_.size() < 2) return false;
    first = files_.front();
    files_.erase(files_.begin());
  }
  const auto removed = file_system_.remove(first->path());
  if (!removed) {
    const std::unique_lock lock(mutex_);
    files_.insert(files_.begin(), first);
    return removed.error();
  }
  {
    const std::unique_lock lock(mutex_);
    removed_.push_back(std::move(first));
  }
  release_removed();
  // One removal at a time is made durable: a loss of power must not leave a hole between the files.
  if (const auto synced = file_system_.sync_directory(directory_); !synced) return synced.error();
  return true;
}

void MappedFileQueue::release_removed() {
  // Freed when the lock is free again. Nothing can find them any more: a single owner stays one.
  std::vector<std::shared_ptr<MappedFile>> unread;
  const std::unique_lock lock(mutex_);
  std::erase_if(removed_, [&](std::shared_ptr<MappedFile>& file) {
    if (file.use_count() > 1) return false;
    unread.push_back(std::move(file));
    return true;
  });
}

IoResult<void> MappedFileQueue::remove_from(std::int64_t physical_offset) {
  const std::unique_lock lock(mutex_);
  while (!files_.empty() && files_.back()->base() >= physical_offset) {
    // From the end, so that a kill in between leaves no hole.
    if (const auto removed = file_system_.remove(files_.back()->path()); !removed)
      return removed.error();
    if (const auto synced = file_system_.sync_directory(directory_); !synced) return synced;
    files_.pop_back();
  }
  return {};
}

}  // namespace rocketmq::store
