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

void CallbackExecutor::run() {
  current = this;
  std::vector<UniqueFunction<void()>> batch;
  std::unique_lock lock(mutex_);
  while (!waiting_.empty() || !stopping_) {
    if (waiting_.empty()) {
      ++idle_;
      wake_.wait(lock);
      --idle_;
      continue;
    }
    // One of several threads leaves the others their share: a slow callback must not hold up what
    // others could run.
    const std::size_t share = (waiting_.size() + static_cast<std::size_t>(thread_count_) - 1) /
                              static_cast<std::size_t>(thread_count_);
    if (share == waiting_.size()) {
      batch.swap(waiting_);
    } else {
      const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(share);
      batch.assign(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(end));
      waiting_.erase(waiting_.begin(), end);
      if (idle_ > 0) wake_.notify_one();
    }
    lock.unlock();
    for (auto& task : batch) task();
    batch.clear();
    lock.lock();
  }
}

}  // namespace rocketmq::client
