#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "rocketmq/common/shared_pool.hpp"
#include "rocketmq/common/unique_function.hpp"

namespace rocketmq {

class Scheduler;

/// The thread that waits until tasks of schedulers are due, and looks after pools whose work waits.
/// It is made when the first scheduler starts. Safe on any thread.
class TimerThread {
 public:
  /// `thread_name` has at most 15 characters. The pools must live as long.
  explicit TimerThread(std::string thread_name, std::vector<SharedPool*> pools = {})
      : thread_name_(std::move(thread_name)), pools_(std::move(pools)) {}
  ~TimerThread() { stop(); }
  TimerThread(const TimerThread&) = delete;
  TimerThread& operator=(const TimerThread&) = delete;

  /// A pool has work that may wait for too long.
  void look_after_pools();
  /// After all schedulers have stopped. Joins the thread. Idempotent.
  void stop();

 private:
  friend class Scheduler;
  using Time = std::chrono::steady_clock::time_point;

  void begin();  // under mutex_; makes the thread when there is none
  void run();
  Time next_look(Time now);

  const std::string thread_name_;
  const std::vector<SharedPool*> pools_;
  std::mutex mutex_;  // also guards the state of the schedulers; before a pool's own
  std::condition_variable wake_;
  std::condition_variable run_ended_;
  std::set<std::pair<Time, Scheduler*>> due_;  // guarded by mutex_
  bool stopping_ = false;                      // guarded by mutex_
  std::thread thread_;                         // made under mutex_
};

/// Runs tasks at their time, one after the other: periodic ones, which can be triggered besides,
/// and ones that run once after a delay. A task that throws is logged; a periodic one runs again at
/// its next time. Tasks of a scheduler with a pool run on the pool's threads and may wait; the
/// others run on the timer's thread and delay each other.
class Scheduler final : private SharedPool::Work {
 public:
  using TaskId = std::size_t;

  explicit Scheduler(TimerThread& timer, SharedPool* pool = nullptr) : timer_(timer), pool_(pool) {}
  ~Scheduler() { stop(); }
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  /// Registers a periodic task; before start(). It runs first after `first`, then `period` after
  /// the end of each run. `name` is for the log.
  TaskId every(std::chrono::milliseconds first, std::chrono::milliseconds period,
               std::function<void()> task, std::string name = {});
  /// The same for a task that knows when it will have work next: it returns after what time it is
  /// to run again, which is `period` at the latest.
  TaskId when_due(std::chrono::milliseconds first, std::chrono::milliseconds period,
                  std::function<std::chrono::milliseconds()> task, std::string name = {});
  /// Throws std::runtime_error that names the thread when the timer's thread cannot be made.
  void start();
  /// Runs a task once. Any thread; dropped when the scheduler has stopped.
  void after(std::chrono::milliseconds delay, UniqueFunction<void()> task);
  /// Runs a periodic task as soon as possible, also when it is running now. Any thread.
  void trigger(TaskId id);
  /// True on the thread that runs a task of this scheduler.
  bool runs_this_thread() const;
  /// Waits for the task under way, drops the others. Idempotent; not from a task.
  void stop();

 private:
  friend class TimerThread;
  using Time = std::chrono::steady_clock::time_point;
  enum class Place { Nowhere, Listed, Queued, Running };
  struct Periodic {
    std::string name;
    std::chrono::milliseconds period;
    std::function<std::chrono::milliseconds()> run;
    Time due;
  };
  struct Once {
    Time due;
    std::uint64_t number;  // keeps the order of tasks that are due at the same time
    UniqueFunction<void()> run;
  };
  static bool runs_later(const Once& a, const Once& b) {
    return a.due != b.due ? a.due > b.due : a.number > b.number;
  }

  void run_work() override;
  // All under timer_.mutex_, which is released while a task runs.
  void run_due(std::unique_lock<std::mutex>& lock);
  void run_due_once(std::unique_lock<std::mutex>& lock, Time now);
  void run_periodic(std::unique_lock<std::mutex>& lock, Periodic& task);
  Time next_due() const;
  void list();

  TimerThread& timer_;
  SharedPool* const pool_;  // null: the timer's thread runs the tasks
  // Guarded by timer_.mutex_.
  std::vector<Periodic> periodic_;  // grows only before start()
  std::vector<Once> once_;          // a heap, next one first
  std::uint64_t next_number_ = 0;
  bool is_started_ = false;
  bool stopping_ = false;
  Place place_ = Place::Nowhere;
  Time listed_at_;
};

}  // namespace rocketmq
