#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "filter/expression_message_filter.hpp"
#include "rocketmq/common/clock.hpp"
#include "rocketmq/remoting/reply.hpp"
#include "rocketmq/remoting/worker_pool.hpp"
#include "rocketmq/store/message_store.hpp"

namespace rocketmq::broker {

/// A pull that found nothing, with everything that is needed to run it again.
struct HeldPull {
  std::string group;
  std::string topic;
  std::int32_t queue_id = 0;
  std::int64_t queue_offset = 0;
  std::int32_t count_max = 0;
  std::int64_t broker_id = 0;
  std::int64_t which_broker_when_slow = 1;
  ExpressionMessageFilter filter;
  remoting::Reply reply;
  std::chrono::steady_clock::time_point deadline;
};

/// Pulls that found nothing yet, waiting for a message that their filter takes, or for their
/// deadline (broker.md §8.3). Runs on: hold() and arrived() on any thread (mutex_), tick() on
/// `housekeeping`. The few pulls that a message usually wakes are run again on the thread that woke
/// them, without the lock; when they are many, by the pool, so that the dispatch of the messages
/// behind this one does not wait for them. Bounded: at most `held_max` pulls; beyond that hold()
/// gives the pull back, to be answered at once.
class PullHoldTable {
 public:
  /// Runs a pull again and answers it, whatever it finds.
  using Rerun = std::function<void(HeldPull)>;

  /// `clock` and `store` must outlive the table.
  PullHoldTable(const Clock& clock, const store::MessageStore& store, std::size_t held_max)
      : clock_(clock), store_(store), held_max_(held_max) {}

  /// Set before start. `pool` must be stopped before the table is destroyed; without one, every
  /// pull is run again by the thread that wakes it.
  void on_wake(Rerun rerun, remoting::WorkerPool* pool = nullptr) {
    rerun_ = std::move(rerun);
    pool_ = pool;
  }

  /// Keeps the pull; true when it was taken (and perhaps answered already, because a message
  /// arrived meanwhile). False when the table is full or closed: `pull` is as it was.
  bool hold(HeldPull& pull);
  /// Wakes the pulls that wait for this message.
  void arrived(const store::MessageArrival& message);
  /// Wakes the pulls whose deadline has passed. Every `sweep_period` it also looks after each
  /// queue, in case a message became readable without an arrival.
  void tick();
  /// Drops every held pull unanswered and takes no more: their connections are closed.
  void close();
  std::size_t size() const { return size_.load(std::memory_order_relaxed); }

  static constexpr std::chrono::milliseconds sweep_period{5'000};
  /// Pulls that the waking thread runs again by itself; more go to the pool.
  static constexpr std::size_t reruns_inline_max = 8;
  /// Pulls in one task of the pool.
  static constexpr std::size_t reruns_per_task = 64;

 private:
  struct Key {
    std::string topic;
    std::int32_t queue_id;
  };
  struct KeyView {
    std::string_view topic;
    std::int32_t queue_id;
  };
  struct KeyHash {
    using is_transparent = void;
    template <class K>
    std::size_t operator()(const K& key) const noexcept {
      return std::hash<std::string_view>{}(key.topic) * 31 + static_cast<std::size_t>(key.queue_id);
    }
  };
  struct KeyEqual {
    using is_transparent = void;
    template <class A, class B>
    bool operator()(const A& a, const B& b) const noexcept {
      return a.queue_id == b.queue_id && a.topic == b.topic;
    }
  };
  using Table = std::unordered_map<Key, std::vector<HeldPull>, KeyHash, KeyEqual>;

  /// Moves the pulls of one queue for which `wanted` holds to `woken`. Needs mutex_.
  template <class Wanted>
  void take(std::vector<HeldPull>& pulls, Wanted wanted, std::vector<HeldPull>& woken);
  template <class Wanted>
  void take_from(std::string_view topic, std::int32_t queue_id, Wanted wanted,
                 std::vector<HeldPull>& woken);
  void sweep(std::vector<HeldPull>& woken);
  void rerun(std::vector<HeldPull> woken);
  void rerun_all(std::vector<HeldPull>& woken);

  const Clock& clock_;
  const store::MessageStore& store_;
  const std::size_t held_max_;
  Rerun rerun_;
  remoting::WorkerPool* pool_ = nullptr;
  /// Changed under mutex_, read without: arrivals are many, held pulls often none.
  std::atomic<std::size_t> size_{0};
  std::mutex mutex_;
  Table held_;                                          // guarded by mutex_
  bool closed_ = false;                                 // guarded by mutex_
  std::chrono::steady_clock::time_point next_sweep_{};  // guarded by mutex_
  std::chrono::steady_clock::time_point
      next_deadline_ =  // guarded by mutex_; no held pull is due before
      std::chrono::steady_clock::time_point::max();
};

}  // namespace rocketmq::broker
