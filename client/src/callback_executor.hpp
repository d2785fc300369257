#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "rocketmq/common/unique_function.hpp"

namespace rocketmq::client {

/// Threads that run the user's callbacks, so that a slow or sending callback does not hold up the
/// network. Threads share what waits and claim one task after the other without a lock: a busy
/// client pays one lock for many callbacks, and one that takes long holds up no other one while a
/// thread is idle. The number of waiting callbacks is bounded by the senders' limit of sends under way.
class CallbackExecutor {
 public:
  explicit CallbackExecutor(int threads) : thread_count_(threads) {}
  ~CallbackExecutor() { stop(); }
  CallbackExecutor(const CallbackExecutor&) = delete;
  CallbackExecutor& operator=(const CallbackExecutor&) = delete;

  /// Any thread. The threads are made by the first call. After stop() the task runs on the calling
  /// thread.
  void post(UniqueFunction<void()> task);
  /// As post(), for one thread only, which calls post_gathered() when it has no more for now: many
  /// tasks cost one lock and one wake-up.
  void gather(UniqueFunction<void()> task);
  void post_gathered();
  /// Runs what waits, joins the threads. Idempotent; not from a task.
  void stop();
  /// True on a thread of any executor of this process that is running a callback of `this`.
  bool runs_this_thread() const;

 private:
  /// Tasks that are handed over without waiting for post_gathered(): the threads shall not idle for
  /// long while there is work.
  static constexpr std::size_t gathered_max = 64;

  /// Tasks that threads claim one by one.
  struct Batch {
    std::vector<UniqueFunction<void()>> tasks;
    std::atomic<std::size_t> next{0};

    bool has_unclaimed() const { return next.load(std::memory_order_relaxed) < tasks.size(); }
    void run_unclaimed();
  };

  void run();
  void start_threads();  // under mutex_
  bool begin_batch();    // under mutex_; false when nothing waits

  const int thread_count_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<UniqueFunction<void()>> waiting_;  // guarded by mutex_
  std::shared_ptr<Batch> batch_;                 // guarded by mutex_; used again when it is done
  std::vector<std::thread> threads_;             // guarded by mutex_
  int idle_ = 0;                                 // guarded by mutex_
  bool stopping_ = false;                        // guarded by mutex_
  std::vector<UniqueFunction<void()>> gathered_;  // of the gathering thread
};

}  // namespace rocketmq::client
