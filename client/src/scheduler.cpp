#include "scheduler.hpp"

#include <algorithm>
#include <utility>

#include "rocketmq/common/thread_name.hpp"

namespace rocketmq::client {

namespace {
using SteadyClock = std::chrono::steady_clock;
thread_local const Scheduler* current_scheduler = nullptr;
}  // namespace

bool Scheduler::runs_this_thread() const { return current_scheduler == this; }

Scheduler::TaskId Scheduler::every(std::chrono::milliseconds first,
                                   std::chrono::milliseconds period, std::function<void()> task) {
  const std::scoped_lock lock(mutex_);
  periodic_.push_back({period, std::move(task), SteadyClock::now() + first});
  return periodic_.size() - 1;
}

void Scheduler::start() {
  thread_ = std::thread([this] {
    set_thread_name(thread_name_);
    current_scheduler = this;
    run();
  });
}

void Scheduler::after(std::chrono::milliseconds delay, UniqueFunction<void()> task) {
  const std::scoped_lock lock(mutex_);
  if (stopping_) return;
  once_.push_back({SteadyClock::now() + delay, next_number_++, std::move(task)});
  std::push_heap(once_.begin(), once_.end(), runs_later);
  wake_.notify_one();
}

void Scheduler::trigger(TaskId id) {
  const std::scoped_lock lock(mutex_);
  periodic_.at(id).due = SteadyClock::now();
  wake_.notify_one();
}

void Scheduler::stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
    wake_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
  const std::vector<Once> dropped = std::exchange(once_, {});
}

Scheduler::Time Scheduler::next_due() const {
  Time due = SteadyClock::now() + std::chrono::hours(1);
  for (const Periodic& task : periodic_) due = std::min(due, task.due);
  return once_.empty() ? due : std::min(due, once_.front().due);
}

void Scheduler::run_due_once(std::unique_lock<std::mutex>& lock) {
  while (!stopping_ && !once_.empty() && once_.front().due <= SteadyClock::now()) {
    std::pop_heap(once_.begin(), once_.end(), runs_later);
    {
      Once task = std::move(once_.back());
      once_.pop_back();
      lock.unlock();
      task.run();
    }
    lock.lock();
  }
}

void Scheduler::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    run_due_once(lock);
    for (std::size_t i = 0; i < periodic_.size() && !stopping_; ++i) {
      if (periodic_[i].due > SteadyClock::now()) continue;
      // Set before the run, so that a trigger during it is not lost.
      periodic_[i].due = SteadyClock::now() + periodic_[i].period;
      lock.unlock();
      periodic_[i].run();
      lock.lock();
    }
    if (!stopping_) wake_.wait_until(lock, next_due());
  }
}

}  // namespace rocketmq::client
