#pragma once

#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rocketmq/store/file_system.hpp"

namespace rocketmq::test {

/// The real file system with a disk that can fail as a test wishes, and that remembers what has not
/// been flushed, so that a loss of power can be played. Any thread.
class FaultyFileSystem final : public store::FileSystem {
 public:
  enum class Operation { Open, Write, Sync, Resize, Reserve };
  /// Answers an errno to fail with, or 0; `bytes` is the size of a write, which it may make
  /// smaller.
  using Fault = std::function<int(Operation, const std::filesystem::path&, std::size_t& bytes)>;

  void set_fault(Fault fault) {
    const std::lock_guard lock(mutex_);
    fault_ = std::move(fault);
  }
  void set_disk_ratio(double ratio) {
    const std::lock_guard lock(mutex_);
    ratio_ = ratio;
  }
  /// Undoes every write that was not flushed, the newest first; `keep` may save some of them, as a
  /// disk does.
  void lose_power(const std::function<bool()>& keep = [] { return false; }) {
    const std::lock_guard lock(mutex_);
    for (auto write = unflushed_.rbegin(); write != unflushed_.rend(); ++write) {
      if (keep()) continue;
      if (auto file = real_.open(write->path, store::OpenMode::ReadWriteExisting))
        (void)(*file)->write_at(write->before, write->position);
    }
    unflushed_.clear();
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
    auto file = real_.open(path, mode);
    if (!file) return file.error();
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
  store::IoResult<void> remove(const std::filesystem::path& path) override {
    {
      const std::lock_guard lock(mutex_);
      std::erase_if(unflushed_, [&](const Unflushed& write) { return write.path == path; });
    }
    return real_.remove(path);
  }
  store::IoResult<void> rename(const std::filesystem::path& from,
                               const std::filesystem::path& to) override {
    return real_.rename(from, to);
  }
  store::IoResult<void> sync_directory(const std::filesystem::path&) override { return {}; }
  store::IoResult<void> sync_all(const std::filesystem::path&) override {
    const std::lock_guard lock(mutex_);
    unflushed_.clear();
    return {};
  }
  store::IoResult<double> disk_used_ratio(const std::filesystem::path&) override {
    const std::lock_guard lock(mutex_);
    return ratio_;
  }

 private:
  struct Unflushed {
    std::filesystem::path path;
    std::int64_t position = 0;
    std::string before;
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
      owner_.remember(*real_, path_, position, count);
      return real_->write_at(bytes.substr(0, count), position);
    }
    store::IoResult<std::size_t> read_at(char* into, std::size_t bytes,
                                         std::int64_t position) const override {
      return real_->read_at(into, bytes, position);
    }
    store::IoResult<void> sync() override {
      std::size_t none = 0;
      if (const int error = owner_.fault(Operation::Sync, path_, none))
        return failure(error, path_);
      owner_.forget(path_);
      return {};
    }
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
      return real_->zero(position, bytes);
    }
    store::IoResult<std::int64_t> size() const override { return real_->size(); }
    store::IoResult<bool> lock_first_byte() override { return real_->lock_first_byte(); }
    store::IoResult<std::unique_ptr<store::FileMapping>> map(std::int64_t bytes,
                                                             store::MapMode mode) override {
      return real_->map(bytes, mode);
    }

   private:
    FaultyFileSystem& owner_;
    const std::filesystem::path path_;
    const std::unique_ptr<store::File> real_;
  };

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

  void remember(const store::File& file, const std::filesystem::path& path, std::int64_t position,
                std::size_t count) {
    Unflushed write{path, position, std::string(count, '\0')};
    if (const auto got = file.read_at(write.before.data(), count, position))
      write.before.resize(*got);
    const std::lock_guard lock(mutex_);
    unflushed_.push_back(std::move(write));
  }

  void forget(const std::filesystem::path& path) {
    const std::lock_guard lock(mutex_);
    std::erase_if(unflushed_, [&](const Unflushed& write) { return write.path == path; });
  }

  store::FileSystem& real_ = store::FileSystem::real();
  std::mutex mutex_;
  Fault fault_;                       // guarded by mutex_
  double ratio_ = 0.1;                // guarded by mutex_
  int writes_ = 0;                    // guarded by mutex_
  std::vector<Unflushed> unflushed_;  // guarded by mutex_; in the order of writing
};

}  // namespace rocketmq::test
