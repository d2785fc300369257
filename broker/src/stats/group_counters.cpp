#include "stats/group_counters.hpp"

#include <mutex>

#include "limits.hpp"

namespace rocketmq::broker {

ReadLag GroupCounters::Entry::lag() const {
  return {.bytes = lag_bytes.load(std::memory_order_relaxed),
          .ms = lag_ms.load(std::memory_order_relaxed),
          .read_at_ms = lag_read_at_ms.load(std::memory_order_relaxed)};
}

void GroupCounters::Entry::set_lag(const ReadLag& lag) {
  lag_bytes.store(lag.bytes, std::memory_order_relaxed);
  lag_ms.store(lag.ms, std::memory_order_relaxed);
  lag_read_at_ms.store(lag.read_at_ms, std::memory_order_relaxed);
}

void GroupCounters::add(const GroupQueueView& queue, const Read& read) {
  const std::int64_t nanoseconds = read.time.count();
  std::int64_t longest = longest_nanoseconds_.load(std::memory_order_relaxed);
  while (nanoseconds > longest && !longest_nanoseconds_.compare_exchange_weak(
                                      longest, nanoseconds, std::memory_order_relaxed)) {
  }
  const auto count = [&](Entry& entry) {
    entry.messages.fetch_add(read.messages, std::memory_order_relaxed);
    entry.bytes.fetch_add(read.bytes, std::memory_order_relaxed);
    entry.reads.fetch_add(1, std::memory_order_relaxed);
    entry.nanoseconds.fetch_add(nanoseconds, std::memory_order_relaxed);
    entry.set_lag(read.lag);
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
    found =
        entries_
            .emplace(GroupQueue{std::string(queue.topic), std::string(queue.group), queue.queue_id},
                     std::make_unique<Entry>())
            .first;
  }
  count(*found->second);
}

std::optional<ReadLag> GroupCounters::lag_of(const GroupQueueView& queue) const {
  const std::shared_lock lock(mutex_);
  const auto found = entries_.find(queue);
  if (found == entries_.end()) return std::nullopt;
  return found->second->lag();
}

void GroupCounters::forget_lags(std::string_view group) {
  const std::shared_lock lock(mutex_);
  for (const auto& [key, entry] : entries_) {
    if (key.group == group) entry->set_lag({});
  }
}

void GroupCounters::visit(
    const std::function<void(const GroupQueueView&, const Counts&)>& look) const {
  const std::shared_lock lock(mutex_);
  for (const auto& [key, entry] : entries_) {
    look(key, {.messages = entry->messages.load(std::memory_order_relaxed),
               .bytes = entry->bytes.load(std::memory_order_relaxed),
               .reads = entry->reads.load(std::memory_order_relaxed),
               .time = std::chrono::nanoseconds(entry->nanoseconds.load(std::memory_order_relaxed)),
               .lag = entry->lag()});
  }
}

void GroupCounters::forget(const std::function<bool(const GroupQueueView&)>& is_gone) {
  const std::unique_lock lock(mutex_);
  std::erase_if(entries_, [&](const auto& entry) { return is_gone(entry.first); });
}

}  // namespace rocketmq::broker
