#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <limits>
#include <mutex>
#include <thread>

#include "checkpointer.hpp"
#include "commit_log.hpp"
#include "file_cleaner.hpp"
#include "rocketmq/store/store_config.hpp"

namespace rocketmq::store {

/// The store's slow work on files: makes the next CommitLog file ahead of its use, looks at the
/// disk's space, writes checkpoints, deletes expired files. Runs on: its own thread `store-files`,
/// which may wait for the disk.
class FilesService {
 public:
  /// `look_after` is called with each round of cleaning, after it.
  FilesService(const StoreConfig& config, CommitLog& log, Checkpointer& checkpointer,
               FileCleaner& cleaner, SpaceAllowance& allowance, std::function<void()> look_after);
  ~FilesService() { stop(); }

  void start();
  void stop();
  /// One round of cleaning and what goes with it, on the calling thread. Not while the thread may
  /// be in one.
  void clean(bool may_delete);
  /// The log has grown. Two comparisons unless the next file or a look at the disk is due.
  void on_log_progress() {
    const std::int64_t end = log_.committed_offset();
    if (end >= prepare_at_.load(std::memory_order_relaxed)) {
      prepare_at_ = std::numeric_limits<std::int64_t>::max();
      wake(must_prepare_);
    }
    if (allowance_.is_look_due(end)) {
      allowance_.look_is_coming();
      wake(must_look_);
    }
  }

 private:
  void wake(bool& work);
  void run();
  void prepare_next_file();

  const StoreConfig& config_;
  CommitLog& log_;
  Checkpointer& checkpointer_;
  FileCleaner& cleaner_;
  SpaceAllowance& allowance_;
  const std::function<void()> look_after_;
  /// Committed offset at which the next file is to be made; out of reach until it is.
  std::atomic<std::int64_t> prepare_at_{0};
  std::mutex mutex_;
  std::condition_variable wake_;
  bool must_prepare_ = false;  // guarded by mutex_
  bool must_look_ = false;     // guarded by mutex_
  bool stopping_ = false;      // guarded by mutex_
  std::thread thread_;
};

}  // namespace rocketmq::store
