#include "callback_executor.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string>
#include <utility>

#include "rocketmq/common/thread_name.hpp"

namespace rocketmq::client {
namespace {
thread_local const CallbackExecutor* current = nullptr;
}

bool CallbackExecutor::runs_this_thread() const { return current == this; }

void CallbackExecutor::post(UniqueFunction<void()> task) {
  {
    const std::scoped_lock lock(mutex_);
    if (!stopping_) {
      waiting_.push_back(std::move(task));
      start_threads();
      if (idle_ > 0) wake_.notify_one();
      return;
    }
  }
  task();
}

void CallbackExecutor::gather(UniqueFunction<void()> task) {
  gathered_.push_back(std::move(task));
  if (gathered_.size() >= gathered_max) post_gathered();
}

void CallbackExecutor::post_gathered() {
  if (gathered_.empty()) return;
  {
    const std::scoped_lock lock(mutex_);
    if (!stopping_) {
      if (waiting_.empty()) {
        waiting_.swap(gathered_);
      } else {
        std::move(gathered_.begin(), gathered_.end(), std::back_inserter(waiting_));
        gathered_.clear();
      }
      start_threads();
      if (idle_ > 0) wake_.notify_one();
      return;
    }
  }
  for (auto& task : std::exchange(gathered_, {})) task();
}

void CallbackExecutor::start_threads() {
  if (!threads_.empty()) return;
  for (int i = 0; i < thread_count_; ++i) {
    threads_.emplace_back([this, i] {
      set_thread_name("rmq-callback-" + std::to_string(i));
      run();
    });
  }
}

void CallbackExecutor::stop() {
  std::vector<std::thread> threads;
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
    threads.swap(threads_);
    wake_.notify_all();
  }
  for (std::thread& thread : threads) thread.join();
}

void CallbackExecutor::Batch::run_unclaimed() {
  for (std::size_t i = next.fetch_add(1, std::memory_order_relaxed); i < tasks.size();
       i = next.fetch_add(1, std::memory_order_relaxed)) {
    UniqueFunction<void()> task = std::move(tasks[i]);
    task();
  }
}

bool CallbackExecutor::begin_batch() {
  if (batch_ != nullptr && batch_->has_unclaimed()) return true;
  if (waiting_.empty()) return false;
  // Another thread may still be in its last task of the one before.
  if (batch_ == nullptr || batch_.use_count() > 1) batch_ = std::make_shared<Batch>();
  batch_->tasks.clear();
  batch_->tasks.swap(waiting_);
  batch_->next.store(0, std::memory_order_relaxed);
  return true;
}

void CallbackExecutor::run() {
  current = this;
  std::unique_lock lock(mutex_);
  for (;;) {
    if (!begin_batch()) {
      if (stopping_) return;
      ++idle_;
      wake_.wait(lock);
      --idle_;
      continue;
    }
    const std::shared_ptr<Batch> batch = batch_;
    // Each that begins calls the next one: slow tasks get all threads.
    if (idle_ > 0 && batch->tasks.size() > 1) wake_.notify_one();
    lock.unlock();
    batch->run_unclaimed();
    lock.lock();
  }
}

}  // namespace rocketmq::client
