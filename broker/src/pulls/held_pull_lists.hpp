#pragma once

#include <atomic>
#include <boost/intrusive/list.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "filter/expression_message_filter.hpp"
#include "rocketmq/remoting/access_guard.hpp"
#include "rocketmq/remoting/reply.hpp"
#include "rocketmq/store/queue_id.hpp"

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
  /// Who sent it; null without access control.
  remoting::CallerPtr caller = nullptr;
};

/// The held pulls, each in three lists: that of its queue, that of its channel, and that of its
/// deadline. One pull comes or goes in bounded time. Not thread-safe, except for size():
/// PullHoldTable has the mutex.
class HeldPullLists {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Pulls = std::vector<HeldPull>;

 private:
  using Hook = boost::intrusive::list_member_hook<>;

 public:
  struct Queue;
  struct Peer;
  /// A pull in its lists.
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
  /// The pulls of one queue; those that have been tested least recently come first.
  struct Queue {
    List<&Node::of_queue> pulls;
    /// The highest tested_to of its pulls, and the first of those that have it, which are the last
    /// ones of the list; null when there are none.
    std::int64_t tested = 0;
    Node* first_tested = nullptr;
    const store::QueueId* key = nullptr;
    /// The work of testing a message against all of them, in pulls by tags.
    std::size_t weight = 0;
    /// The entry after the last one that was announced while there were too many to test
    /// immediately.
    std::int64_t announced = 0;
    /// The pool is looking after it.
    bool is_attended = false;

    /// Every pull has been tested against the messages below `end_offset`.
    void set_all_tested(std::int64_t end_offset);
  };
  /// The pulls of one channel, oldest first. Kept until the channel closes.
  struct Peer {
    List<&Node::of_peer> pulls;
  };
  using Queues = std::unordered_map<store::QueueId, Queue, store::QueueIdHash, store::QueueIdEqual>;

  explicit HeldPullLists(Time now) : began_(now), due_(slots) {}

  /// Any thread: arrivals are many, held pulls often none.
  std::size_t size() const { return size_.load(std::memory_order_relaxed); }
  Queue* find(std::string_view topic, std::int32_t queue_id);
  /// By topic and queue; none is empty, except between take() and forget_if_empty().
  Queues& queues() { return queues_; }

  Node& insert(HeldPull&& pull, std::int64_t tested_to);
  /// Its deadline counts as passed in the slot after the present one at the earliest.
  void postpone(Node& node);
  /// Takes a pull out. Its queue may be left empty: forget_if_empty().
  HeldPull take(Node& node);
  void forget_if_empty(Queue& queue);

  /// Takes out the oldest pull of the channel with most, for one of `channel`, which has at least
  /// two fewer. False when no channel is known to have that many.
  bool make_room(std::uint64_t channel, Pulls& taken);
  /// make_room() may walk all channels once more.
  void allow_search() { may_search_ = true; }
  /// Takes out up to `max` pulls of a channel that has closed. True when it has none any more.
  bool take_of_channel(std::uint64_t channel, std::size_t max, Pulls& taken);
  /// Takes out pulls whose deadline has passed until there are `max`. False when there are no more;
  /// the slot of `now` is looked through again next time.
  bool take_due(Time now, std::size_t max, Pulls& taken);
  void take_all(Pulls& taken);

 private:
  std::size_t count_of(std::uint64_t channel) const;
  std::size_t slot_of(Time at) const;
  void link_slot(Node& node, std::size_t earliest);
  Node& new_node(HeldPull&& pull);
  void link_queue(Node& node);

  /// Slots of the deadlines: more than the longest time for which a pull is held.
  static constexpr std::size_t slots = 2'048;
  static constexpr std::chrono::milliseconds slot_width{100};
  static constexpr std::size_t spare_max = 1'024;

  const Time began_;
  std::atomic<std::size_t> size_{0};
  Queues queues_;
  std::unordered_map<std::uint64_t, Peer> peers_;
  std::vector<List<&Node::of_slot>> due_;     // by slot of the deadline
  std::size_t next_slot_ = 0;                 // the earliest that may hold a due pull
  std::vector<std::unique_ptr<Node>> spare_;  // so that most pulls allocate none
  /// The channel that was seen with most pulls, searched for when allow_search() says so.
  std::uint64_t greediest_ = 0;
  bool may_search_ = true;
};

}  // namespace rocketmq::broker
