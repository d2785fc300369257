#include "stats/group_counters.hpp"

#include <mutex>

#include "limits.hpp"

namespace rocketmq::broker {

void GroupCounters::add(const GroupQueueView& queue, std::int64_t messages, std::int64_t bytes,
                        std::chrono::nanoseconds time) {
  std::int64_t longest = longest_nanoseconds_.load(std::memory_order_relaxed);
  while (time.count() > longest && !longest_nanoseconds_.compare_exchange_weak(
                                       longest, time.count(), std::memory_order_relaxed)) {
  }
  const auto count = [&](Entry& entry) {
    entry.messages.fetch_add(messages, std::memory_order_relaxed);
    entry.bytes.fetch_add(bytes, std::memory_order_relaxed);
    entry.reads.fetch_add(1, std::memory_order_relaxed);
    entry.nanoseconds.fetch_add(time.count(), std::memory_order_relaxed);
  };
  {
    const std::shared_lock lock(mutex_);
    if (const auto found = entries_.find(queue); found != entries_.end()) [[likely]]
      return count(*found->second);
  }
  const std::unique_lock lock(mutex_);
  auto found = entries_.find(queue);
  if (found == entries_.end()) {
    if (entries_.size() >= limits::group_queues_max) return;
    found = entries_
                .emplace(Key{std::string(queue.topic), std::string(queue.group), queue.queue_id},
                         std::make_unique<Entry>())
                .first;
  }
  count(*found->second);
}

void GroupCounters::visit(
    const std::function<void(const GroupQueueView&, const Counts&)>& look) const {
  const std::shared_lock lock(mutex_);
  for (const auto& [key, entry] : entries_) {
    look(key,
         {.messages = entry->messages.load(std::memory_order_relaxed),
          .bytes = entry->bytes.load(std::memory_order_relaxed),
          .reads = entry->reads.load(std::memory_order_relaxed),
          .time = std::chrono::nanoseconds(entry->nanoseconds.load(std::memory_order_relaxed))});
  }
}

void GroupCounters::forget(const std::function<bool(const GroupQueueView&)>& is_gone) {
  const std::unique_lock lock(mutex_);
  std::erase_if(entries_, [&](const auto& entry) { return is_gone(entry.first); });
}

}  // namespace rocketmq::broker
