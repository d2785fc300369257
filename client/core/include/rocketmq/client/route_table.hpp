#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "rocketmq/client/topic_publish_info.hpp"
#include "rocketmq/protocol/route_data.hpp"

namespace rocketmq::client {

using TopicPublishInfoPtr = std::shared_ptr<const TopicPublishInfo>;
using TopicRoutePtr = std::shared_ptr<const remoting::TopicRouteData>;

/// One address of a broker name.
struct BrokerAddress {
  std::string address;
  std::int64_t broker_id = 0;
};

/// What a client knows of topics and brokers. Safe on any thread; sends no requests.
class RouteTable {
 public:
  RouteTable();
  RouteTable(const RouteTable&) = delete;
  RouteTable& operator=(const RouteTable&) = delete;

  /// Remembers a topic's route; true when it differs from what was known.
  bool apply(const std::string& topic, remoting::TopicRouteData route);
  /// Makes a topic one of those that are published to, so that its route is refreshed.
  void add_publish_topic(const std::string& topic);
  std::set<std::string> publish_topics() const;

  /// Null while the topic's route is not known or has no queue to send to. A thread that asks again
  /// for the same topic, with nothing changed meanwhile, takes no lock.
  TopicPublishInfoPtr publish_info(const std::string& topic) const;
  /// Null while it is not known.
  TopicRoutePtr route(const std::string& topic) const;

  std::optional<std::string> master_address(const std::string& broker_name) const;
  /// The address with id `wanted_id`, else (with `only_this` false) another one of that broker
  /// name.
  std::optional<BrokerAddress> address_for_reading(const std::string& broker_name,
                                                   std::int64_t wanted_id, bool only_this) const;
  /// The id that follows `broker_id` among those of the broker name, the lowest one after the
  /// highest; `broker_id` itself when there is no other.
  std::int64_t next_broker_id(const std::string& broker_name, std::int64_t broker_id) const;
  /// Any broker of the topic, the masters first.
  std::optional<std::string> any_address_of_topic(const std::string& topic) const;
  /// Everything known, as pairs of broker name and address.
  std::vector<std::pair<std::string, BrokerAddress>> all_addresses() const;
  /// Forgets addresses that no topic's route mentions anymore.
  void drop_unmentioned_brokers();

 private:
  using Names = std::set<std::string>;
  // Under mutex_.
  TopicPublishInfoPtr make_info(const std::string& topic,
                                const remoting::TopicRouteData& route) const;
  /// Makes the infos again whose brokers' masters have moved.
  void renew_infos(const Names& brokers);
  void set_info(TopicPublishInfoPtr& entry, TopicPublishInfoPtr info);

  const std::uint64_t id_;  // of no other table of the process
  /// Counts the changes of publish_; written under mutex_.
  std::atomic<std::uint64_t> version_{0};
  mutable std::mutex mutex_;
  std::unordered_map<std::string, TopicRoutePtr> routes_;  // guarded by mutex_
  std::unordered_map<std::string, TopicPublishInfoPtr>
      publish_;  // guarded by mutex_; null: wanted, not known
  std::map<std::string, std::map<std::int64_t, std::string>> brokers_;  // guarded by mutex_
};

}  // namespace rocketmq::client
