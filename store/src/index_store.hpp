#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string_view>
#include <vector>

#include "index_file.hpp"
#include "rocketmq/common/clock.hpp"
#include "rocketmq/common/result.hpp"

namespace rocketmq::store {

/// The index files, oldest first.
/// Runs on: insert(), state(), behind() and what goes with it on the dispatching thread; the rest
/// on any thread.
class IndexStore {
 public:
  IndexStore(FileSystem& file_system, const Clock& clock, std::filesystem::path directory,
             IndexFile::Geometry geometry);

  /// The newest file and how far it is filled: what a checkpoint remembers.
  struct State {
    static constexpr std::int64_t not_known = -1;
    /// The file's name as a number; 0 when there is no file.
    std::int64_t file_number = 0;
    IndexFile::Header header;
    /// How many files there are.
    std::int64_t file_count = 0;
  };

  struct LoadRules {
    enum class Trust {
      /// After a clean stop: every file.
      All,
      /// After a crash, with our own checkpoint: everything up to `state`.
      UpToState,
      /// After a crash of another broker: full files that its checkpoint covers.
      FullFiles,
    };
    Trust trust = Trust::All;
    /// With our own checkpoint: what the newest file was; noticed when it is missing.
    State state;
    /// For FullFiles: newest end timestamp that is known to be on disk.
    std::int64_t end_timestamp_max_ms = 0;
  };
  /// Opens the files that can be trusted, deletes the others, and returns from which physical
  /// offset on records have to be indexed again; nothing when the index is whole.
  Result<std::optional<std::int64_t>> load(const LoadRules& rules);

  /// Adds one key of a record. After an error the index is behind.
  IoResult<void> insert(std::int32_t key_hash, std::int64_t physical_offset,
                        std::int64_t store_timestamp_ms);
  /// Physical offset of the last record that is indexed; -1 without one.
  std::int64_t end_physical_offset() const { return end_physical_offset_; }
  State state() const;

  /// Why entries are missing, and from which record on.
  struct Behind {
    std::int64_t from = 0;
    IoError reason;
  };
  /// Nothing while every record has its entries. A key could not be inserted otherwise, for want of
  /// space or because a page cannot be used; the file of such a page is deleted, and its entries
  /// are missing, too. Records are to be indexed again from there, in their order.
  const std::optional<Behind>& behind() const { return behind_; }
  /// Every record before `physical_offset` has its entries again.
  void advance_behind(std::int64_t physical_offset) { behind_->from = physical_offset; }
  void caught_up() { behind_.reset(); }

  struct Found {
    std::vector<std::int64_t> physical_offsets;
    std::int64_t last_update_timestamp_ms = 0;
    std::int64_t last_update_physical_offset = 0;
  };
  /// Positions of wanted records with this key hash, newest first, at most `count_max`.
  Found query(std::int32_t key_hash, std::size_t count_max, const IndexFile::Wanted& wanted) const;

  /// Makes all files durable; returns the end timestamp of the newest full one, 0 without one.
  IoResult<std::int64_t> flush();
  /// Deletes files all of whose records are gone; never the last one.
  IoResult<int> remove_files_below(std::int64_t commit_log_min_offset);

 private:
  using FilePtr = std::shared_ptr<IndexFile>;
  std::vector<FilePtr> files() const;
  IoResult<FilePtr> file_for_insert();
  void fall_behind(std::int64_t physical_offset, const IoError& reason);
  std::int64_t give_up_newest_file();
  void use_newest_file();
  struct NamedFile {
    /// Its name.
    std::int64_t number = 0;
    std::filesystem::path path;
  };
  Result<std::vector<NamedFile>> list_files() const;
  Result<FilePtr> open_whole(const std::filesystem::path& path) const;
  /// Whether a file can be kept; cuts it back to what is known of it.
  bool is_trusted(const NamedFile& named, IndexFile& file, const IndexFile* before, bool is_last,
                  const LoadRules& rules) const;
  /// Whether a file's head can be right, given the file before it.
  bool is_plausible(const IndexFile::Header& header, const IndexFile* before, bool is_last) const;
  Result<void> drop(const std::filesystem::path& path) const;
  void report_unreadable(const IndexFile& file) const;

  FileSystem& file_system_;
  const Clock& clock_;
  const std::filesystem::path directory_;
  const IndexFile::Geometry geometry_;
  mutable std::atomic<std::int64_t> last_unreadable_{0};
  mutable std::shared_mutex mutex_;
  std::vector<FilePtr> files_;   // guarded by mutex_
  std::size_t synced_full_ = 0;  // guarded by mutex_; leading files that are full and flushed
  FilePtr current_;              // dispatching thread
  std::int64_t end_physical_offset_ = -1;  // dispatching thread
  std::optional<Behind> behind_;           // dispatching thread
};

}  // namespace rocketmq::store
