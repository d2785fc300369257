#include "consume_pool.hpp"

#include <algorithm>
#include <utility>

#include "rocketmq/common/thread_name.hpp"

namespace rocketmq::client {
namespace {
thread_local const ConsumePool* current = nullptr;
}

ConsumePool::ConsumePool(std::string thread_name, int threads)
    : thread_name_(std::move(thread_name)), thread_count_(threads) {}

bool ConsumePool::runs_this_thread() const { return current == this; }

void ConsumePool::start() {
  const std::scoped_lock lock(mutex_);
  add_threads();
}

void ConsumePool::add_threads() {
  for (int i = static_cast<int>(threads_.size()); i < thread_count_; ++i) {
    threads_.emplace_back([this, i] {
      set_thread_name(thread_name_ + "-" + std::to_string(i));
      current = this;
      run(i);
    });
  }
}

void ConsumePool::resize(int threads) {
  const std::scoped_lock lock(mutex_);
  if (stopping_) return;
  thread_count_ = std::max(threads, 1);
  add_threads();
  resized_.notify_all();
  // One that waits for work may be one that is to wait for its turn now.
  wake_.notify_all();
}

void ConsumePool::post(std::shared_ptr<ConsumeWork> work) {
  {
    const std::scoped_lock lock(mutex_);
    if (stopping_) return;
    waiting_.push_back(std::move(work));
    if (idle_ == 0) return;
  }
  wake_.notify_one();
}

void ConsumePool::stop_taking() {
  std::deque<std::shared_ptr<ConsumeWork>> dropped;
  const std::scoped_lock lock(mutex_);
  stopping_ = true;
  dropped.swap(waiting_);
  wake_.notify_all();
  resized_.notify_all();
}

bool ConsumePool::wait_until_idle(std::chrono::milliseconds timeout) {
  std::unique_lock lock(mutex_);
  const auto is_idle = [this] { return busy_ == 0; };
  if (timeout.count() > 0) return idle_changed_.wait_for(lock, timeout, is_idle);
  idle_changed_.wait(lock, is_idle);
  return true;
}

void ConsumePool::stop() {
  stop_taking();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

std::shared_ptr<ConsumeWork> ConsumePool::take(int index, std::unique_lock<std::mutex>& lock) {
  while (!stopping_) {
    if (index >= thread_count_) {
      // What it leaves is the others'.
      if (!waiting_.empty() && idle_ > 0) wake_.notify_one();
      resized_.wait(lock);
      continue;
    }
    while (!waiting_.empty() && !waiting_.front()->has_more()) waiting_.pop_front();
    if (!waiting_.empty()) {
      // The one that begins wakes the next one: a slow listener gets all threads, a fast one is
      // done before they come.
      if (idle_ > 0) wake_.notify_one();
      return waiting_.front();
    }
    ++idle_;
    wake_.wait(lock);
    --idle_;
  }
  return nullptr;
}

void ConsumePool::run(int index) {
  std::unique_lock lock(mutex_);
  while (auto work = take(index, lock)) {
    ++busy_;
    lock.unlock();
    while (!stopping_.load(std::memory_order_relaxed) && index < threads() && work->run_next()) {
    }
    work.reset();
    lock.lock();
    if (--busy_ == 0) idle_changed_.notify_all();
  }
}

}  // namespace rocketmq::client
