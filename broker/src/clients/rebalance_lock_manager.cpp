#include "clients/rebalance_lock_manager.hpp"

#include "limits.hpp"

namespace rocketmq::broker {

std::vector<MessageQueueId> RebalanceLockManager::lock(std::string_view group,
                                                       const std::string& client_id,
                                                       const std::vector<MessageQueueId>& queues) {
  std::vector<MessageQueueId> granted;
  const std::lock_guard guard(mutex_);
  auto found = groups_.find(group);
  if (found == groups_.end())
    found = groups_.emplace(std::string(group), std::map<MessageQueueId, Lock>{}).first;
  for (const auto& queue : queues) {
    const auto held = found->second.find(queue);
    if (held == found->second.end()) {
      if (size_ >= limits::queue_locks_max) continue;
      found->second.emplace(queue, Lock{client_id, clock_.steady_now()});
      ++size_;
    } else if (held->second.client_id == client_id || is_expired(held->second)) {
      held->second = {client_id, clock_.steady_now()};
    } else {
      continue;
    }
    granted.push_back(queue);
  }
  if (found->second.empty()) groups_.erase(found);
  return granted;
}

void RebalanceLockManager::unlock(std::string_view group, const std::string& client_id,
                                  const std::vector<MessageQueueId>& queues) {
  const std::lock_guard guard(mutex_);
  const auto found = groups_.find(group);
  if (found == groups_.end()) return;
  for (const auto& queue : queues) {
    const auto held = found->second.find(queue);
    if (held == found->second.end() || held->second.client_id != client_id) continue;
    found->second.erase(held);
    --size_;
  }
  if (found->second.empty()) groups_.erase(found);
}

void RebalanceLockManager::tick() {
  const std::lock_guard guard(mutex_);
  for (auto group = groups_.begin(); group != groups_.end();) {
    size_ -= std::erase_if(group->second,
                           [this](const auto& entry) { return is_expired(entry.second); });
    group = group->second.empty() ? groups_.erase(group) : std::next(group);
  }
}

std::size_t RebalanceLockManager::size() const {
  const std::lock_guard guard(mutex_);
  return size_;
}

}  // namespace rocketmq::broker
