#include "rocketmq/client/scheduler.hpp"

#include <algorithm>
#include <utility>

#include "rocketmq/common/thread_name.hpp"

namespace rocketmq::client {
namespace {

using SteadyClock = std::chrono::steady_clock;
thread_local const Scheduler* current_scheduler = nullptr;

}  // namespace

void TimerThread::begin() {
  if (thread_.joinable() || stopping_) return;
  thread_ = std::thread([this] {
    set_thread_name(thread_name_);
    run();
  });
}

void TimerThread::look_after_pools() {
  const std::scoped_lock lock(mutex_);
  begin();
  wake_.notify_one();
}

TimerThread::Time TimerThread::next_look(Time now) {
  Time next = now + std::chrono::hours(1);
  for (SharedPool* const pool : pools_) next = std::min(next, pool->look(now));
  return next;
}

void TimerThread::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const Time now = SteadyClock::now();
    if (!due_.empty() && due_.begin()->first <= now) {
      Scheduler& scheduler = *due_.begin()->second;
      due_.erase(due_.begin());
      if (scheduler.pool_ == nullptr) {
        scheduler.run_due(lock);
      } else {
        scheduler.place_ = Scheduler::Place::Queued;
        (void)scheduler.pool_->post(scheduler);  // this thread looks after it below
      }
      continue;
    }
    Time next = next_look(now);
    if (!due_.empty()) next = std::min(next, due_.begin()->first);
    wake_.wait_until(lock, next);
  }
}

void TimerThread::stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
    wake_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

bool Scheduler::runs_this_thread() const { return current_scheduler == this; }

Scheduler::TaskId Scheduler::every(std::chrono::milliseconds first,
                                   std::chrono::milliseconds period, std::function<void()> task) {
  const std::scoped_lock lock(timer_.mutex_);
  periodic_.push_back({period, std::move(task), SteadyClock::now() + first});
  return periodic_.size() - 1;
}

void Scheduler::start() {
  const std::scoped_lock lock(timer_.mutex_);
  if (stopping_) return;
  is_started_ = true;
  timer_.begin();
  list();
}

void Scheduler::after(std::chrono::milliseconds delay, UniqueFunction<void()> task) {
  const std::scoped_lock lock(timer_.mutex_);
  if (stopping_) return;
  once_.push_back({SteadyClock::now() + delay, next_number_++, std::move(task)});
  std::push_heap(once_.begin(), once_.end(), runs_later);
  list();
}

void Scheduler::trigger(TaskId id) {
  const std::scoped_lock lock(timer_.mutex_);
  if (stopping_) return;
  periodic_.at(id).due = SteadyClock::now();
  list();
}

/// Tells the timer when the next task is due. One that runs, or waits for a thread, tells it
/// afterwards.
void Scheduler::list() {
  if (!is_started_ || place_ == Place::Queued || place_ == Place::Running) return;
  const Time due = next_due();
  if (place_ == Place::Listed) {
    if (due == listed_at_) return;
    timer_.due_.erase({listed_at_, this});
  }
  place_ = Place::Listed;
  listed_at_ = due;
  const auto entry = timer_.due_.emplace(due, this).first;
  if (entry == timer_.due_.begin()) timer_.wake_.notify_one();
}

void Scheduler::stop() {
  std::vector<Once> dropped;  // their destructors may call here: not under the lock
  std::unique_lock lock(timer_.mutex_);
  stopping_ = true;
  if (place_ == Place::Listed) {
    timer_.due_.erase({listed_at_, this});
    place_ = Place::Nowhere;
  } else if (place_ == Place::Queued && pool_->remove(*this) > 0) {
    place_ = Place::Nowhere;
  }
  timer_.run_ended_.wait(lock, [this] { return place_ == Place::Nowhere; });
  dropped.swap(once_);
  lock.unlock();
}

Scheduler::Time Scheduler::next_due() const {
  Time due = SteadyClock::now() + std::chrono::hours(1);
  for (const Periodic& task : periodic_) due = std::min(due, task.due);
  return once_.empty() ? due : std::min(due, once_.front().due);
}

void Scheduler::run_work() {
  std::unique_lock lock(timer_.mutex_);
  run_due(lock);
}

void Scheduler::run_due_once(std::unique_lock<std::mutex>& lock, Time now) {
  while (!stopping_ && !once_.empty() && once_.front().due <= now) {
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

void Scheduler::run_due(std::unique_lock<std::mutex>& lock) {
  place_ = Place::Running;
  current_scheduler = this;
  // What becomes due meanwhile is for the next turn: others have their share of the thread.
  const Time now = SteadyClock::now();
  run_due_once(lock, now);
  for (std::size_t i = 0; i < periodic_.size() && !stopping_; ++i) {
    if (periodic_[i].due > now) continue;
    // Set before the run, so that a trigger during it is not lost.
    periodic_[i].due = SteadyClock::now() + periodic_[i].period;
    lock.unlock();
    periodic_[i].run();
    lock.lock();
  }
  current_scheduler = nullptr;
  place_ = Place::Nowhere;
  if (stopping_) {
    timer_.run_ended_.notify_all();  // the scheduler may be gone once the lock is released
  } else {
    list();
  }
}

}  // namespace rocketmq::client
