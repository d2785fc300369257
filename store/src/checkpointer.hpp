#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>

#include "commit_log.hpp"
#include "consume_queue_store.hpp"
#include "dispatch_service.hpp"
#include "index_store.hpp"
#include "rocketmq/common/clock.hpp"
#include "rocketmq/store/store_config.hpp"
#include "store_checkpoint.hpp"

namespace rocketmq::store {

/// Brings queues and index to the disk and writes down up to where everything is there.
/// Any thread; one run at a time.
class Checkpointer {
 public:
  Checkpointer(FileSystem& file_system, const StoreConfig& config, const Clock& clock,
               CommitLog& log, ConsumeQueueStore& queues, IndexStore* index,
               DispatchService& dispatch);

  /// Where the store began: what the file said then.
  void begin_at(const StoreCheckpoint& checkpoint, std::int64_t complete_offset);
  /// Every run fails with this from now on. Before the store's threads run.
  void forbid(IoError why) { forbidden_ = std::move(why); }
  /// Writes out queues with enough units, and a checkpoint when it is time or much has been
  /// dispatched since the last. Called every flushIntervalConsumeQueue.
  void tick();
  /// Flushes everything and writes the checkpoint.
  IoResult<void> run(bool is_clean_stop);

 private:
  StoreCheckpoint::FileSizes file_sizes() const;  // under mutex_

  FileSystem& file_system_;
  const StoreConfig& config_;
  const Clock& clock_;
  CommitLog& log_;
  ConsumeQueueStore& queues_;
  IndexStore* const index_;
  DispatchService& dispatch_;
  std::optional<IoError> forbidden_;  // constant while the store's threads run
  std::mutex mutex_;
  StoreCheckpoint checkpoint_;                        // guarded by mutex_
  std::int64_t complete_offset_ = 0;                  // guarded by mutex_
  std::chrono::steady_clock::time_point last_run_{};  // guarded by mutex_
};

}  // namespace rocketmq::store
