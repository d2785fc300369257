#include "rocketmq/common/periodic_tasks.hpp"

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

/// The due time of the task that runs now: a trigger that comes meanwhile replaces it and is not
/// lost.
constexpr auto running_now = SteadyClock::time_point::max();

std::chrono::milliseconds run_logged(const std::string& name,
                                     const std::function<std::chrono::milliseconds()>& task) {
  try {
    return task();
  } catch (const std::exception& failure) {
    shared_log().error("periodic task {} failed: {}", name, failure.what());
  } catch (...) {
    shared_log().error("periodic task {} failed for an unknown reason", name);
  }
  return std::chrono::milliseconds::max();
}

}  // namespace

PeriodicTasks::PeriodicTasks(std::string thread_name) : thread_name_(std::move(thread_name)) {}

PeriodicTasks::~PeriodicTasks() { stop(); }

void PeriodicTasks::every(std::chrono::milliseconds delay, std::chrono::milliseconds period,
                          std::string name, std::function<void()> task) {
  when_due(delay, period, std::move(name), [period, task = std::move(task)] {
    task();
    return period;
  });
}

void PeriodicTasks::when_due(std::chrono::milliseconds delay, std::chrono::milliseconds period,
                             std::string name, std::function<std::chrono::milliseconds()> task) {
  ensure(!thread_.joinable(), "periodic tasks are registered before start()");
  const std::lock_guard lock(mutex_);
  tasks_.push_back({std::move(name), period, std::move(task), SteadyClock::now() + delay});
}

void PeriodicTasks::start() {
  ensure(!thread_.joinable(), "periodic tasks are started once");
  thread_ = named_thread(thread_name_, [this] { run(); });
}

void PeriodicTasks::trigger(const std::string& name) {
  {
    const std::lock_guard lock(mutex_);
    const auto task =
        std::find_if(tasks_.begin(), tasks_.end(), [&](const Task& t) { return t.name == name; });
    ensure(task != tasks_.end(), "only a registered periodic task is triggered");
    task->due = SteadyClock::now();
  }
  wake_.notify_one();
}

void PeriodicTasks::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void PeriodicTasks::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (tasks_.empty()) {
      wake_.wait(lock);
      continue;
    }
    Task& next = *std::min_element(tasks_.begin(), tasks_.end(),
                                   [](const Task& a, const Task& b) { return a.due < b.due; });
    // A copy: a trigger changes next.due while this waits without the lock.
    if (const auto due = next.due; due > SteadyClock::now()) {
      wake_.wait_until(lock, due);
      continue;
    }
    next.due = running_now;
    lock.unlock();
    // tasks_ does not grow after start(), so the reference holds.
    const auto wanted = run_logged(next.name, next.run);
    lock.lock();
    if (next.due == running_now) next.due = SteadyClock::now() + std::min(wanted, next.period);
  }
}

}  // namespace rocketmq
