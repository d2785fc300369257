#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "rocketmq/common/subscription_data.hpp"

namespace rocketmq::client {

using SubscriptionPtr = std::shared_ptr<const SubscriptionData>;

/// What a consumer has subscribed to. Safe on any thread.
class Subscriptions {
 public:
  void put(SubscriptionData data);
  void remove(const std::string& topic);
  /// Null when the topic is not subscribed.
  SubscriptionPtr find(const std::string& topic) const;
  std::vector<SubscriptionData> all() const;
  std::set<std::string> topics() const;
  /// Tells brokers, with the next heartbeat, that the subscription is newer than the one they have.
  void set_version(const std::string& topic, std::int64_t version);

 private:
  mutable std::mutex mutex_;
  std::map<std::string, SubscriptionPtr> by_topic_;  // guarded by mutex_
};

}  // namespace rocketmq::client
