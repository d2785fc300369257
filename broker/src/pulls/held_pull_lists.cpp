#include "pulls/held_pull_lists.hpp"

#include <algorithm>
#include <utility>

namespace rocketmq::broker {
namespace {

/// The work of testing a message, in pulls by tags.
std::size_t weight_of(const ExpressionMessageFilter& filter) {
  return filter.needs_record() ? 2 + filter.subscription().sub_string.size() / 32 : 1;
}

}  // namespace

void HeldPullLists::Queue::set_all_tested(std::int64_t end_offset) {
  if (pulls.empty() || tested > end_offset) return;
  tested = end_offset;
  first_tested = &pulls.front();
}

HeldPullLists::Queue* HeldPullLists::find(std::string_view topic, std::int32_t queue_id) {
  const auto found = queues_.find(store::QueueIdView{topic, queue_id});
  return found == queues_.end() ? nullptr : &found->second;
}

std::size_t HeldPullLists::count_of(std::uint64_t channel) const {
  const auto peer = peers_.find(channel);
  return peer == peers_.end() ? 0 : peer->second.pulls.size();
}

std::size_t HeldPullLists::slot_of(Time at) const {
  return static_cast<std::size_t>(std::max<Time::rep>(0, (at - began_) / slot_width));
}

/// Into the slot of its deadline, but no earlier one than `earliest`.
void HeldPullLists::link_slot(Node& node, std::size_t earliest) {
  node.slot = std::max(slot_of(node.pull.deadline), earliest) % slots;
  due_[node.slot].push_back(node);
}

HeldPullLists::Node& HeldPullLists::new_node(HeldPull&& pull) {
  std::unique_ptr<Node> node;
  if (spare_.empty()) {
    node = std::make_unique<Node>(Node{.pull = std::move(pull)});
  } else {
    node = std::move(spare_.back());
    spare_.pop_back();
    node->pull = std::move(pull);
  }
  return *node.release();
}

/// After those that have been tested as little, before those that have been tested further:
/// attending to a queue stops at the first that has been tested against everything.
void HeldPullLists::link_queue(Node& node) {
  Queue& queue = *node.queue;
  if (queue.pulls.empty() || node.tested_to > queue.tested) {
    queue.tested = node.tested_to;
    queue.first_tested = &node;
  } else if (node.tested_to < queue.tested && queue.first_tested != nullptr) {
    queue.pulls.insert(queue.pulls.iterator_to(*queue.first_tested), node);
    return;
  } else if (node.tested_to == queue.tested && queue.first_tested == nullptr) {
    queue.first_tested = &node;
  }
  queue.pulls.push_back(node);
}

HeldPullLists::Node& HeldPullLists::insert(HeldPull&& pull, std::int64_t tested_to) {
  const std::uint64_t channel = pull.channel;
  auto queue = queues_.find(store::QueueIdView{pull.topic, pull.queue_id});
  if (queue == queues_.end()) {
    queue = queues_.try_emplace(store::QueueId{pull.topic, pull.queue_id}).first;
    queue->second.key = &queue->first;
  }
  Node& node = new_node(std::move(pull));
  node.queue = &queue->second;
  node.tested_to = tested_to;
  node.weight = weight_of(node.pull.filter);
  node.queue->weight += node.weight;
  link_queue(node);
  node.peer = nullptr;
  if (channel != 0) {
    node.peer = &peers_[channel];
    node.peer->pulls.push_back(node);
    if (channel != greediest_ && node.peer->pulls.size() > count_of(greediest_))
      greediest_ = channel;
  }
  link_slot(node, next_slot_);
  ++size_;
  return node;
}

void HeldPullLists::postpone(Node& node) {
  due_[node.slot].erase(due_[node.slot].iterator_to(node));
  link_slot(node, next_slot_ + 1);
}

HeldPull HeldPullLists::take(Node& node) {
  HeldPull pull = std::move(node.pull);
  Queue& queue = *node.queue;
  queue.weight -= node.weight;
  const auto behind = queue.pulls.erase(queue.pulls.iterator_to(node));
  if (queue.first_tested == &node)
    queue.first_tested = behind == queue.pulls.end() ? nullptr : &*behind;
  if (node.peer != nullptr) node.peer->pulls.erase(node.peer->pulls.iterator_to(node));
  due_[node.slot].erase(due_[node.slot].iterator_to(node));
  std::unique_ptr<Node> owned(&node);
  if (spare_.size() < spare_max) spare_.push_back(std::move(owned));
  --size_;
  return pull;
}

void HeldPullLists::forget_if_empty(Queue& queue) {
  if (queue.pulls.empty()) queues_.erase(queues_.find(*queue.key));
}

bool HeldPullLists::make_room(std::uint64_t channel, Pulls& taken) {
  if (channel == 0) return false;
  const std::size_t wanted = count_of(channel) + 2;
  if (count_of(greediest_) < wanted && std::exchange(may_search_, false)) {
    for (const auto& [id, peer] : peers_) {
      if (peer.pulls.size() > count_of(greediest_)) greediest_ = id;
    }
  }
  if (count_of(greediest_) < wanted) return false;
  Node& oldest = peers_.find(greediest_)->second.pulls.front();
  Queue& queue = *oldest.queue;
  taken.push_back(take(oldest));
  forget_if_empty(queue);
  return true;
}

bool HeldPullLists::take_of_channel(std::uint64_t channel, std::size_t max, Pulls& taken) {
  const auto peer = peers_.find(channel);
  if (peer == peers_.end()) return true;
  auto& pulls = peer->second.pulls;
  while (!pulls.empty() && taken.size() < max) {
    Queue& queue = *pulls.front().queue;
    taken.push_back(take(pulls.front()));
    forget_if_empty(queue);
  }
  if (!pulls.empty()) return false;
  peers_.erase(peer);
  return true;
}

bool HeldPullLists::take_due(Time now, std::size_t max, Pulls& taken) {
  const std::size_t last = slot_of(now);
  for (;; ++next_slot_) {
    auto& list = due_[next_slot_ % slots];
    for (auto at = list.begin(); at != list.end();) {
      Node& node = *at++;
      if (node.pull.deadline > now) continue;
      if (taken.size() >= max) return true;
      Queue& queue = *node.queue;
      taken.push_back(take(node));
      forget_if_empty(queue);
    }
    if (next_slot_ >= last) return false;
  }
}

void HeldPullLists::take_all(Pulls& taken) {
  taken.reserve(taken.size() + size());
  for (auto& [key, queue] : queues_) {
    while (!queue.pulls.empty()) taken.push_back(take(queue.pulls.front()));
  }
  queues_.clear();
  peers_.clear();
}

}  // namespace rocketmq::broker
