#include "mapped_file.hpp"

namespace rocketmq::store {

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

IoResult<void> MappedFile::write(std::string_view bytes, std::int64_t position) {
  const auto target = file();
  if (!target) return target.error();
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
  return (*target)->zero(position, count);
}

void MappedFile::release_descriptor() {
  const std::lock_guard lock(mutex_);
  file_.reset();
}

}  // namespace rocketmq::store
