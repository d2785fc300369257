#include "pulls/filter_turns.hpp"

#include <optional>
#include <utility>

namespace rocketmq::filtersrv {

bool FilterTurns::post(FilterPtr filter, const Lane& lane, WorkerPool::Task task) {
  if (!filter->judges_one_batch_at_a_time()) return pool_.post(lane.connection, std::move(task));
  Waiting victim;
  bool waits = false;
  {
    const std::lock_guard lock(mutex_);
    const auto [entry, is_idle] = waiting_.try_emplace(filter.get());
    if (!is_idle) {
      LaneQueue<Waiting>& others = entry->second;
      if (others.size() < waiting_max) {
        ++waiting_count_;
      } else if (!others.give_way(lane.group, victim)) {
        return false;
      }
      others.push(lane.group, {lane.connection, std::move(task), clock_.steady_now()});
      waits = true;
    }
  }
  if (victim.task) victim.task(WorkerPool::Fate::Refused);
  if (waits || run(filter, lane.connection, task)) return true;
  next(std::move(filter));
  return false;
}

bool FilterTurns::run(FilterPtr filter, std::uint64_t connection, WorkerPool::Task& task) {
  // Shared, because the pool destroys a task that it refuses, and this one may still be wanted.
  const auto kept = std::make_shared<WorkerPool::Task>(std::move(task));
  const bool is_posted = pool_.post(
      connection, [this, kept, filter = std::move(filter)](WorkerPool::Fate fate) mutable {
        try {
          (*kept)(fate);
        } catch (...) {  // no memory; the pool logs it
          next(std::move(filter));
          throw;
        }
        next(std::move(filter));
      });
  if (!is_posted) task = std::move(*kept);
  return is_posted;
}

void FilterTurns::next(FilterPtr filter) {
  for (;;) {
    std::optional<Waiting> first;
    {
      const std::lock_guard lock(mutex_);
      const auto entry = waiting_.find(filter.get());
      if (entry->second.empty()) {
        waiting_.erase(entry);
        return;
      }
      first.emplace(entry->second.pop());
      --waiting_count_;
    }
    const bool is_late = clock_.steady_now() - first->since > wait_max;
    if (!is_late && run(filter, first->connection, first->task)) return;
    first->task(WorkerPool::Fate::Refused);
  }
}

std::size_t FilterTurns::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_count_;
}

}  // namespace rocketmq::filtersrv
