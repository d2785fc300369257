#include "rocketmq/client/shared_pool.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

#include "rocketmq/common/thread_name.hpp"

namespace rocketmq::client {

bool SharedPool::post(Work& work) {
  const std::scoped_lock lock(mutex_);
  waiting_.push_back({&work, std::chrono::steady_clock::now()});
  if (waiting_.size() <= idle_) {
    wake_.notify_one();
    return false;
  }
  if (threads_.size() < wanted_) {
    add_thread();
    return false;
  }
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
  const Time due = waiting_.front().since + wait_max;
  if (due > now) return due;
  add_thread();
  return now + wait_max;
}

void SharedPool::add_thread() {
  for (std::thread& thread : ended_) thread.join();
  ended_.clear();
  const std::size_t number = threads_.size();
  const auto self = threads_.emplace(threads_.end());
  try {
    *self = std::thread([this, self, number] {
      set_thread_name(thread_name_ + "-" + std::to_string(number));
      run(self);
    });
  } catch (const std::system_error&) {
    // The machine has no more threads: those that are there go on.
    threads_.erase(self);
    if (threads_.empty()) throw;
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

void SharedPool::run(std::list<std::thread>::iterator self) {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (!waiting_.empty()) {
      Work& work = *waiting_.front().work;
      waiting_.pop_front();
      lock.unlock();
      work.run_work();
      lock.lock();
      continue;
    }
    if (stopping_) return;
    if (wait_for_work(lock)) continue;
    // Whoever makes the next thread, or stops, joins this one.
    ended_.splice(ended_.end(), threads_, self);
    return;
  }
}

void SharedPool::stop() {
  std::list<std::thread> threads;
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
    wake_.notify_all();
  }
  for (;;) {
    {
      const std::scoped_lock lock(mutex_);
      threads.splice(threads.end(), ended_);
      if (threads.empty() && threads_.empty()) return;
      if (threads.empty()) threads.splice(threads.end(), threads_, threads_.begin());
    }
    for (std::thread& thread : threads) thread.join();
    threads.clear();
  }
}

}  // namespace rocketmq::client
