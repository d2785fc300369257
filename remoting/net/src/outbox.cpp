#include "rocketmq/net/outbox.hpp"

namespace rocketmq::net {

/// What waits in memory to be sent is cold when its turn comes: a program that makes more than the
/// peer takes is the slower for it.
void Outbox::wait_for_output(std::unique_lock<std::mutex>& lock, const Wait& wait) {
  const auto is_over = [&] { return bytes_to_send() > wait.over_bytes && !refuses_; };
  if (!is_over()) return;
  waiters_.fetch_add(1);
  output_sent_.wait_until(lock, wait.deadline, [&] { return !is_over(); });
  waiters_.fetch_sub(1);
}

void Outbox::wake_waiters() {
  const std::lock_guard lock(mutex_);
  output_sent_.notify_all();
}

bool Outbox::leave_close(Error error) {
  const std::lock_guard lock(mutex_);
  if (refuses_) return false;
  refuses_ = true;
  close_request_ = std::move(error);
  is_open_.store(false, std::memory_order_release);
  return true;
}

std::optional<Error> Outbox::fetch_close() {
  const std::lock_guard lock(mutex_);
  return std::exchange(close_request_, std::nullopt);
}

void Outbox::refuse() {
  {
    const std::lock_guard lock(mutex_);
    refuses_ = true;
    is_open_.store(false, std::memory_order_release);
  }
  wake_waiters();
}

void Outbox::refuse_and_drop() {
  std::optional<OutputQueue> dropped;  // goes away outside the lock
  {
    const std::lock_guard lock(mutex_);
    refuses_ = true;
    is_open_.store(false, std::memory_order_release);
    dropped.emplace(std::move(output_));
    output_ = OutputQueue(dropped->unit_bytes_max());
  }
  wake_waiters();
}

}  // namespace rocketmq::net
