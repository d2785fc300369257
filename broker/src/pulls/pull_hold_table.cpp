#include "pulls/pull_hold_table.hpp"

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

namespace rocketmq::broker {

namespace {

/// Slices that one task of the pool looks after before others get its thread.
constexpr int slices_per_task = 16;
/// Pulls that are taken out under the mutex in a row.
constexpr std::size_t taken_at_once_max = 1'024;

}  // namespace

PullHoldTable::PullHoldTable(const Clock& clock, const store::MessageReader& store,
                             std::size_t held_max)
    : clock_(clock), store_(store), held_max_(held_max), lists_(clock.steady_now()) {}

PullHoldTable::~PullHoldTable() { close(); }

// --- holding and letting go

bool PullHoldTable::hold(HeldPull& pull) {
  const std::string topic = pull.topic;
  const std::int32_t queue_id = pull.queue_id;
  const std::int64_t queue_offset = pull.queue_offset;
  Pulls woken;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return false;
    // Looked at under the mutex: a channel that closes later is forgotten later.
    if (pull.reply.is_peer_gone()) {
      pull.reply.drop();
      return true;
    }
    if (lists_.size() >= held_max_ && !lists_.make_room(pull.channel, woken)) return false;
    lists_.insert(std::move(pull), queue_offset);
  }
  // A message that became readable between the pull's look at the queue and now had no pull to
  // wake: look again. The fence and the one in arrived() see to it that one of the two sides
  // notices the other.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  const std::int64_t max_offset = store_.queue_bounds(topic, queue_id).max_offset;
  bool begins_to_attend = false;
  if (max_offset > queue_offset) {
    const std::lock_guard lock(mutex_);
    begins_to_attend = look_again(topic, queue_id, max_offset, woken);
  }
  if (begins_to_attend) attend_later({topic, queue_id});
  rerun(std::move(woken));
  return true;
}

/// Wakes the pulls of a queue for which there is an entry below `max_offset`. True when they are so
/// many that the queue has to be attended.
bool PullHoldTable::look_again(std::string_view topic, std::int32_t queue_id,
                               std::int64_t max_offset, Pulls& woken) {
  Queue* const found = lists_.find(topic, queue_id);
  if (found == nullptr) return false;
  Queue& queue = *found;
  if (queue.is_attended || queue.weight > tests_inline_max) {
    queue.announced = std::max(queue.announced, max_offset);
    return !std::exchange(queue.is_attended, true);
  }
  for (auto at = queue.pulls.begin(); at != queue.pulls.end();) {
    Node& node = *at++;
    if (node.tested_to < max_offset) woken.push_back(lists_.take(node));
  }
  lists_.forget_if_empty(queue);
  return false;
}

void PullHoldTable::forget(std::uint64_t channel) {
  if (forget_some(channel)) return;
  // A connection's thread is not kept by the rest: they have no peer, and do nothing when they
  // wake.
  const std::lock_guard lock(mutex_);
  leaving_.push_back(channel);
}

/// True when the channel has no pulls any more.
bool PullHoldTable::forget_some(std::uint64_t channel) {
  Pulls dropped;
  bool is_done = false;
  {
    const std::lock_guard lock(mutex_);
    is_done = lists_.take_of_channel(channel, taken_at_once_max, dropped);
  }
  for (HeldPull& pull : dropped) pull.reply.drop();
  return is_done;
}

void PullHoldTable::close() {
  Pulls dropped;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    lists_.take_all(dropped);
    unattended_.clear();
  }
  for (HeldPull& pull : dropped) pull.reply.drop();
}

void PullHoldTable::topic_deleted(std::string_view topic) {
  Pulls woken;
  {
    const std::lock_guard lock(mutex_);
    for (auto next = lists_.queues().begin(); next != lists_.queues().end();) {
      auto& [key, queue] = *next++;
      if (key.topic != topic) continue;
      while (!queue.pulls.empty()) woken.push_back(lists_.take(queue.pulls.front()));
      lists_.forget_if_empty(queue);
    }
  }
  rerun(std::move(woken));
}

// --- messages that arrive

void PullHoldTable::arrived(const store::MessageArrival& message) {
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (lists_.size() == 0) return;
  Pulls woken;
  bool begins_to_attend = false;
  {
    const std::lock_guard lock(mutex_);
    Queue* const found = lists_.find(message.topic, message.queue_id);
    if (found == nullptr) return;
    Queue& queue = *found;
    // While the pool attends to the queue, some of its pulls have not been tested against earlier
    // messages, and others are outside.
    if (!queue.is_attended && queue.weight <= tests_inline_max) {
      test_inline(queue, message, woken);
    } else {
      queue.announced = std::max(queue.announced, message.queue_offset + 1);
      begins_to_attend = !std::exchange(queue.is_attended, true);
    }
  }
  if (begins_to_attend) attend_later({std::string(message.topic), message.queue_id});
  rerun(std::move(woken));
}

void PullHoldTable::test_inline(Queue& queue, const store::MessageArrival& message, Pulls& woken) {
  for (auto at = queue.pulls.begin(); at != queue.pulls.end();) {
    Node& node = *at++;
    if (node.pull.queue_offset > message.queue_offset) continue;
    if (node.pull.filter.matches_arrival(message)) {
      woken.push_back(lists_.take(node));
    } else {
      node.tested_to = std::max(node.tested_to, message.queue_offset + 1);
    }
  }
  queue.set_all_tested(message.queue_offset + 1);
  lists_.forget_if_empty(queue);
}

// --- queues with many pulls

void PullHoldTable::attend_later(const Key& key) {
  if (pool_ == nullptr) return attend(key);
  const auto wait_for_tick = [this](const Key& left) {
    const std::lock_guard lock(mutex_);
    if (!closed_) unattended_.insert(left);
  };
  const bool posted =
      pool_->post(WorkerPool::owners_lane, [this, key, wait_for_tick](WorkerPool::Fate fate) {
        if (fate == WorkerPool::Fate::Run) {
          attend(key);
        } else {
          wait_for_tick(key);
        }
      });
  if (!posted) wait_for_tick(key);
}

void PullHoldTable::attend(const Key& key) {
  for (int slices = 0; slices < slices_per_task || pool_ == nullptr; ++slices) {
    Pulls woken;
    const bool has_more = attend_slice(key, woken);
    rerun_all(woken);
    if (!has_more) return;
  }
  attend_later(key);
}

/// Tests the pulls of a queue that were tested least recently, outside the table and without the
/// mutex. False when all have been tested.
bool PullHoldTable::attend_slice(const Key& key, Pulls& woken) {
  struct Candidate {
    HeldPull pull;
    std::int64_t tested_to;
  };
  std::vector<Candidate> candidates;
  // What came while the last slice was outside has not been tested against it. The fence pairs with
  // that of arrived(), as in hold().
  std::atomic_thread_fence(std::memory_order_seq_cst);
  std::int64_t announced = store_.queue_bounds(key.topic, key.queue_id).max_offset;
  {
    const std::lock_guard lock(mutex_);
    Queue* const found = lists_.find(key.topic, key.queue_id);
    if (found == nullptr) return false;
    Queue& queue = *found;
    announced = std::max(announced, queue.announced);
    while (candidates.size() < slice && !queue.pulls.empty() &&
           queue.pulls.front().tested_to < announced) {
      Node& node = queue.pulls.front();
      const std::int64_t tested_to = node.tested_to;
      candidates.push_back({lists_.take(node), tested_to});
    }
    if (candidates.empty()) {
      queue.is_attended = false;
      return false;
    }
    // Kept, though it may be empty for a moment: it is attended.
    queue.is_attended = true;
  }
  std::vector<Candidate> kept;
  for (Candidate& candidate : candidates) {
    if (candidate.pull.reply.is_peer_gone()) {
      candidate.pull.reply.drop();
    } else if (is_wanted(candidate.pull, candidate.tested_to, announced)) {
      woken.push_back(std::move(candidate.pull));
    } else {
      candidate.tested_to = announced;
      kept.push_back(std::move(candidate));
    }
  }
  const std::lock_guard lock(mutex_);
  for (Candidate& candidate : kept) {
    if (closed_ || candidate.pull.reply.is_peer_gone()) {
      candidate.pull.reply.drop();
    } else {
      lists_.insert(std::move(candidate.pull), candidate.tested_to).queue->is_attended = true;
    }
  }
  if (Queue* const queue = lists_.find(key.topic, key.queue_id); queue != nullptr)
    lists_.forget_if_empty(*queue);
  return true;
}

/// Whether an entry from `tested_to` on, and below `announced`, wakes the pull.
bool PullHoldTable::is_wanted(const HeldPull& pull, std::int64_t tested_to,
                              std::int64_t announced) const {
  if (pull.queue_offset >= announced) return false;
  if (pull.filter.matches_all()) return true;
  std::int64_t at = std::max(pull.queue_offset, tested_to);
  while (at < announced) {
    const auto found = store_.get({.topic = pull.topic,
                                   .queue_id = pull.queue_id,
                                   .queue_offset = at,
                                   .count_max = 1,
                                   .filter = &pull.filter,
                                   .only_from_memory = true});
    const bool goes_on = found.status == store::GetStatus::NoMatchedMessage &&
                         !found.stopped_at_disk && found.next_begin_offset > at;
    // Anything else than no match is for the pull itself to find out.
    if (!goes_on) return true;
    at = found.next_begin_offset;
  }
  return false;
}

// --- waking

void PullHoldTable::tick() {
  const Time now = clock_.steady_now();
  Keys unattended;
  std::vector<std::uint64_t> leaving;
  {
    const std::lock_guard lock(mutex_);
    lists_.allow_search();
    unattended.swap(unattended_);
    leaving.swap(leaving_);
  }
  for (const std::uint64_t channel : leaving) {
    while (!forget_some(channel)) continue;
  }
  for (const Key& key : unattended) attend_later(key);
  if (now >= next_sweep_) {
    next_sweep_ = now + sweep_period;
    sweep();
  }
  wake_due(now);
}

void PullHoldTable::wake_due(Time now) {
  for (bool has_more = true; has_more;) {
    Pulls woken;
    {
      const std::lock_guard lock(mutex_);
      has_more = lists_.take_due(now, taken_at_once_max, woken);
    }
    rerun(std::move(woken));
  }
}

void PullHoldTable::sweep() {
  // Pulls that come back because the pool is full must not be taken again and again.
  const std::size_t taken_max = size();
  std::size_t taken = 0;
  std::size_t bucket = 0;
  for (bool has_more = true; has_more && taken < taken_max;) {
    Pulls woken;
    {
      const std::lock_guard lock(mutex_);
      has_more = sweep_buckets(bucket, woken);
    }
    taken += woken.size();
    rerun(std::move(woken));
  }
}

/// Looks after the queues of some buckets, from `bucket` on. False after the last one. A queue that
/// moves to another bucket meanwhile may be missed, until the next sweep.
bool PullHoldTable::sweep_buckets(std::size_t& bucket, Pulls& woken) {
  std::vector<Queue*> queues;
  const std::size_t end = std::min(bucket + buckets_at_once, lists_.queues().bucket_count());
  for (std::size_t at = bucket; at < end; ++at) {
    for (auto queue = lists_.queues().begin(at); queue != lists_.queues().end(at); ++queue)
      queues.push_back(&queue->second);
  }
  for (Queue* const queue : queues) {
    const std::int64_t max_offset =
        store_.queue_bounds(queue->key->topic, queue->key->queue_id).max_offset;
    for (auto at = queue->pulls.begin(); at != queue->pulls.end();) {
      Node& node = *at++;
      if (max_offset <= node.pull.queue_offset) continue;
      woken.push_back(lists_.take(node));
      if (woken.size() < taken_at_once_max) continue;
      lists_.forget_if_empty(*queue);
      return true;  // these buckets again
    }
    lists_.forget_if_empty(*queue);
  }
  bucket = end;
  return bucket < lists_.queues().bucket_count();
}

void PullHoldTable::rerun_all(Pulls& woken) {
  for (auto& pull : woken) rerun_(std::move(pull));
}

void PullHoldTable::rerun(Pulls woken) {
  if (pool_ == nullptr || woken.size() <= reruns_inline_max) return rerun_all(woken);
  for (std::size_t begin = 0; begin < woken.size(); begin += slice) {
    const std::size_t end = std::min(begin + slice, woken.size());
    // Shared, so that the pulls are still at hand when the pool refuses the task.
    const auto task =
        std::make_shared<Pulls>(std::make_move_iterator(woken.begin() + std::ptrdiff_t(begin)),
                                std::make_move_iterator(woken.begin() + std::ptrdiff_t(end)));
    const bool posted = pool_->post(WorkerPool::owners_lane, [this, task](WorkerPool::Fate fate) {
      if (fate == WorkerPool::Fate::Run) {
        rerun_all(*task);
      } else {
        put_back(*task);
      }
    });
    if (!posted) put_back(*task);
  }
}

/// Holds pulls again for which the pool has no room. The next tick looks after them.
void PullHoldTable::put_back(Pulls& woken) {
  const std::lock_guard lock(mutex_);
  for (HeldPull& pull : woken) {
    if (closed_ || pull.reply.is_peer_gone()) {
      pull.reply.drop();
      continue;
    }
    const std::int64_t queue_offset = pull.queue_offset;
    Node& node = lists_.insert(std::move(pull), queue_offset);
    // One that is due is not taken again before the next slot, or this would have no end.
    lists_.postpone(node);
    Queue& queue = *node.queue;
    queue.announced = std::max(queue.announced, queue_offset + 1);
    if (!std::exchange(queue.is_attended, true)) unattended_.insert(*queue.key);
  }
}

}  // namespace rocketmq::broker
