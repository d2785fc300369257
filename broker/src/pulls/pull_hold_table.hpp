#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "pulls/held_pull_lists.hpp"
#include "rocketmq/common/clock.hpp"
#include "rocketmq/common/worker_pool.hpp"
#include "rocketmq/store/message_arrival.hpp"
#include "rocketmq/store/message_reader.hpp"

namespace rocketmq::broker {

/// Pulls that found nothing yet, waiting for a message that their filter takes, or for their
/// deadline (spec/broker.md §8.3). Runs on: hold(), forget() and arrived() on any thread (mutex_),
/// tick() on `housekeeping`.
///
/// A message that arrives is tested by the thread that dispatches it against the few pulls that a
/// queue usually has, and that thread runs the few again that it wakes. Where there are more, the
/// pool does it, a slice at a time, so that neither the dispatch of the messages after this one
/// nor a thread that needs the mutex waits for them.
///
/// Bounded: `held_max` pulls. When the table is full, the channel with most pulls loses its
/// oldest one to a channel that has fewer; otherwise hold() gives the pull back, for a response
/// now. Pulls end with their channel.
class PullHoldTable {
 public:
  /// Runs a pull again and replies, whatever it finds.
  using Rerun = std::function<void(HeldPull)>;

  /// `clock` and `store` must outlive the table.
  PullHoldTable(const Clock& clock, const store::MessageReader& store, std::size_t held_max);
  ~PullHoldTable();

  /// Set before start. `pool` must be stopped before the table is destroyed; without one, every
  /// pull is run again by the thread that wakes it.
  void on_wake(Rerun rerun, WorkerPool* pool = nullptr) {
    rerun_ = std::move(rerun);
    pool_ = pool;
  }

  /// Keeps the pull; true when it was taken (and perhaps has its response already, because a
  /// message arrived meanwhile). False when there is no room for it or the table is closed: `pull`
  /// is as it was.
  bool hold(HeldPull& pull);
  /// Drops the pulls of a channel that has closed; of many, some at the next tick.
  void forget(std::uint64_t channel);
  /// Wakes the pulls that wait for this message.
  void arrived(const store::MessageArrival& message);
  /// Wakes the pulls of a topic that is no more.
  void topic_deleted(std::string_view topic);
  /// Wakes the pulls whose deadline has passed. Every `sweep_period` it also looks after each
  /// queue, in case a message became readable without an arrival.
  void tick();
  /// Drops every held pull without a response and takes no more: their connections are closed.
  void close();
  std::size_t size() const { return lists_.size(); }

  static constexpr std::chrono::milliseconds sweep_period{5'000};
  /// Pulls that the waking thread runs again by itself; more go to the pool.
  static constexpr std::size_t reruns_inline_max = 8;
  /// Pulls in one task of the pool, and in one look under the mutex.
  static constexpr std::size_t slice = 64;
  /// Pulls by tags, or as much work by expressions, that are tested where a message is dispatched.
  static constexpr std::size_t tests_inline_max = 64;

 private:
  using Time = HeldPullLists::Time;
  using Pulls = HeldPullLists::Pulls;
  using Node = HeldPullLists::Node;
  using Queue = HeldPullLists::Queue;
  using Key = store::QueueId;
  using Keys = std::unordered_set<Key, store::QueueIdHash, store::QueueIdEqual>;

  // The following need mutex_.
  void test_inline(Queue& queue, const store::MessageArrival& message, Pulls& woken);
  bool look_again(std::string_view topic, std::int32_t queue_id, std::int64_t max_offset,
                  Pulls& woken);
  bool sweep_buckets(std::size_t& bucket, Pulls& woken);

  bool forget_some(std::uint64_t channel);
  void wake_due(Time now);
  void sweep();
  void attend_later(const Key& key);
  void attend(const Key& key);
  bool attend_slice(const Key& key, Pulls& woken);
  bool is_wanted(const HeldPull& pull, std::int64_t tested_to, std::int64_t announced) const;
  void rerun(Pulls woken);
  void rerun_all(Pulls& woken);
  void put_back(Pulls& woken);

  static constexpr std::size_t buckets_at_once = 256;

  const Clock& clock_;
  const store::MessageReader& store_;
  const std::size_t held_max_;
  Rerun rerun_;
  WorkerPool* pool_ = nullptr;
  std::mutex mutex_;
  HeldPullLists lists_;                 // guarded by mutex_
  Keys unattended_;                     // guarded by mutex_; the pool had no room for them
  std::vector<std::uint64_t> leaving_;  // guarded by mutex_; closed channels that have pulls left
  bool closed_ = false;                 // guarded by mutex_
  Time next_sweep_{};                   // owned by tick()
};

}  // namespace rocketmq::broker
