#pragma once

#include <algorithm>
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
    if (!has_room(bytes) && !wait_for_room(lock, bytes, timeout)) return false;
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
    if (waiting_ > 0 && (sends_ == 0 || has_much_room())) released_.notify_all();
  }

 private:
  /// Waiters check for a little room at this interval.
  static constexpr std::chrono::milliseconds look_again{10};

  /// Being woken for each single send would cost more than the send: waiters are woken when there
  /// is room for many, and check by themselves now and then.
  bool has_much_room() const {
    return sends_ <= sends_max_ - sends_max_ / 16 && bytes_ <= bytes_max_ - bytes_max_ / 16;
  }
  bool wait_for_room(std::unique_lock<std::mutex>& lock, std::size_t bytes,
                     std::chrono::milliseconds timeout) {
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    for (;;) {
      const auto now = std::chrono::steady_clock::now();
      if (now >= deadline) return false;
      ++waiting_;
      released_.wait_until(lock, std::min(deadline, now + look_again));
      --waiting_;
      if (has_room(bytes)) return true;
    }
  }
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
