#include "log_end.hpp"

#include <cstddef>

namespace rocketmq::store {

void LogEnd::moved() {
  if (waiting_count_.load(std::memory_order_seq_cst) == 0) return;
  const std::lock_guard lock(mutex_);
  const std::int64_t end = position();
  for (std::size_t i = 0; i < waiting_.size();) {
    Follower& follower = *waiting_[i];
    if (follower.awaited_ >= end) {
      ++i;
      continue;
    }
    waiting_[i] = waiting_.back();
    waiting_.pop_back();
    --waiting_count_;
    follower.wake_();
  }
}

void LogEnd::forget(const Follower& follower) {
  if (std::erase(waiting_, &follower) > 0) --waiting_count_;
}

bool LogEnd::Follower::wait_beyond(std::int64_t position) {
  const std::lock_guard lock(end_.mutex_);
  end_.forget(*this);
  awaited_ = position;
  end_.waiting_.push_back(this);
  // Before the look at the end, so that a move which is not seen here sees the follower.
  ++end_.waiting_count_;
  if (end_.position() <= position) return true;
  end_.forget(*this);
  return false;
}

void LogEnd::Follower::cancel() {
  const std::lock_guard lock(end_.mutex_);
  end_.forget(*this);
}

}  // namespace rocketmq::store
