#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace rocketmq {

/// A mutex that can be waited for with a limit, for std::scoped_lock and std::unique_lock; any
/// thread. std::timed_mutex waits by a call that g++ 12's thread sanitizer does not know: it would
/// report every unlock.
class TimedMutex {
 public:
  void lock() {
    std::unique_lock guard(mutex_);
    released_.wait(guard, [this] { return !locked_; });
    locked_ = true;
  }

  bool try_lock() {
    const std::scoped_lock guard(mutex_);
    if (locked_) return false;
    locked_ = true;
    return true;
  }

  /// False when another thread still holds it after `limit`.
  template <typename Rep, typename Period>
  bool try_lock_for(std::chrono::duration<Rep, Period> limit) {
    std::unique_lock guard(mutex_);
    if (!released_.wait_for(guard, limit, [this] { return !locked_; })) return false;
    locked_ = true;
    return true;
  }

  void unlock() {
    const std::scoped_lock guard(mutex_);
    locked_ = false;
    released_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable released_;
  bool locked_ = false;  // guarded by mutex_
};

}  // namespace rocketmq
