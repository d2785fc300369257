#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "rocketmq/common/shared_pool.hpp"
#include "rocketmq/common/timer_thread.hpp"
#include "rocketmq/common/unique_function.hpp"

namespace rocketmq::client {

/// Runs the user's callbacks on threads that clients share, so that a slow or sending callback does
/// not hold up the network; up to a number of them at the same time. Threads claim what waits one
/// by one without a lock: a busy client pays one lock for many callbacks, and one that takes long
/// holds up no other one while a thread is free. The number of waiting callbacks is bounded by the
/// senders' limit of sends under way.
class CallbackExecutor final : private SharedPool::Work {
 public:
  /// `timer` looks after `pool`.
  CallbackExecutor(SharedPool& pool, TimerThread& timer, int threads);
  ~CallbackExecutor() { stop(); }
  CallbackExecutor(const CallbackExecutor&) = delete;
  CallbackExecutor& operator=(const CallbackExecutor&) = delete;

  /// Any thread. After stop() the task runs on the calling thread.
  void post(UniqueFunction<void()> task);
  /// As post(), for one thread only, which calls post_gathered() when it has no more for now: many
  /// tasks cost one lock and one wake-up.
  void gather(UniqueFunction<void()> task);
  /// Hands over what the calling thread has gathered, for whichever executors.
  static void post_gathered();
  /// Runs what waits and returns when the last task has ended. Idempotent; not from a task.
  void stop();
  /// True on a thread that is running a callback of `this`.
  bool runs_this_thread() const;

  /// While it lives, a callback that runs on this thread waits for others: they get a further
  /// thread meanwhile. Elsewhere it does nothing.
  class Blocked {
   public:
    explicit Blocked(CallbackExecutor& executor);
    ~Blocked();
    Blocked(const Blocked&) = delete;
    Blocked& operator=(const Blocked&) = delete;

   private:
    CallbackExecutor* const executor_;  // null where it does nothing
  };

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

  void run_work() override;
  void hand_over();
  bool has_unclaimed() const;  // under mutex_; in the present batch
  bool begin_batch();          // under mutex_; false when nothing waits
  /// Under mutex_: whether a further thread is to come; the caller calls it afterwards.
  bool begin_call();
  void call_thread();

  SharedPool& pool_;
  TimerThread& timer_;
  std::mutex mutex_;
  std::condition_variable idle_;
  std::vector<UniqueFunction<void()>> waiting_;  // guarded by mutex_
  std::shared_ptr<Batch> batch_;                 // guarded by mutex_; used again when it is done
  std::size_t threads_max_;                      // guarded by mutex_
  std::size_t threads_ = 0;  // guarded by mutex_; that run tasks, or were called to do so
  bool stopping_ = false;    // guarded by mutex_
  std::vector<UniqueFunction<void()>> gathered_;  // of the gathering thread
};

}  // namespace rocketmq::client
