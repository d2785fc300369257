#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <string>

#include "rocketmq/common/timer_thread.hpp"

namespace rocketmq {

/// A timer thread with tasks of its own: a daemon's background work, all in one place. The services
/// themselves are written as `tick(now)` and tested without it.
class PeriodicTasks {
 public:
  /// `thread_name` has at most 15 characters.
  explicit PeriodicTasks(std::string thread_name);

  /// Registers a task that runs first after `delay`, then `period` after each end. Before start().
  /// A task that throws is logged and runs again at its next time.
  void every(std::chrono::milliseconds delay, std::chrono::milliseconds period, std::string name,
             std::function<void()> task);
  /// The same for a task that knows when it will have work next: it returns after what time it is
  /// to run again, which is `period` at the latest.
  void when_due(std::chrono::milliseconds delay, std::chrono::milliseconds period, std::string name,
                std::function<std::chrono::milliseconds()> task);
  /// Throws std::runtime_error that names the thread when it cannot be made.
  void start() { scheduler_.start(); }
  /// Runs the named task as soon as possible, besides its period. Any thread.
  void trigger(const std::string& name);
  /// Waits for the running task and joins the thread. Idempotent; not from a task.
  void stop();

 private:
  void add(const std::string& name, Scheduler::TaskId task);

  TimerThread timer_;
  Scheduler scheduler_;
  std::map<std::string, Scheduler::TaskId> tasks_;  // grows only before start()
};

}  // namespace rocketmq
