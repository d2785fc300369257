#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "rocketmq/common/thread_name.hpp"
#include "rocketmq/common/unique_function.hpp"

namespace rocketmq {

/// Threads that several owners share: as few as keep up. Work that blocks delays that of others for
/// a while only, `patience` for each thread there is: then a further one is made, which ends when
/// it has been idle for long. A thread that the system refuses is logged and tried again later; the
/// work waits meanwhile. Bounded: each owner has at most one Work, which waits at most as often as
/// the owner allows. Safe on any thread.
class SharedPool {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::milliseconds patience{20};
  static constexpr std::chrono::seconds idle_max{10};
  /// After a thread that could not be made.
  static constexpr std::chrono::milliseconds pause_after_refusal{100};

  /// What the threads run. Its owner keeps it until it has run or was removed.
  class Work {
   public:
    virtual void run_work() = 0;

   protected:
    ~Work() = default;
  };

  /// Makes a thread as named_thread() does; a test's may refuse.
  using MakeThread = std::function<std::thread(std::string, UniqueFunction<void()>)>;

  SharedPool(std::string thread_name, std::size_t threads_max, MakeThread make = named_thread)
      : thread_name_(std::move(thread_name)), threads_max_(threads_max), make_(std::move(make)) {}
  ~SharedPool() { stop(); }
  SharedPool(const SharedPool&) = delete;
  SharedPool& operator=(const SharedPool&) = delete;

  /// Has `work` run once. True when it may wait for longer: look() is to be called then.
  bool post(Work& work);
  /// Takes work out of the queue; returns the number of runs that will not happen.
  std::size_t remove(Work& work);
  /// From now on up to `threads` threads are made without waiting first.
  void want(std::size_t threads);
  /// Makes a thread for work that has waited too long; returns when to look again.
  Time look(Time now);
  /// Runs what waits and joins the threads; the calling thread runs it when there are none.
  /// Idempotent; not on one of them.
  void stop();

 private:
  struct Waiting {
    Work* work;
    Time since;
  };
  /// Under mutex_. False when the system has refused a thread.
  bool add_thread(Time now);
  void run(std::list<std::thread>::iterator self);
  void run_waiting(std::unique_lock<std::mutex>& lock);  // under mutex_
  /// Under mutex_. False when the thread is to end.
  bool wait_for_work(std::unique_lock<std::mutex>& lock);

  const std::string thread_name_;
  const std::size_t threads_max_;
  const MakeThread make_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Waiting> waiting_;     // guarded by mutex_
  std::list<std::thread> threads_;  // guarded by mutex_
  std::list<std::thread> ended_;    // guarded by mutex_; to be joined
  std::size_t wanted_ = 1;          // guarded by mutex_
  std::size_t idle_ = 0;            // guarded by mutex_
  Time next_try_{};                 // guarded by mutex_; no thread is made before
  bool was_refused_ = false;        // guarded by mutex_; the last thread that was tried
  bool stopping_ = false;           // guarded by mutex_
};

}  // namespace rocketmq
