#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

#include "rocketmq/store/file_system.hpp"

namespace rocketmq::store {

/// One file of the key index: a hash table of chains (spec/store.md §3.3), written through a
/// mapping, since an insertion touches a few bytes at random places. Its content can be made again
/// from the log.
///
///    header 40 bytes | slots × i32 (newest entry of the slot) | entries × 20 bytes
///    entry: key hash i32 | physical offset i64 | seconds since the file's begin i32 | previous
///    entry of the slot i32
///
/// Entries stand in the log's order, which is that of their times until the clock is set back.
/// Nothing is entry 0: its first four bytes say by how many seconds at most an entry is earlier
/// than one before it. Other brokers leave zero there.
///
/// A page that cannot be read or written is an error, never the end of the process.
/// Runs on: insert() on one thread; reading on any, at the same time.
class IndexFile {
 public:
  struct Geometry {
    std::int32_t slots = 0;
    std::int32_t entries = 0;
    /// Where the entries begin.
    std::int64_t slots_end() const { return 40 + 4LL * slots; }
    std::int64_t bytes() const { return slots_end() + 20LL * entries; }
  };
  /// What insertions change of the header.
  struct Header {
    std::int64_t begin_timestamp_ms = 0;
    std::int64_t end_timestamp_ms = 0;
    std::int64_t begin_physical_offset = 0;
    std::int64_t end_physical_offset = 0;
    std::int32_t used_slots = 0;
    /// Number of the next entry; the first is 1.
    std::int32_t count = 1;
    friend bool operator==(const Header&, const Header&) = default;
  };

  static IoResult<std::unique_ptr<IndexFile>> open(FileSystem& file_system,
                                                   const std::filesystem::path& path,
                                                   Geometry geometry, bool create);

  const std::filesystem::path& path() const { return path_; }
  Header header() const;
  IoResult<void> set_header(const Header& header);
  bool is_full() const { return header().count >= geometry_.entries; }

  /// Adds an entry; `key_hash` is not negative. Error: no space for it, or EIO: a page of the file
  /// cannot be used. Not when full.
  IoResult<void> insert(std::int32_t key_hash, std::int64_t physical_offset,
                        std::int64_t store_timestamp_ms);
  /// Records behind a position of the log, within a time.
  struct Wanted {
    std::int64_t begin_ms = 0;
    std::int64_t end_ms = 0;
    std::int64_t behind_physical_offset = -1;
  };
  /// False when no entry can be among those wanted.
  bool may_hold(const Wanted& wanted) const;
  /// Appends the positions of wanted entries with this hash, newest first, until `found` has
  /// `count_max`. False when the disk could not read an entry: older ones are missing then.
  bool query(std::int32_t key_hash, const Wanted& wanted, std::size_t count_max,
             std::vector<std::int64_t>& found) const;

  /// Forgets all entries but the first `header.count - 1` and links their chains again, since slots
  /// may point to others. Error as for insert().
  IoResult<void> cut_back_to(const Header& header);
  IoResult<void> sync() { return file_->sync(); }

 private:
  IndexFile(std::filesystem::path path, Geometry geometry, std::unique_ptr<File> file,
            std::unique_ptr<FileMapping> mapping);
  /// The header in memory, so that looking at it touches no page.
  struct SharedHeader {
    std::atomic<std::int64_t> begin_timestamp_ms{0};
    std::atomic<std::int64_t> end_timestamp_ms{0};
    std::atomic<std::int64_t> begin_physical_offset{0};
    std::atomic<std::int64_t> end_physical_offset{0};
    std::atomic<std::int32_t> used_slots{0};
    std::atomic<std::int32_t> count{1};
  };
  void publish(const Header& header);
  IoError unusable() const;

  // These touch the mapping: only within read_mapped().
  Header mapped_header() const;
  void write_mapped_header(const Header& header);
  char* slot_at(std::int32_t slot) const { return data_ + 40 + 4LL * slot; }
  char* entry_at(std::int32_t number) const {
    return data_ + geometry_.slots_end() + 20LL * number;
  }
  /// By how much at most an entry is earlier than one before it.
  std::int64_t back_ms() const;
  std::int32_t load_slot(std::int32_t slot) const;
  void store_slot(std::int32_t slot, std::int32_t number);
  void link_entries(Header& header);

  IoResult<void> reserve_for(std::int32_t number);

  const std::filesystem::path path_;
  const Geometry geometry_;
  const std::unique_ptr<File> file_;
  const std::unique_ptr<FileMapping> mapping_;
  char* const data_;
  SharedHeader header_;
  /// Of entry 0, as the header.
  std::atomic<std::int32_t> seconds_back_{0};
  std::int32_t reserved_entries_ = 0;
};

}  // namespace rocketmq::store
