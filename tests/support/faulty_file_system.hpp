#pragma once

#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rocketmq/store/file_system.hpp"
#include "temp_dir.hpp"
#include "unflushed_state.hpp"

namespace rocketmq::test {

/// The real file system with a disk that can fail as a test wishes, and that remembers what has not
/// been flushed, so that a loss of power can be played. Nothing is really flushed. Any thread.
class FaultyFileSystem final : public store::FileSystem {
 public:
  enum class Operation { Open, Read, Write, Sync, Resize, Reserve };
  /// Returns an errno to fail with, or 0; it may block, as a slow disk does. `bytes` is the size of
  /// a read or write; it may make a write smaller.
  using Fault = std::function<int(Operation, const std::filesystem::path&, std::size_t& bytes)>;

  void set_fault(Fault fault) {
    const std::lock_guard lock(mutex_);
    fault_ = std::move(fault);
  }
  /// Asking how full the disk is fails.
  void set_usage_unknown(bool is_unknown) {
    const std::lock_guard lock(mutex_);
    is_usage_unknown_ = is_unknown;
  }
  void set_disk_ratio(double ratio) {
    const std::lock_guard lock(mutex_);
    ratio_ = ratio;
  }
  /// Says which files are in the page cache; all, without it.
  void set_cached(std::function<bool(const std::filesystem::path&)> cached) {
    const std::lock_guard lock(mutex_);
    cached_ = std::move(cached);
  }
  /// Is told of each mapping of a file that ends.
  void set_unmapped(std::function<void(const std::filesystem::path&)> unmapped) {
    const std::lock_guard lock(mutex_);
    unmapped_ = std::move(unmapped);
  }
  /// The power goes, after the store was abandoned: of what was not flushed, `keep` says page by
  /// page what is on the disk all the same.
  void lose_power(const std::function<bool()>& keep = [] { return false; }) {
    const std::lock_guard lock(mutex_);
    unflushed_.lose_power(keep);
    ++power_cycles_;
  }
  /// Number of writes since the last call.
  int take_write_count() {
    const std::lock_guard lock(mutex_);
    return std::exchange(writes_, 0);
  }

  store::IoResult<std::unique_ptr<store::File>> open(const std::filesystem::path& path,
                                                     store::OpenMode mode) override {
    std::size_t none = 0;
    if (const int error = fault(Operation::Open, path, none)) return failure(error, path);
    const bool is_new = mode == store::OpenMode::CreateOrOpen && !std::filesystem::exists(path);
    auto file = real_.open(path, mode);
    if (!file) return file.error();
    if (is_new) {
      const std::lock_guard lock(mutex_);
      unflushed_.created(path);
    }
    return std::unique_ptr<store::File>(new FaultyFile(*this, path, std::move(*file)));
  }
  store::IoResult<store::FileStatus> status(const std::filesystem::path& path) override {
    return real_.status(path);
  }
  store::IoResult<std::vector<store::DirectoryEntry>> list(
      const std::filesystem::path& path) override {
    return real_.list(path);
  }
  store::IoResult<void> make_directories(const std::filesystem::path& path) override {
    return real_.make_directories(path);
  }
  store::IoResult<std::unique_ptr<store::DirectoryLock>> lock_directory(
      const std::filesystem::path& directory) override {
    return real_.lock_directory(directory);
  }
  store::IoResult<void> remove(const std::filesystem::path& path) override {
    const std::lock_guard lock(mutex_);
    return unflushed_.remove(path);
  }
  store::IoResult<void> rename(const std::filesystem::path& from,
                               const std::filesystem::path& to) override {
    return real_.rename(from, to);
  }
  store::IoResult<void> sync_directory(const std::filesystem::path& directory) override {
    if (!std::filesystem::exists(directory)) return real_.sync_directory(directory);
    const std::lock_guard lock(mutex_);
    unflushed_.flushed_directory(directory);
    return {};
  }
  store::IoResult<void> sync_all(const std::filesystem::path& path) override {
    std::size_t none = 0;
    if (const int error = fault(Operation::Sync, path, none)) return failure(error, path);
    const std::lock_guard lock(mutex_);
    unflushed_.flushed_all();
    return {};
  }
  PowerCycle power_cycle() const override {
    const std::lock_guard lock(mutex_);
    return {1, power_cycles_};
  }
  store::IoResult<store::DiskSpace> disk_space(const std::filesystem::path&) override {
    constexpr std::int64_t bytes = std::int64_t{1} << 30;
    const std::lock_guard lock(mutex_);
    if (is_usage_unknown_) return failure(EIO, "the disk");
    return store::DiskSpace{.used_bytes = static_cast<std::int64_t>(ratio_ * bytes),
                            .usable_bytes = bytes};
  }

 private:
  class FaultyMapping final : public store::FileMapping {
   public:
    FaultyMapping(FaultyFileSystem& owner, std::filesystem::path path,
                  std::unique_ptr<store::FileMapping> real)
        : owner_(owner), path_(std::move(path)), real_(std::move(real)) {}
    ~FaultyMapping() override { owner_.was_unmapped(path_); }
    char* data() const override { return real_->data(); }
    std::size_t size() const override { return real_->size(); }
    std::size_t cached_bytes(std::size_t, std::size_t bytes) const override {
      return owner_.is_cached(path_) ? bytes : 0;
    }

   private:
    FaultyFileSystem& owner_;
    const std::filesystem::path path_;
    const std::unique_ptr<store::FileMapping> real_;
  };

  class FaultyFile final : public store::File {
   public:
    FaultyFile(FaultyFileSystem& owner, std::filesystem::path path,
               std::unique_ptr<store::File> real)
        : owner_(owner), path_(std::move(path)), real_(std::move(real)) {}

    store::IoResult<std::size_t> write_at(std::string_view bytes, std::int64_t position) override {
      std::size_t count = bytes.size();
      if (const int error = owner_.fault(Operation::Write, path_, count))
        return failure(error, path_);
      owner_.before_write(*real_, path_, position, static_cast<std::int64_t>(count));
      return real_->write_at(bytes.substr(0, count), position);
    }
    store::IoResult<std::size_t> read_at(char* into, std::size_t bytes,
                                         std::int64_t position) const override {
      std::size_t count = bytes;
      if (const int error = owner_.fault(Operation::Read, path_, count))
        return failure(error, path_);
      return real_->read_at(into, bytes, position);
    }
    store::IoResult<std::size_t> read_cached(char* into, std::size_t bytes,
                                             std::int64_t position) const override {
      if (!owner_.is_cached(path_)) return std::size_t{0};
      return read_at(into, bytes, position);
    }
    store::IoResult<void> sync() override { return owner_.sync(path_); }
    store::IoResult<void> resize(std::int64_t bytes) override {
      std::size_t none = 0;
      if (const int error = owner_.fault(Operation::Resize, path_, none))
        return failure(error, path_);
      return real_->resize(bytes);
    }
    store::IoResult<void> reserve(std::int64_t position, std::int64_t bytes) override {
      std::size_t none = 0;
      if (const int error = owner_.fault(Operation::Reserve, path_, none))
        return failure(error, path_);
      return real_->reserve(position, bytes);
    }
    store::IoResult<void> zero(std::int64_t position, std::int64_t bytes) override {
      owner_.before_write(*real_, path_, position, bytes);
      return real_->zero(position, bytes);
    }
    store::IoResult<std::int64_t> size() const override { return real_->size(); }
    store::IoResult<bool> lock_first_byte() override { return real_->lock_first_byte(); }
    bool is_at_its_path() const override { return real_->is_at_its_path(); }
    store::IoResult<std::unique_ptr<store::FileMapping>> map(std::int64_t bytes,
                                                             store::MapMode mode) override {
      if (mode == store::MapMode::ReadWrite) owner_.mapped(path_);
      auto mapping = real_->map(bytes, mode);
      if (!mapping) return mapping;
      return std::unique_ptr<store::FileMapping>(
          new FaultyMapping(owner_, path_, std::move(*mapping)));
    }

   private:
    FaultyFileSystem& owner_;
    const std::filesystem::path path_;
    const std::unique_ptr<store::File> real_;
  };

  bool is_cached(const std::filesystem::path& path) const {
    const std::lock_guard lock(mutex_);
    return !cached_ || cached_(path);
  }

  void was_unmapped(const std::filesystem::path& path) {
    const std::lock_guard lock(mutex_);
    if (unmapped_) unmapped_(path);
  }

  static store::IoError failure(int error, const std::filesystem::path& path) {
    return {error, "injected failure " + std::to_string(error) + " of " + path.string()};
  }

  int fault(Operation operation, const std::filesystem::path& path, std::size_t& bytes) {
    Fault fault;
    {
      const std::lock_guard lock(mutex_);
      if (operation == Operation::Write) ++writes_;
      fault = fault_;
    }
    return fault ? fault(operation, path, bytes) : 0;
  }

  void before_write(const store::File& file, const std::filesystem::path& path,
                    std::int64_t position, std::int64_t count) {
    const std::lock_guard lock(mutex_);
    unflushed_.before_write(file, path, position, count);
  }

  void mapped(const std::filesystem::path& path) {
    const std::lock_guard lock(mutex_);
    unflushed_.mapped(path);
  }

  store::IoResult<void> sync(const std::filesystem::path& path) {
    std::int64_t begun = 0;
    {
      const std::lock_guard lock(mutex_);
      begun = unflushed_.begin_flush();
    }
    std::size_t none = 0;
    const int error = fault(Operation::Sync, path, none);
    const std::lock_guard lock(mutex_);
    if (error != 0) {
      unflushed_.flush_failed(path);
      return failure(error, path);
    }
    unflushed_.flushed(path, begun);
    return {};
  }

  store::FileSystem& real_ = store::FileSystem::real();
  mutable std::mutex mutex_;
  std::int64_t power_cycles_ = 1;                               // guarded by mutex_
  Fault fault_;                                                 // guarded by mutex_
  std::function<bool(const std::filesystem::path&)> cached_;    // guarded by mutex_
  std::function<void(const std::filesystem::path&)> unmapped_;  // guarded by mutex_
  double ratio_ = 0.1;                                          // guarded by mutex_
  bool is_usage_unknown_ = false;                               // guarded by mutex_
  int writes_ = 0;                                              // guarded by mutex_
  TempDir stash_;
  UnflushedState unflushed_{stash_.path()};  // guarded by mutex_
};

}  // namespace rocketmq::test
