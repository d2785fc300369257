#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace rocketmq {

/// One thread that runs tasks at their periods: a daemon's background work, all in one place. The
/// services themselves are written as `tick(now)` and tested without it.
class PeriodicTasks {
 public:
  /// `thread_name` has at most 15 characters.
  explicit PeriodicTasks(std::string thread_name);
  ~PeriodicTasks();
  PeriodicTasks(const PeriodicTasks&) = delete;
  PeriodicTasks& operator=(const PeriodicTasks&) = delete;

  /// Registers a task that runs first after `delay`, then `period` after each end. Before start().
  /// A task that throws is logged and runs again at its next time.
  void every(std::chrono::milliseconds delay, std::chrono::milliseconds period, std::string name,
             std::function<void()> task);
  /// The same for a task that knows when it will have work next: it answers after what time it is
  /// to run again, which is `period` at the latest.
  void when_due(std::chrono::milliseconds delay, std::chrono::milliseconds period, std::string name,
                std::function<std::chrono::milliseconds()> task);
  void start();
  /// Runs the named task as soon as possible, besides its period. Any thread.
  void trigger(const std::string& name);
  /// Waits for the running task and joins the thread. Idempotent; not from a task.
  void stop();

 private:
  struct Task {
    std::string name;
    std::chrono::milliseconds period;
    std::function<std::chrono::milliseconds()> run;  // answers after what time it is to run again
    std::chrono::steady_clock::time_point due;
  };
  void run();

  const std::string thread_name_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Task> tasks_;  // guarded by mutex_; grows only before start()
  bool stopping_ = false;    // guarded by mutex_
  std::thread thread_;
};

}  // namespace rocketmq
