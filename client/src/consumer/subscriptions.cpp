#include "consumer/subscriptions.hpp"

#include <utility>

namespace rocketmq::client {

void Subscriptions::put(SubscriptionData data) {
  const std::scoped_lock lock(mutex_);
  std::string topic = data.topic;
  by_topic_.insert_or_assign(std::move(topic),
                             std::make_shared<const SubscriptionData>(std::move(data)));
}

void Subscriptions::remove(const std::string& topic) {
  const std::scoped_lock lock(mutex_);
  by_topic_.erase(topic);
}

SubscriptionPtr Subscriptions::find(const std::string& topic) const {
  const std::scoped_lock lock(mutex_);
  const auto found = by_topic_.find(topic);
  return found == by_topic_.end() ? nullptr : found->second;
}

std::vector<SubscriptionData> Subscriptions::all() const {
  const std::scoped_lock lock(mutex_);
  std::vector<SubscriptionData> all;
  for (const auto& [topic, data] : by_topic_) all.push_back(*data);
  return all;
}

std::set<std::string> Subscriptions::topics() const {
  const std::scoped_lock lock(mutex_);
  std::set<std::string> topics;
  for (const auto& [topic, data] : by_topic_) topics.insert(topic);
  return topics;
}

void Subscriptions::set_version(const std::string& topic, std::int64_t version) {
  const std::scoped_lock lock(mutex_);
  const auto found = by_topic_.find(topic);
  if (found == by_topic_.end()) return;
  SubscriptionData changed = *found->second;
  changed.sub_version = version;
  found->second = std::make_shared<const SubscriptionData>(std::move(changed));
}

}  // namespace rocketmq::client
