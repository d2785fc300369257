#include "mapped_file.hpp"

#include <algorithm>

namespace rocketmq::store {
namespace {

/// Space is taken from the disk in steps of this size, so that it lies together, and writing need
/// not look for it.
constexpr std::int64_t reserve_step_bytes = 64LL * 1024 * 1024;

}  // namespace

IoResult<std::shared_ptr<MappedFile>> MappedFile::open(FileSystem& file_system,
                                                       const std::filesystem::path& path,
                                                       std::int64_t base, std::int64_t size,
                                                       bool create) {
  auto file = file_system.open(path, create ? OpenMode::CreateOrOpen : OpenMode::ReadWriteExisting);
  if (!file) return file.error();
  if (create) {
    if (const auto resized = (*file)->resize(size); !resized) {
      // An empty file would be in the way of the next start.
      file_system.remove(path);
      return resized.error();
    }
    if (const auto synced = file_system.sync_directory(path.parent_path()); !synced)
      return synced.error();
  }
  auto mapping = (*file)->map(size, MapMode::Read);
  if (!mapping) return mapping.error();
  return std::shared_ptr<MappedFile>(
      new MappedFile(file_system, path, base, size, std::move(*mapping), std::move(*file)));
}

MappedFile::MappedFile(FileSystem& file_system, std::filesystem::path path, std::int64_t base,
                       std::int64_t size, std::unique_ptr<FileMapping> mapping,
                       std::unique_ptr<File> file)
    : file_system_(file_system),
      path_(std::move(path)),
      base_(base),
      size_(size),
      mapping_(std::move(mapping)),
      file_(std::move(file)) {}

IoResult<std::shared_ptr<File>> MappedFile::file() {
  const std::lock_guard lock(mutex_);
  if (!file_) {
    auto opened = file_system_.open(path_, OpenMode::ReadWriteExisting);
    if (!opened) return opened.error();
    file_ = std::move(*opened);
  }
  return file_;
}

void MappedFile::reserve_ahead(File& file, std::int64_t end) {
  if (end <= reserved_) return;
  const std::int64_t begin = std::max(reserved_, end - reserve_step_bytes);
  const std::int64_t wanted = std::min(size_, end + reserve_step_bytes);
  // Without a whole step of space there may still be enough for what is written now: the write will
  // tell.
  (void)file.reserve(begin, wanted - begin);
  reserved_ = wanted;
}

IoResult<void> MappedFile::write(std::string_view bytes, std::int64_t position) {
  const auto target = file();
  if (!target) return target.error();
  reserve_ahead(**target, position + static_cast<std::int64_t>(bytes.size()));
  while (!bytes.empty()) {
    const auto written = (*target)->write_at(bytes, position);
    if (!written) return written.error();
    bytes.remove_prefix(*written);
    position += static_cast<std::int64_t>(*written);
  }
  return {};
}

IoResult<void> MappedFile::sync() {
  const auto target = file();
  if (!target) return target.error();
  return (*target)->sync();
}

IoResult<void> MappedFile::zero(std::int64_t position, std::int64_t count) {
  const auto target = file();
  if (!target) return target.error();
  reserved_ = std::min(reserved_, position);
  return (*target)->zero(position, count);
}

void MappedFile::release_descriptor() {
  const std::lock_guard lock(mutex_);
  file_.reset();
}

}  // namespace rocketmq::store
