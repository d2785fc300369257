#include "instance/heartbeat_book.hpp"

#include <algorithm>
#include <utility>

namespace rocketmq::client {

bool HeartbeatBook::is_new(const std::string& address) const {
  const std::scoped_lock lock(mutex_);
  return !brokers_.contains(address);
}

bool HeartbeatBook::is_told(const std::string& address) const {
  const std::scoped_lock lock(mutex_);
  const auto found = brokers_.find(address);
  return found != brokers_.end() && found->second.is_told;
}

void HeartbeatBook::sent(const std::string& address) {
  const std::scoped_lock lock(mutex_);
  brokers_[address].is_told = true;
}

void HeartbeatBook::taken(const std::string& address) {
  const std::scoped_lock lock(mutex_);
  brokers_[address].next_delay = first_delay;
}

std::optional<std::chrono::milliseconds> HeartbeatBook::lost(const std::string& address) {
  const std::scoped_lock lock(mutex_);
  Entry& entry = brokers_[address];
  entry.is_told = false;
  if (entry.is_retry_coming || entry.next_delay >= period_) return std::nullopt;
  entry.is_retry_coming = true;
  return std::exchange(entry.next_delay, std::min(2 * entry.next_delay, last_delay));
}

bool HeartbeatBook::take_retry(const std::string& address) {
  const std::scoped_lock lock(mutex_);
  const auto found = brokers_.find(address);
  if (found == brokers_.end()) return false;
  found->second.is_retry_coming = false;
  return !found->second.is_told;
}

void HeartbeatBook::forget(const std::string& address) {
  const std::scoped_lock lock(mutex_);
  brokers_.erase(address);
}

}  // namespace rocketmq::client
