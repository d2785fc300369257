#pragma once

#include <atomic>
#include <cstdint>

namespace rocketmq::net {

/// Says that a reactor's thread may be waiting, so that another thread can take its place. One of
/// the two, and only one, continues the reactor. Costs no system call and no look at the clock.
class WaitMark {
 public:
  using Wait = std::uint64_t;

  /// The reactor's thread may wait from here on.
  Wait begin() {
    const Wait wait = state_.load(std::memory_order_relaxed) + 1;
    state_.store(wait, std::memory_order_seq_cst);
    return wait;
  }
  /// The wait is over. False when another thread has taken the place.
  bool end(Wait wait) {
    return state_.compare_exchange_strong(wait, wait + 1, std::memory_order_acq_rel);
  }

  /// Another thread: names what the reactor does, a different wait by another number.
  std::uint64_t look() const { return state_.load(std::memory_order_seq_cst); }
  /// Another thread: takes the place, if the reactor's thread is still in the wait that was `seen`.
  bool take_over(std::uint64_t seen) {
    return seen % 2 == 1 &&
           state_.compare_exchange_strong(seen, seen + 1, std::memory_order_acq_rel);
  }

 private:
  std::atomic<std::uint64_t> state_{0};  // odd in a wait
};

/// Told that a reactor's thread may be waiting.
class WaitObserver {
 public:
  virtual void begins_to_wait() = 0;

 protected:
  ~WaitObserver() = default;
};

}  // namespace rocketmq::net
