#include "clients/rebalance_lock_manager.hpp"

namespace rocketmq::broker {

std::vector<MessageQueueId> RebalanceLockManager::lock(std::string_view group,
                                                       const std::string& client_id,
                                                       const std::vector<MessageQueueId>& queues,
                                                       Budget::Peer maker) {
  std::vector<MessageQueueId> granted;
  const std::lock_guard guard(mutex_);
  auto found = groups_.find(group);
  if (found == groups_.end())
    found = groups_.emplace(std::string(group), std::map<MessageQueueId, Lock>{}).first;
  for (const auto& queue : queues) {
    const auto held = found->second.find(queue);
    if (held == found->second.end()) {
      if (!budget_.take(maker)) continue;
      found->second.emplace(queue, Lock{client_id, clock_.steady_now(), maker});
    } else if (held->second.client_id == client_id) {
      held->second.renewed = clock_.steady_now();
    } else if (is_expired(held->second)) {
      // Its place is free: it changes hands also where there is no other one.
      budget_.give_back(held->second.maker);
      if (!budget_.take(maker)) {
        budget_.charge(held->second.maker);
        continue;
      }
      held->second = {client_id, clock_.steady_now(), maker};
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
    budget_.give_back(held->second.maker);
    found->second.erase(held);
  }
  if (found->second.empty()) groups_.erase(found);
}

void RebalanceLockManager::tick() {
  const std::lock_guard guard(mutex_);
  for (auto group = groups_.begin(); group != groups_.end();) {
    std::erase_if(group->second, [this](const auto& entry) {
      if (!is_expired(entry.second)) return false;
      budget_.give_back(entry.second.maker);
      return true;
    });
    group = group->second.empty() ? groups_.erase(group) : std::next(group);
  }
}

}  // namespace rocketmq::broker
