#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "commit_log.hpp"
#include "rocketmq/common/clock.hpp"
#include "rocketmq/store/store_config.hpp"

namespace rocketmq::store {

/// What a flush has brought about.
struct FlushReport {
  /// Everything before it in the log is on the disk.
  std::int64_t flushed_to = 0;
  /// Why the rest is not; no later flush will succeed then.
  std::optional<IoError> failure;
};

/// Brings the CommitLog to the disk, and reports how far it has come. It does not know who waits.
///
/// ASYNC_FLUSH: every flushIntervalCommitLog, when enough pages are dirty or
/// flushCommitLogThoroughInterval has passed. SYNC_FLUSH: immediately, and all that was written
/// during one flush is covered by the next one (group commit).
///
/// Runs on: `store-flush`, which waits for the disk; the listener runs there too, and on the thread
/// that calls stop().
class FlushService {
 public:
  using Listener = std::function<void(const FlushReport&)>;

  FlushService(CommitLog& log, const StoreConfig& config, const Clock& clock, Listener listener);
  ~FlushService() { abandon(); }

  void start();
  /// Ends the thread after a last flush.
  void stop();
  /// Ends the thread without a flush.
  void abandon();

  /// SYNC_FLUSH: the log has grown. Costs no lock while the thread is at work.
  void wake();

 private:
  void run_async();
  void run_sync();
  /// False when no later flush will succeed.
  bool flush();

  CommitLog& log_;
  const StoreConfig& config_;
  const Clock& clock_;
  const Listener listener_;

  std::mutex mutex_;
  std::condition_variable wake_;
  bool is_stopping_ = false;  // guarded by mutex_
  std::atomic<bool> is_sleeping_{false};
  /// What was reported last; of store-flush, and of the thread that stops it.
  std::int64_t reported_ = 0;
  std::thread thread_;
};

}  // namespace rocketmq::store
