#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "rocketmq/common/unique_function.hpp"

namespace rocketmq::client {

/// One thread that runs tasks at their time: periodic ones, which can be triggered besides, and
/// ones that run once after a delay. Tasks must not throw.
class Scheduler {
 public:
  using TaskId = std::size_t;

  explicit Scheduler(std::string thread_name) : thread_name_(std::move(thread_name)) {}
  ~Scheduler() { stop(); }
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  /// Registers a periodic task; before start().
  TaskId every(std::chrono::milliseconds first, std::chrono::milliseconds period,
               std::function<void()> task);
  void start();
  /// Runs a task once. Any thread; dropped when the scheduler has stopped.
  void after(std::chrono::milliseconds delay, UniqueFunction<void()> task);
  /// Runs a periodic task as soon as possible; its period begins anew. Any thread.
  void trigger(TaskId id);
  /// Whether the calling thread runs a task of this scheduler.
  bool runs_this_thread() const;
  /// Waits for the task under way, drops the others, joins the thread. Idempotent; not from a task.
  void stop();

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Periodic {
    std::chrono::milliseconds period;
    std::function<void()> run;
    Time due;
  };
  struct Once {
    Time due;
    std::uint64_t number;  // keeps the order of tasks that are due together
    UniqueFunction<void()> run;
  };
  static bool runs_later(const Once& a, const Once& b) {
    return a.due != b.due ? a.due > b.due : a.number > b.number;
  }

  void run();
  void run_due_once(std::unique_lock<std::mutex>& lock);
  Time next_due() const;

  const std::string thread_name_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Periodic> periodic_;  // guarded by mutex_; grows only before start()
  std::vector<Once> once_;          // guarded by mutex_; a heap, next one first
  std::uint64_t next_number_ = 0;   // guarded by mutex_
  bool stopping_ = false;           // guarded by mutex_
  std::thread thread_;
};

}  // namespace rocketmq::client
