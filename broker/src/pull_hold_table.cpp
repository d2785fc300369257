#include "pull_hold_table.hpp"

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

namespace rocketmq::broker {

template <class Wanted>
void PullHoldTable::take(std::vector<HeldPull>& pulls, Wanted wanted,
                         std::vector<HeldPull>& woken) {
  const auto kept_end = std::stable_partition(pulls.begin(), pulls.end(),
                                              [&](const HeldPull& pull) { return !wanted(pull); });
  const auto count = static_cast<std::size_t>(pulls.end() - kept_end);
  if (count == 0) return;
  std::move(kept_end, pulls.end(), std::back_inserter(woken));
  pulls.erase(kept_end, pulls.end());
  size_ -= count;
}

template <class Wanted>
void PullHoldTable::take_from(std::string_view topic, std::int32_t queue_id, Wanted wanted,
                              std::vector<HeldPull>& woken) {
  const std::lock_guard lock(mutex_);
  const auto queue = held_.find(KeyView{topic, queue_id});
  if (queue == held_.end()) return;
  take(queue->second, wanted, woken);
  if (queue->second.empty()) held_.erase(queue);
}

bool PullHoldTable::hold(HeldPull& pull) {
  const std::string topic = pull.topic;
  const std::int32_t queue_id = pull.queue_id;
  const std::int64_t queue_offset = pull.queue_offset;
  {
    const std::lock_guard lock(mutex_);
    if (closed_ || size_.load() >= held_max_) return false;
    next_deadline_ = std::min(next_deadline_, pull.deadline);
    auto queue = held_.find(KeyView{topic, queue_id});
    if (queue == held_.end())
      queue = held_.emplace(Key{topic, queue_id}, std::vector<HeldPull>()).first;
    queue->second.push_back(std::move(pull));
    ++size_;
  }
  // A message that became readable between the pull's look at the queue and now had nobody to wake:
  // look again. The fence and the one in arrived() see to it that one of the two sides notices the
  // other.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (store_.queue_bounds(topic, queue_id).max_offset > queue_offset) {
    std::vector<HeldPull> woken;
    take_from(
        topic, queue_id, [&](const HeldPull& held) { return held.queue_offset == queue_offset; },
        woken);
    rerun(std::move(woken));
  }
  return true;
}

void PullHoldTable::arrived(const store::MessageArrival& message) {
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (size_.load(std::memory_order_relaxed) == 0) return;
  std::vector<HeldPull> woken;
  take_from(
      message.topic, message.queue_id,
      [&](const HeldPull& held) {
        return held.queue_offset <= message.queue_offset && held.filter.matches_arrival(message);
      },
      woken);
  rerun(std::move(woken));
}

void PullHoldTable::tick() {
  std::vector<HeldPull> woken;
  {
    const std::lock_guard lock(mutex_);
    const auto now = clock_.steady_now();
    if (now >= next_sweep_) {
      next_sweep_ = now + sweep_period;
      sweep(woken);
    }
    if (now >= next_deadline_) {
      next_deadline_ = std::chrono::steady_clock::time_point::max();
      for (auto queue = held_.begin(); queue != held_.end();) {
        take(
            queue->second, [now](const HeldPull& held) { return now >= held.deadline; }, woken);
        for (const auto& held : queue->second)
          next_deadline_ = std::min(next_deadline_, held.deadline);
        queue = queue->second.empty() ? held_.erase(queue) : std::next(queue);
      }
    }
  }
  rerun(std::move(woken));
}

void PullHoldTable::sweep(std::vector<HeldPull>& woken) {
  for (auto queue = held_.begin(); queue != held_.end();) {
    const std::int64_t max_offset =
        store_.queue_bounds(queue->first.topic, queue->first.queue_id).max_offset;
    take(
        queue->second,
        [max_offset](const HeldPull& held) { return max_offset > held.queue_offset; }, woken);
    queue = queue->second.empty() ? held_.erase(queue) : std::next(queue);
  }
}

void PullHoldTable::rerun_all(std::vector<HeldPull>& woken) {
  for (auto& pull : woken) rerun_(std::move(pull));
}

void PullHoldTable::rerun(std::vector<HeldPull> woken) {
  if (pool_ == nullptr || woken.size() <= reruns_inline_max) return rerun_all(woken);
  for (std::size_t begin = 0; begin < woken.size(); begin += reruns_per_task) {
    const std::size_t end = std::min(begin + reruns_per_task, woken.size());
    // Shared, so that the pulls are still at hand when the pool refuses the task.
    const auto task = std::make_shared<std::vector<HeldPull>>(
        std::make_move_iterator(woken.begin() + static_cast<std::ptrdiff_t>(begin)),
        std::make_move_iterator(woken.begin() + static_cast<std::ptrdiff_t>(end)));
    if (!pool_->post([this, task] { rerun_all(*task); })) rerun_all(*task);
  }
}

void PullHoldTable::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  for (auto& [key, pulls] : held_) {
    for (auto& pull : pulls) pull.reply.drop();
  }
  held_.clear();
  size_ = 0;
}

}  // namespace rocketmq::broker
