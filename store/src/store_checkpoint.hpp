#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "consume_queue_store.hpp"
#include "index_store.hpp"
#include "rocketmq/common/result.hpp"
#include "rocketmq/store/file_system.hpp"

namespace rocketmq::store {

/// The file <root>/checkpoint, 4096 bytes.
///
/// Its head is what every broker knows: the store times up to which log, queues and index are on
/// disk. Behind it, where other brokers leave zeros, we keep a record of our own, which says the
/// same more exactly as positions. Our record repeats the head's times: when another broker has
/// worked on the store and moved them, the record no longer counts. A second record says what a
/// start needs to tell lost files from another configuration.
struct StoreCheckpoint {
  std::int64_t physic_timestamp_ms = 0;
  std::int64_t logics_timestamp_ms = 0;
  std::int64_t index_timestamp_ms = 0;

  struct Own {
    /// Everything below is on disk: log, queues, index.
    std::int64_t complete_offset = 0;
    /// Written at an orderly stop: `complete_offset` is the log's end.
    bool is_clean_stop = false;
    std::int64_t last_store_timestamp_ms = 0;
    ConsumeQueueStore::Totals queue_totals;
    IndexStore::State index;
    /// When it was written.
    FileSystem::PowerCycle power_cycle{};
  };
  std::optional<Own> own;

  /// The lengths with which the store's files were made.
  struct FileSizes {
    std::int64_t commit_log = 0;
    std::int64_t consume_queue = 0;
    std::int64_t index_slots = 0;
    std::int64_t index_entries = 0;
    friend bool operator==(const FileSizes&, const FileSizes&) = default;
  };
  /// Nothing when the store was last written by a release, or a broker, that does not say.
  std::optional<FileSizes> file_sizes;
  /// Our record exists, but it does not count.
  bool own_is_void = false;
  /// It was written by a newer release, whose store this one may not touch.
  bool is_newer = false;

  /// Zeros when there is no file.
  static Result<StoreCheckpoint> read(FileSystem& file_system, const std::filesystem::path& path);
  /// Writes and flushes. The page is written as one piece; a torn own record fails its CRC and does
  /// not count.
  IoResult<void> write(FileSystem& file_system, const std::filesystem::path& path) const;
};

}  // namespace rocketmq::store
