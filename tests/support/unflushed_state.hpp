#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rocketmq/store/file_system.hpp"

namespace rocketmq::test {

/// What a disk has been given but not asked to keep: written pages, files that were made
/// and files that were removed. A loss of power takes any part of it back. Not thread-safe.
class UnflushedState {
 public:
  using Path = std::filesystem::path;
  static constexpr std::int64_t page_bytes = 4096;

  /// Removed files wait in `stash`, on the same file system, for their removal to be flushed.
  explicit UnflushedState(Path stash) : stash_(std::move(stash)) {}

  /// Before `count` bytes are written at `position`.
  void before_write(const store::File& file, const Path& path, std::int64_t position,
                    std::int64_t count) {
    std::string before(static_cast<std::size_t>(count), '\0');
    if (const auto got = file.read_at(before.data(), before.size(), position)) before.resize(*got);
    const std::int64_t number = next_++;
    for (std::size_t done = 0; done < before.size();) {
      const std::int64_t at = position + static_cast<std::int64_t>(done);
      const std::int64_t page = at / page_bytes;
      const std::string piece =
          before.substr(done, static_cast<std::size_t>((page + 1) * page_bytes - at));
      writes_.push_back({number, path, page, at, piece});
      done += piece.size();
    }
  }
  /// The file is written through a mapping from now on: those writes are not seen, so its pages as
  /// they are on the disk are kept.
  void mapped(const Path& path) {
    if (!mapped_.contains(path)) mapped_[path] = content_of(path);
  }
  void created(const Path& path) { created_.insert(path); }
  /// Instead of removing a file, which may come back.
  store::IoResult<void> remove(const Path& path) {
    mapped_.erase(path);
    const bool was_durable = created_.erase(path) == 0;
    Path kept;
    if (was_durable && std::filesystem::is_regular_file(path) && !removed_.contains(path)) {
      kept = stash_ / std::to_string(next_++);
      if (const auto moved = real_.rename(path, kept); !moved) return moved;
      removed_[path] = kept;
    }
    for (Write& write : writes_) {
      if (write.path == path) write.path = kept;
    }
    std::erase_if(writes_, [](const Write& write) { return write.path.empty(); });
    return kept.empty() ? real_.remove(path) : store::IoResult<void>{};
  }

  /// Marks the moment at which a flush begins.
  std::int64_t begin_flush() const { return next_; }
  /// What was written to the file before the flush began is on the disk.
  void flushed(const Path& path, std::int64_t begun) {
    std::map<std::int64_t, std::int64_t> pages;
    std::erase_if(writes_, [&](const Write& write) {
      if (write.path != path || write.number >= begun || write.failed) return false;
      pages[write.page] = write.number;
      return true;
    });
    // A page reaches the disk as a whole, with what an earlier flush has failed to bring there.
    std::erase_if(writes_, [&](const Write& write) {
      const auto page = pages.find(write.page);
      return write.path == path && page != pages.end() && write.number < page->second;
    });
    if (const auto mapped = mapped_.find(path); mapped != mapped_.end())
      mapped->second = content_of(path);
  }
  /// A kernel that could not write pages back forgets that they were dirty: no later flush brings
  /// them to the disk.
  void flush_failed(const Path& path) {
    for (Write& write : writes_) write.failed = write.failed || write.path == path;
  }
  void flushed_directory(const Path& directory) {
    std::erase_if(created_, [&](const Path& path) { return path.parent_path() == directory; });
    std::erase_if(removed_, [&](const auto& entry) {
      if (entry.first.parent_path() != directory) return false;
      forget_stashed(entry.second);
      return true;
    });
  }
  void flushed_all() {
    std::erase_if(writes_, [](const Write& write) { return !write.failed; });
    for (auto& [path, content] : mapped_) content = content_of(path);
    created_.clear();
    for (const auto& [path, kept] : removed_) forget_stashed(kept);
    removed_.clear();
  }

  /// The power goes: of everything that was not flushed, `keep` says page by page what reached the
  /// disk all the same.
  void lose_power(const std::function<bool()>& keep) {
    std::set<std::pair<Path, std::int64_t>> kept;
    for (auto write = writes_.rbegin(); write != writes_.rend(); ++write)
      take_back(*write, keep, kept);
    for (const auto& [path, content] : mapped_) take_back_mapped(path, content, keep);
    for (const Path& path : created_) {
      if (!keep()) (void)real_.remove(path);
    }
    for (const auto& [path, stashed] : removed_) {
      if (!keep() && !std::filesystem::exists(path)) (void)real_.rename(stashed, path);
    }
    writes_.clear();
    mapped_.clear();
    created_.clear();
    removed_.clear();
  }

 private:
  /// What one page held where it was written to.
  struct Write {
    std::int64_t number = 0;
    Path path;
    std::int64_t page = 0;
    std::int64_t position = 0;
    std::string before;
    bool failed = false;
  };

  std::string content_of(const Path& path) const {
    std::string content;
    const auto status = real_.status(path);
    const auto file = real_.open(path, store::OpenMode::ReadExisting);
    if (!status || !file) return content;
    content.resize(static_cast<std::size_t>(status->size_bytes));
    if (const auto got = (*file)->read_at(content.data(), content.size(), 0)) content.resize(*got);
    return content;
  }

  /// A page has the state of one moment: what was written to it earlier is there as well.
  void take_back(const Write& write, const std::function<bool()>& keep,
                 std::set<std::pair<Path, std::int64_t>>& kept) {
    if (kept.contains({write.path, write.page})) return;
    if (!write.failed && keep()) {
      kept.insert({write.path, write.page});
    } else if (const auto file = real_.open(write.path, store::OpenMode::ReadWriteExisting)) {
      (void)(*file)->write_at(write.before, write.position);
    }
  }

  void take_back_mapped(const Path& path, const std::string& content,
                        const std::function<bool()>& keep) {
    const auto file = real_.open(path, store::OpenMode::ReadWriteExisting);
    if (!file) return;
    for (std::size_t at = 0; at < content.size(); at += page_bytes) {
      if (!keep())
        (void)(*file)->write_at(std::string_view(content).substr(at, page_bytes),
                                static_cast<std::int64_t>(at));
    }
  }

  void forget_stashed(const Path& kept) {
    std::erase_if(writes_, [&](const Write& write) { return write.path == kept; });
    (void)real_.remove(kept);
  }

  store::FileSystem& real_ = store::FileSystem::real();
  const Path stash_;
  std::int64_t next_ = 0;
  std::vector<Write> writes_;           // in the order of writing
  std::map<Path, std::string> mapped_;  // as on the disk
  std::set<Path> created_;
  std::map<Path, Path> removed_;  // where each lies now
};

}  // namespace rocketmq::test
