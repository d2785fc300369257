#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace rocketmq::client {

/// Bounds the asynchronous sends under way, in number and in bytes of their bodies. Safe on any
/// thread.
class SendLimiter {
 public:
  SendLimiter(std::size_t sends_max, std::size_t bytes_max)
      : sends_max_(sends_max), bytes_max_(bytes_max) {}

  /// Waits up to `timeout` for room; false when there was none. One send is let through whatever
  /// its size.
  bool acquire(std::size_t bytes, std::chrono::milliseconds timeout) {
    std::unique_lock lock(mutex_);
    if (!has_room(bytes)) {
      ++waiting_;
      const bool got_room = released_.wait_for(lock, timeout, [&] { return has_room(bytes); });
      --waiting_;
      if (!got_room) return false;
    }
    take(bytes);
    return true;
  }
  /// Takes room without waiting for it, also beyond the bounds: for threads on which others wait
  /// for room.
  void acquire_now(std::size_t bytes) {
    const std::scoped_lock lock(mutex_);
    take(bytes);
  }
  /// Waits until no send is under way; false when the time was over before.
  bool wait_until_idle(std::chrono::milliseconds timeout) {
    std::unique_lock lock(mutex_);
    ++waiting_;
    const bool is_idle = released_.wait_for(lock, timeout, [this] { return sends_ == 0; });
    --waiting_;
    return is_idle;
  }
  void release(std::size_t bytes) {
    const std::scoped_lock lock(mutex_);
    --sends_;
    bytes_ -= bytes;
    if (waiting_ > 0) released_.notify_all();
  }

 private:
  bool has_room(std::size_t bytes) const {
    return sends_ < sends_max_ && (sends_ == 0 || bytes_ + bytes <= bytes_max_);
  }
  void take(std::size_t bytes) {
    ++sends_;
    bytes_ += bytes;
  }

  const std::size_t sends_max_;
  const std::size_t bytes_max_;
  std::mutex mutex_;
  std::condition_variable released_;
  std::size_t sends_ = 0;  // guarded by mutex_
  std::size_t bytes_ = 0;  // guarded by mutex_
  int waiting_ = 0;        // guarded by mutex_
};

}  // namespace rocketmq::client
