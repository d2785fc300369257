#include "rocketmq/common/periodic_tasks.hpp"

#include <utility>

#include "rocketmq/common/result.hpp"

namespace rocketmq {

PeriodicTasks::PeriodicTasks(std::string thread_name)
    : timer_(std::move(thread_name)), scheduler_(timer_) {}

void PeriodicTasks::every(std::chrono::milliseconds delay, std::chrono::milliseconds period,
                          std::string name, std::function<void()> task) {
  add(name, scheduler_.every(delay, period, std::move(task), name));
}

void PeriodicTasks::when_due(std::chrono::milliseconds delay, std::chrono::milliseconds period,
                             std::string name, std::function<std::chrono::milliseconds()> task) {
  add(name, scheduler_.when_due(delay, period, std::move(task), name));
}

void PeriodicTasks::add(const std::string& name, Scheduler::TaskId task) {
  ensure(tasks_.emplace(name, task).second, "a periodic task has a name of its own");
}

void PeriodicTasks::trigger(const std::string& name) {
  const auto task = tasks_.find(name);
  ensure(task != tasks_.end(), "only a registered periodic task is triggered");
  scheduler_.trigger(task->second);
}

void PeriodicTasks::stop() {
  scheduler_.stop();
  timer_.stop();
}

}  // namespace rocketmq
