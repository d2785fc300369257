#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <utility>

#include "rocketmq/common/result.hpp"
#include "rocketmq/net/buffer_pool.hpp"
#include "rocketmq/net/deadline_queue.hpp"
#include "rocketmq/net/output_queue.hpp"

namespace rocketmq::net {

/// What other threads leave for the reactor of a session: encoded output, and the wish that the
/// session closes. The reactor fetches it; one wake-up covers all that is left before.
///
/// Runs on: as each method says. Bounded by `bytes_max` of who leaves something: what is left and
/// what the reactor has fetched but not sent count together.
class Outbox {
 public:
  enum class Left {
    Yes,
    Closed,  ///< nothing is taken any more
    Full,    ///< over the limit
  };
  /// How long a thread that makes output may be held up while much of it waits.
  struct Wait {
    /// 0: it is not held up.
    std::size_t over_bytes = 0;
    SteadyTime deadline;
  };

  explicit Outbox(std::size_t unit_bytes_max) : output_(unit_bytes_max) {}

  // Any thread.

  /// Has `add` append to the queue, under the lock. Full: nothing was added, because more than
  /// `bytes_max` is to be sent already. Waits first, while more than wait.over_bytes is to be sent
  /// and there is time.
  template <class Add>
  Left leave_unless_full(std::size_t bytes_max, const Wait& wait, Add&& add) {
    std::unique_lock lock(mutex_);
    if (wait.over_bytes > 0) wait_for_output(lock, wait);
    if (refuses_) return Left::Closed;
    if (bytes_to_send() > bytes_max) return Left::Full;
    add(output_);
    return Left::Yes;
  }
  /// The same for output that is not to be lost. Full: it was added, and now there is too much.
  template <class Add>
  Left leave(std::size_t bytes_max, Add&& add) {
    const std::lock_guard lock(mutex_);
    if (refuses_) return Left::Closed;
    add(output_);
    const std::size_t to_send = output_.bytes() + unsent_bytes_.load(std::memory_order_relaxed);
    return to_send > bytes_max ? Left::Full : Left::Yes;
  }
  /// After leaving something: true where the reactor has to be woken, because it does not know yet.
  bool needs_wake() { return !has_left_.exchange(true, std::memory_order_acq_rel); }
  /// Leaves the wish to close, for `error`. False when nothing is taken any more.
  bool leave_close(Error error);
  /// False once it takes nothing more.
  bool is_open() const { return is_open_.load(std::memory_order_acquire); }
  /// Counts `bytes` of output that may as well be dropped. False: the peer has left `bytes_max` of
  /// it unread already, and nothing was counted.
  bool take_expendable(std::size_t bytes, std::size_t bytes_max) {
    if (expendable_bytes_.load(std::memory_order_relaxed) >= bytes_max) return false;
    expendable_bytes_.fetch_add(bytes, std::memory_order_relaxed);
    return true;
  }
  /// Runs `work` under the lock, for what is left together with output.
  template <class Work>
  void with_lock(Work&& work) {
    const std::lock_guard lock(mutex_);
    work();
  }

  // The reactor's thread.

  bool has_left() const { return has_left_.load(std::memory_order_acquire); }
  /// Moves what was left behind `output`, and runs `also` under the same lock. With a `lender`, its
  /// buffers are taken for what will be left.
  template <class Also>
  void fetch(OutputQueue& output, BufferPool* lender, Also&& also) {
    has_left_.store(false, std::memory_order_release);
    const std::lock_guard lock(mutex_);
    output.append(std::move(output_));
    unsent_bytes_.store(output.bytes(), std::memory_order_relaxed);
    if (lender != nullptr) {
      while (output_.lent() < lent_buffers_max && !lender->empty()) output_.lend(lender->take());
    }
    also();
  }
  std::optional<Error> fetch_close();
  /// Says how many bytes that were fetched have not been sent, and wakes those who wait.
  void sent_until(std::size_t unsent_bytes) {
    if (unsent_bytes == 0 && expendable_bytes_.load(std::memory_order_relaxed) != 0) [[unlikely]]
      expendable_bytes_.store(0, std::memory_order_relaxed);
    unsent_bytes_.store(unsent_bytes);  // in one order with waiters_, so that none is overlooked
    if (waiters_.load() != 0) wake_waiters();
  }
  /// Takes nothing more from now on. What was left stays, to be fetched.
  void refuse();
  /// Takes nothing more, and drops what was left.
  void refuse_and_drop();

 private:
  /// Buffers of the reactor's that are kept for what other threads will leave.
  static constexpr std::size_t lent_buffers_max = 8;

  /// Reads what sent_until() stores in one order with waiters_, which a waiter has raised before:
  /// either the waiter sees that the bytes are gone, or sent_until() sees the waiter. A weaker load
  /// could be made before the count is raised, and the waiter be overlooked.
  std::size_t bytes_to_send() const {
    return output_.bytes() + unsent_bytes_.load(std::memory_order_seq_cst);
  }
  void wait_for_output(std::unique_lock<std::mutex>& lock, const Wait& wait);
  void wake_waiters();

  std::atomic<bool> is_open_{true};
  std::atomic<bool> has_left_{false};
  std::atomic<std::size_t> unsent_bytes_{0};
  std::atomic<int> waiters_{0};
  std::atomic<std::size_t> expendable_bytes_{0};  // since the output was last empty

  std::mutex mutex_;
  std::condition_variable output_sent_;
  OutputQueue output_;                  // guarded by mutex_
  std::optional<Error> close_request_;  // guarded by mutex_
  bool refuses_ = false;                // guarded by mutex_
};

}  // namespace rocketmq::net
