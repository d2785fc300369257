#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "commit_log.hpp"
#include "rocketmq/common/clock.hpp"
#include "rocketmq/store/message_writer.hpp"
#include "rocketmq/store/store_config.hpp"

namespace rocketmq::store {

/// Brings the CommitLog to the disk.
///
/// ASYNC_FLUSH: every flushIntervalCommitLog, when enough pages are dirty or
/// flushCommitLogThoroughInterval has passed. SYNC_FLUSH: at once, for all puts that came together
/// meanwhile (group commit); each is completed when the disk has it.
///
/// Runs on: `store-flush`, which waits for the disk, and `store-flush-due` (SYNC_FLUSH), which
/// completes puts that have waited too long, also while the disk hangs. Callbacks run on these two.
class FlushService {
 public:
  FlushService(CommitLog& log, const StoreConfig& config, const Clock& clock,
               std::function<void()> on_flushed);
  ~FlushService() { stop(); }

  void start();
  /// Ends the threads after a last flush, and completes every put that waits.
  void stop();
  /// Ends the threads without a flush; puts that wait are answered as failed.
  void abandon();

  /// SYNC_FLUSH: the log has grown.
  void wake();
  /// Completes `done` when `end` is on disk: with Ok, or with FlushDiskTimeout, or with the disk's
  /// failure. Bounded: when too many wait, the answer is FlushDiskTimeout at once.
  void wait_for_flush(std::int64_t end, PutResult result, PutCallback done);
  /// Completes puts whose time is over.
  void expire();

 private:
  struct Waiting {
    std::int64_t end = 0;
    std::chrono::steady_clock::time_point deadline;
    PutResult result;
    PutCallback done;
  };

  void run();
  void run_async();
  void run_sync();
  void run_due();
  void flush_once();
  void complete_flushed(const IoResult<void>& flushed);
  void join();

  CommitLog& log_;
  const StoreConfig& config_;
  const Clock& clock_;
  const std::function<void()> on_flushed_;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable due_wake_;
  std::deque<Waiting> waiting_;  // guarded by mutex_; by deadline
  bool stopping_ = false;        // guarded by mutex_
  bool last_flush_ = true;       // guarded by mutex_
  std::atomic<bool> sleeping_{false};
  std::thread thread_;
  std::thread due_thread_;
};

}  // namespace rocketmq::store
