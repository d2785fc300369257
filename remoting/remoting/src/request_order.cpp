#include "rocketmq/remoting/request_order.hpp"

#include <utility>

namespace rocketmq::remoting {

void RequestOrder::post(WorkerPool& pool, std::uint64_t lane, Job job) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(job));
    unfinished_.fetch_add(1, std::memory_order_relaxed);
  }
  // As many turns as jobs; which job a turn is for is decided when it comes.
  if (!pool.post(lane, [self = shared_from_this()](WorkerPool::Fate fate) { self->on_turn(fate); }))
    refuse_newest();
}

void RequestOrder::on_turn(WorkerPool::Fate fate) {
  if (fate == WorkerPool::Fate::Refused) return refuse_newest();
  {
    const std::lock_guard lock(mutex_);
    if (is_running_) {
      ++turns_saved_;
      return;
    }
    is_running_ = true;
  }
  for (;;) {
    run_next();
    const std::lock_guard lock(mutex_);
    if (turns_saved_ == 0) {
      is_running_ = false;
      return;
    }
    --turns_saved_;
  }
}

void RequestOrder::refuse_newest() {
  Job job;
  {
    const std::lock_guard lock(mutex_);
    job = std::move(waiting_.back());
    waiting_.pop_back();
  }
  job(WorkerPool::Fate::Refused);
  unfinished_.fetch_sub(1, std::memory_order_release);
}

/// What a job throws ends the process: its turn would be lost.
void RequestOrder::run_next() noexcept {
  Job job;
  {
    const std::lock_guard lock(mutex_);
    job = std::move(waiting_.front());
    waiting_.pop_front();
  }
  job(WorkerPool::Fate::Run);
  job = nullptr;
  unfinished_.fetch_sub(1, std::memory_order_release);
}

}  // namespace rocketmq::remoting
