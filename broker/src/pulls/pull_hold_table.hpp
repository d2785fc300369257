#pragma once

#include <array>
#include <atomic>
#include <boost/intrusive/list.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "filter/expression_message_filter.hpp"
#include "rocketmq/common/clock.hpp"
#include "rocketmq/common/worker_pool.hpp"
#include "rocketmq/remoting/reply.hpp"
#include "rocketmq/store/message_arrival.hpp"
#include "rocketmq/store/message_reader.hpp"

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
  /// Id of the channel that it came from; 0 is none.
  std::uint64_t channel = 0;
};

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
  std::size_t size() const { return size_.load(std::memory_order_relaxed); }

  static constexpr std::chrono::milliseconds sweep_period{5'000};
  /// Pulls that the waking thread runs again by itself; more go to the pool.
  static constexpr std::size_t reruns_inline_max = 8;
  /// Pulls in one task of the pool, and in one look under the mutex.
  static constexpr std::size_t slice = 64;
  /// Pulls by tags, or as much work by expressions, that are tested where a message is dispatched.
  static constexpr std::size_t tests_inline_max = 64;

 private:
  using Hook = boost::intrusive::list_member_hook<>;
  using Time = std::chrono::steady_clock::time_point;
  struct Queue;
  struct Peer;
  /// A pull in its three lists.
  struct Node {
    HeldPull pull;
    Queue* queue = nullptr;
    Peer* peer = nullptr;  // null for a pull of no channel
    /// Messages below this offset have been tested.
    std::int64_t tested_to = 0;
    std::size_t weight = 1;
    std::size_t slot = 0;
    Hook of_queue;
    Hook of_peer;
    Hook of_slot;
  };
  template <Hook Node::*hook>
  using List = boost::intrusive::list<Node, boost::intrusive::member_hook<Node, Hook, hook>>;
  using SlotList = List<&Node::of_slot>;
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
  /// The pulls of one queue; those that have been tested least recently come first.
  struct Queue {
    List<&Node::of_queue> pulls;
    /// The highest tested_to of its pulls, and the first of those that have it, which are the last
    /// ones of the list; null when there are none.
    std::int64_t tested = 0;
    Node* first_tested = nullptr;
    const Key* key = nullptr;
    /// The work of testing a message against all of them, in pulls by tags.
    std::size_t weight = 0;
    /// The entry after the last one that was announced while there were too many to test
    /// immediately.
    std::int64_t announced = 0;
    /// The pool is looking after it.
    bool is_attended = false;
  };
  /// The pulls of one channel, oldest first. Kept until the channel closes.
  struct Peer {
    List<&Node::of_peer> pulls;
  };
  using Table = std::unordered_map<Key, Queue, KeyHash, KeyEqual>;
  using Pulls = std::vector<HeldPull>;

  // The following need mutex_.
  std::size_t count_of(std::uint64_t channel) const;
  std::size_t slot_of(Time at) const;
  void link_slot(Node& node, std::size_t earliest);
  Node& new_node(HeldPull&& pull);
  Node& insert(HeldPull&& pull, std::int64_t tested_to);
  void link_queue(Node& node);
  HeldPull take(Node& node);
  void forget_if_empty(Queue& queue);
  bool make_room(std::uint64_t channel, Pulls& woken);
  void test_inline(Queue& queue, const store::MessageArrival& message, Pulls& woken);
  bool look_again(std::string_view topic, std::int32_t queue_id, std::int64_t max_offset,
                  Pulls& woken);
  bool take_due(Time now, Pulls& woken);
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

  /// Slots of the deadlines: more than the longest time for which a pull is held.
  static constexpr std::size_t slots = 2'048;
  static constexpr std::chrono::milliseconds slot_width{100};
  static constexpr std::size_t spare_max = 1'024;
  static constexpr std::size_t buckets_at_once = 256;

  const Clock& clock_;
  const store::MessageReader& store_;
  const std::size_t held_max_;
  const Time began_;
  Rerun rerun_;
  WorkerPool* pool_ = nullptr;
  /// Changed under mutex_, read without: arrivals are many, held pulls often none.
  std::atomic<std::size_t> size_{0};
  std::mutex mutex_;
  Table held_;                                     // guarded by mutex_; no queue is empty
  std::unordered_map<std::uint64_t, Peer> peers_;  // guarded by mutex_
  std::vector<SlotList> due_;                      // guarded by mutex_; by slot of the deadline
  std::vector<std::unique_ptr<Node>> spare_;       // guarded by mutex_
  std::unordered_set<Key, KeyHash, KeyEqual>
      unattended_;                      // guarded by mutex_; the pool had no room for them
  std::vector<std::uint64_t> leaving_;  // guarded by mutex_; closed channels that have pulls left
  /// guarded by mutex_; the channel that was seen with most pulls, searched for once a tick at
  /// most.
  std::uint64_t greediest_ = 0;
  bool may_search_ = true;     // guarded by mutex_
  bool closed_ = false;        // guarded by mutex_
  std::size_t next_slot_ = 0;  // guarded by mutex_; the earliest that may hold a due pull
  Time next_sweep_{};          // owned by tick()
};

}  // namespace rocketmq::broker
