#include "rocketmq/common/shared_pool.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "rocketmq/common/shared_log.hpp"

namespace rocketmq {

bool SharedPool::post(Work& work) {
  const std::scoped_lock lock(mutex_);
  const Time now = std::chrono::steady_clock::now();
  waiting_.push_back({&work, now});
  if (waiting_.size() <= idle_) {
    wake_.notify_one();
    return false;
  }
  if (threads_.size() < wanted_ && add_thread(now)) return false;
  if (idle_ > 0) wake_.notify_one();
  return threads_.size() < threads_max_;
}

std::size_t SharedPool::remove(Work& work) {
  const std::scoped_lock lock(mutex_);
  return std::erase_if(waiting_, [&work](const Waiting& entry) { return entry.work == &work; });
}

void SharedPool::want(std::size_t threads) {
  const std::scoped_lock lock(mutex_);
  wanted_ = std::clamp(threads, wanted_, std::max(wanted_, threads_max_));
}

SharedPool::Time SharedPool::look(Time now) {
  const std::scoped_lock lock(mutex_);
  if (waiting_.size() <= idle_ || threads_.size() >= threads_max_) return Time::max();
  // The more threads there are, the longer: a burst of work is no reason to make many.
  const auto wait_max = patience * static_cast<int>(std::max<std::size_t>(threads_.size(), 1));
  const Time due = std::max(waiting_.front().since + wait_max, next_try_);
  if (due > now) return due;
  return add_thread(now) ? now + wait_max : next_try_;
}

bool SharedPool::add_thread(Time now) {
  if (now < next_try_) return false;
  for (std::thread& thread : ended_) thread.join();
  ended_.clear();
  const std::size_t number = threads_.size();
  const auto self = threads_.emplace(threads_.end());
  try {
    *self = make_(thread_name_ + "-" + std::to_string(number), [this, self] { run(self); });
    was_refused_ = false;
    return true;
  } catch (const std::exception& failure) {
    // The existing ones continue. Nothing is thrown: this may be the thread of the timer.
    threads_.erase(self);
    next_try_ = now + pause_after_refusal;
    if (!std::exchange(was_refused_, true))
      shared_log().error("{}; work waits, and it is tried again", failure.what());
    return false;
  }
}

bool SharedPool::wait_for_work(std::unique_lock<std::mutex>& lock) {
  ++idle_;
  bool is_surplus = false;
  if (threads_.size() > wanted_) {
    is_surplus = wake_.wait_for(lock, idle_max) == std::cv_status::timeout;
  } else {
    wake_.wait(lock);
  }
  --idle_;
  // While the pool stops its threads are being joined where they are.
  return !is_surplus || stopping_ || !waiting_.empty() || threads_.size() <= wanted_;
}

void SharedPool::run_waiting(std::unique_lock<std::mutex>& lock) {
  while (!waiting_.empty()) {
    Work& work = *waiting_.front().work;
    waiting_.pop_front();
    lock.unlock();
    work.run_work();
    lock.lock();
  }
}

void SharedPool::run(std::list<std::thread>::iterator self) {
  std::unique_lock lock(mutex_);
  for (;;) {
    run_waiting(lock);
    if (stopping_) return;
    if (wait_for_work(lock)) continue;
    // The next add_thread() or stop() joins it.
    ended_.splice(ended_.end(), threads_, self);
    return;
  }
}

void SharedPool::stop() {
  std::unique_lock lock(mutex_);
  stopping_ = true;
  wake_.notify_all();
  while (!threads_.empty() || !ended_.empty()) {
    std::list<std::thread> threads;
    threads.splice(threads.end(), ended_);
    if (threads.empty()) threads.splice(threads.end(), threads_, threads_.begin());
    lock.unlock();
    for (std::thread& thread : threads) thread.join();
    lock.lock();
  }
  run_waiting(lock);
}

}  // namespace rocketmq
