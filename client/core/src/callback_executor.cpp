#include "rocketmq/client/callback_executor.hpp"

#include <cstddef>
#include <iterator>
#include <utility>

namespace rocketmq::client {
namespace {

thread_local const CallbackExecutor* current_executor = nullptr;
/// Those for which the calling thread has gathered tasks.
thread_local std::vector<CallbackExecutor*> gathering_executors;

}  // namespace

CallbackExecutor::CallbackExecutor(SharedPool& pool, TimerThread& timer, int threads)
    : pool_(pool), timer_(timer), threads_max_(static_cast<std::size_t>(threads)) {
  pool_.want(static_cast<std::size_t>(threads));
}

bool CallbackExecutor::runs_this_thread() const { return current_executor == this; }

CallbackExecutor::Blocked::Blocked(CallbackExecutor& executor)
    : executor_(executor.runs_this_thread() ? &executor : nullptr) {
  if (executor_ == nullptr) return;
  bool is_called = false;
  {
    const std::scoped_lock lock(executor_->mutex_);
    ++executor_->threads_max_;
    is_called =
        (executor_->has_unclaimed() || !executor_->waiting_.empty()) && executor_->begin_call();
  }
  if (is_called) executor_->call_thread();
}

CallbackExecutor::Blocked::~Blocked() {
  if (executor_ == nullptr) return;
  const std::scoped_lock lock(executor_->mutex_);
  --executor_->threads_max_;
}

bool CallbackExecutor::has_unclaimed() const {
  return batch_ != nullptr && batch_->has_unclaimed();
}

bool CallbackExecutor::begin_call() {
  if (threads_ >= threads_max_) return false;
  ++threads_;
  return true;
}

void CallbackExecutor::call_thread() {
  if (pool_.post(*this)) timer_.look_after_pools();
}

void CallbackExecutor::post(UniqueFunction<void()> task) {
  bool is_called = false;
  {
    std::unique_lock lock(mutex_);
    if (stopping_) {
      lock.unlock();
      return task();
    }
    waiting_.push_back(std::move(task));
    is_called = begin_call();
  }
  if (is_called) call_thread();
}

void CallbackExecutor::gather(UniqueFunction<void()> task) {
  if (gathered_.empty()) gathering_executors.push_back(this);
  gathered_.push_back(std::move(task));
  if (gathered_.size() >= gathered_max) hand_over();
}

void CallbackExecutor::post_gathered() {
  // Tasks that run here, after a stop, may gather more.
  for (std::size_t i = 0; i < gathering_executors.size(); ++i) gathering_executors[i]->hand_over();
  gathering_executors.clear();
}

void CallbackExecutor::hand_over() {
  if (gathered_.empty()) return;
  bool is_called = false;
  {
    const std::scoped_lock lock(mutex_);
    if (!stopping_) {
      if (waiting_.empty()) {
        waiting_.swap(gathered_);
      } else {
        std::move(gathered_.begin(), gathered_.end(), std::back_inserter(waiting_));
        gathered_.clear();
      }
      is_called = begin_call();
    }
  }
  if (is_called) call_thread();
  if (!gathered_.empty()) {
    for (auto& task : std::exchange(gathered_, {})) task();
  }
}

void CallbackExecutor::stop() {
  std::unique_lock lock(mutex_);
  stopping_ = true;
  // Tasks wait only while a thread is on its way to them.
  idle_.wait(lock, [this] { return threads_ == 0; });
}

void CallbackExecutor::Batch::run_unclaimed() {
  for (std::size_t i = next.fetch_add(1, std::memory_order_relaxed); i < tasks.size();
       i = next.fetch_add(1, std::memory_order_relaxed)) {
    UniqueFunction<void()> task = std::move(tasks[i]);
    task();
  }
}

bool CallbackExecutor::begin_batch() {
  if (has_unclaimed()) return true;
  if (waiting_.empty()) return false;
  // Another thread may still be in its last task of the one before.
  if (batch_ == nullptr || batch_.use_count() > 1) batch_ = std::make_shared<Batch>();
  batch_->tasks.clear();
  batch_->tasks.swap(waiting_);
  batch_->next.store(0, std::memory_order_relaxed);
  return true;
}

void CallbackExecutor::run_work() {
  current_executor = this;
  std::unique_lock lock(mutex_);
  while (begin_batch()) {
    const std::shared_ptr<Batch> batch = batch_;
    // Each that begins calls the next one: slow tasks get all threads.
    const bool is_called = batch->tasks.size() > 1 && begin_call();
    lock.unlock();
    if (is_called) call_thread();
    batch->run_unclaimed();
    lock.lock();
  }
  current_executor = nullptr;
  if (--threads_ == 0) idle_.notify_all();  // the executor may be gone once the lock is released
}

}  // namespace rocketmq::client
