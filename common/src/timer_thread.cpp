#include "rocketmq/common/timer_thread.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "rocketmq/common/result.hpp"
#include "rocketmq/common/shared_log.hpp"
#include "rocketmq/common/thread_name.hpp"

namespace rocketmq {
namespace {

using SteadyClock = std::chrono::steady_clock;
thread_local const Scheduler* current_scheduler = nullptr;

/// The due time of a periodic task that runs now: a trigger that comes meanwhile replaces it and is
/// not lost.
constexpr auto running_now = SteadyClock::time_point::max();

template <class Run>
void run_logged(const std::string& name, Run&& run) {
  try {
    run();
  } catch (const std::exception& failure) {
    shared_log().error("timer task {} failed: {}", name, failure.what());
  } catch (...) {
    shared_log().error("timer task {} failed for an unknown reason", name);
  }
}

}  // namespace

void TimerThread::begin() {
  if (thread_.joinable() || stopping_) return;
  thread_ = named_thread(thread_name_, [this] { run(); });
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
                                   std::chrono::milliseconds period, std::function<void()> task,
                                   std::string name) {
  return when_due(
      first, period,
      [period, task = std::move(task)] {
        task();
        return period;
      },
      std::move(name));
}

Scheduler::TaskId Scheduler::when_due(std::chrono::milliseconds first,
                                      std::chrono::milliseconds period,
                                      std::function<std::chrono::milliseconds()> task,
                                      std::string name) {
  if (name.empty()) name = timer_.thread_name_;
  const std::scoped_lock lock(timer_.mutex_);
  ensure(!is_started_, "periodic tasks are registered before the start");
  periodic_.push_back({std::move(name), period, std::move(task), SteadyClock::now() + first});
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

/// Notifies the timer of when the next task is due. A scheduler that runs, or waits for a thread,
/// does so afterwards.
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
      run_logged(timer_.thread_name_, [&task] { task.run(); });
    }
    lock.lock();
  }
}

void Scheduler::run_periodic(std::unique_lock<std::mutex>& lock, Periodic& task) {
  task.due = running_now;
  lock.unlock();
  std::chrono::milliseconds wanted = task.period;
  // periodic_ does not grow after start(), so the reference holds.
  run_logged(task.name, [&] { wanted = task.run(); });
  lock.lock();
  if (task.due == running_now) task.due = SteadyClock::now() + std::min(wanted, task.period);
}

void Scheduler::run_due(std::unique_lock<std::mutex>& lock) {
  place_ = Place::Running;
  current_scheduler = this;
  // What becomes due meanwhile is for the next turn: others have their share of the thread.
  const Time now = SteadyClock::now();
  run_due_once(lock, now);
  for (std::size_t i = 0; i < periodic_.size() && !stopping_; ++i) {
    if (periodic_[i].due <= now) run_periodic(lock, periodic_[i]);
  }
  current_scheduler = nullptr;
  place_ = Place::Nowhere;
  if (stopping_) {
    timer_.run_ended_.notify_all();  // the scheduler may be gone once the lock is released
  } else {
    list();
  }
}

}  // namespace rocketmq
