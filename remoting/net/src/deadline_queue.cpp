#include "rocketmq/net/deadline_queue.hpp"

#include <utility>

namespace rocketmq::net {

DeadlineQueue::DeadlineQueue(std::function<void(SteadyTime)> arm_timer)
    : arm_timer_(std::move(arm_timer)) {}

DeadlineQueue::Handle DeadlineQueue::add(SteadyTime at, DeadlineOwner& owner, std::int64_t token) {
  // Time-outs are mostly alike, so a new deadline mostly is the last one.
  Handle handle;
  if (spare_.empty()) {
    handle = entries_.emplace_hint(entries_.end(), at, Entry{&owner, token});
  } else {
    Entries::node_type entry = std::move(spare_.back());
    spare_.pop_back();
    entry.key() = at;
    entry.mapped() = {&owner, token};
    handle = entries_.insert(entries_.end(), std::move(entry));
  }
  if (at < armed_for_) arm();
  return handle;
}

void DeadlineQueue::remove(Handle handle) {
  if (spare_.size() < spare_max) {
    spare_.push_back(entries_.extract(handle));
  } else {
    entries_.erase(handle);
  }
}

void DeadlineQueue::expire(SteadyTime now) {
  armed_for_ = SteadyTime::max();
  // One at a time: an owner may add and remove deadlines while it is called.
  while (!entries_.empty() && entries_.begin()->first <= now) {
    const Entry due = entries_.begin()->second;
    entries_.erase(entries_.begin());
    due.owner->on_deadline(due.token);
  }
}

void DeadlineQueue::rearm() {
  if (!entries_.empty() && entries_.begin()->first < armed_for_) arm();
}

void DeadlineQueue::arm() {
  if (is_shut_down_) return;
  armed_for_ = entries_.begin()->first;
  arm_timer_(armed_for_);
}

}  // namespace rocketmq::net
