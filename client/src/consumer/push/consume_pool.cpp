#include "consumer/push/consume_pool.hpp"

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
    threads_.push_back(named_thread(thread_name_ + "-" + std::to_string(i), [this, i] {
      current = this;
      run(i);
    }));
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

/// Whether an idle thread is to be called now; the caller notifies it.
bool ConsumePool::begin_wake() {
  if (idle_ == 0 || is_waking_ || waiting_.empty()) return false;
  is_waking_ = true;
  return true;
}

void ConsumePool::post(std::shared_ptr<ConsumeWork> work) {
  {
    const std::scoped_lock lock(mutex_);
    if (stopping_) return;
    waiting_.push_back(std::move(work));
    if (!begin_wake()) return;
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

bool ConsumePool::claim(Claimed& claimed) {
  while (!waiting_.empty()) {
    const auto piece = waiting_.front()->claim();
    if (piece) claimed = {waiting_.front(), *piece};
    if (!waiting_.front()->has_more()) waiting_.pop_front();
    if (piece) return true;
  }
  return false;
}

ConsumePool::Claimed ConsumePool::take(int index, std::unique_lock<std::mutex>& lock) {
  Claimed claimed;
  while (!stopping_) {
    if (index >= thread_count_) {
      // What it leaves is the others'.
      if (begin_wake()) wake_.notify_one();
      resized_.wait(lock);
      continue;
    }
    if (claim(claimed)) {
      // The one that begins wakes the next one: a slow listener gets all threads, a fast one is
      // done before they come.
      if (begin_wake()) wake_.notify_one();
      return claimed;
    }
    ++idle_;
    wake_.wait(lock);
    --idle_;
    is_waking_ = false;
  }
  return {};
}

void ConsumePool::run(int index) {
  std::unique_lock lock(mutex_);
  for (;;) {
    Claimed claimed = take(index, lock);
    if (claimed.work == nullptr) return;
    ++busy_;
    lock.unlock();
    std::optional<std::size_t> piece = claimed.piece;
    do {
      claimed.work->run(*piece);
      if (stopping_.load(std::memory_order_relaxed) || index >= threads()) break;
      piece = claimed.work->claim();
    } while (piece);
    claimed.work.reset();
    lock.lock();
    if (--busy_ == 0) idle_changed_.notify_all();
  }
}

}  // namespace rocketmq::client
