#include "rocketmq/client/route_table.hpp"

#include <algorithm>
#include <random>
#include <utility>

namespace rocketmq::client {

bool RouteTable::apply(const std::string& topic, remoting::TopicRouteData route) {
  std::sort(route.queue_datas.begin(), route.queue_datas.end());
  std::sort(route.broker_datas.begin(), route.broker_datas.end());
  auto queues = writable_queues(topic, route);
  auto info =
      queues.empty() ? nullptr : std::make_shared<const TopicPublishInfo>(std::move(queues));
  auto shared = std::make_shared<const remoting::TopicRouteData>(std::move(route));

  const std::scoped_lock lock(mutex_);
  for (const remoting::BrokerData& broker : shared->broker_datas)
    brokers_[broker.broker_name] = broker.broker_addrs;
  TopicRoutePtr& known = routes_[topic];
  const auto wanted = publish_.find(topic);
  const bool changed = known == nullptr || *known != *shared;
  if (changed) known = std::move(shared);
  if (wanted != publish_.end() && (changed || wanted->second == nullptr))
    wanted->second = std::move(info);
  return changed;
}

void RouteTable::add_publish_topic(const std::string& topic) {
  const std::scoped_lock lock(mutex_);
  const auto [entry, is_new] = publish_.try_emplace(topic, nullptr);
  if (!is_new) return;
  // A consumer of this instance may have brought the route before.
  const auto known = routes_.find(topic);
  if (known == routes_.end()) return;
  auto queues = writable_queues(topic, *known->second);
  if (!queues.empty()) entry->second = std::make_shared<const TopicPublishInfo>(std::move(queues));
}

std::set<std::string> RouteTable::publish_topics() const {
  const std::scoped_lock lock(mutex_);
  std::set<std::string> topics;
  for (const auto& [topic, info] : publish_) topics.insert(topic);
  return topics;
}

TopicPublishInfoPtr RouteTable::publish_info(const std::string& topic) const {
  const std::scoped_lock lock(mutex_);
  const auto found = publish_.find(topic);
  return found == publish_.end() ? nullptr : found->second;
}

TopicRoutePtr RouteTable::route(const std::string& topic) const {
  const std::scoped_lock lock(mutex_);
  const auto found = routes_.find(topic);
  return found == routes_.end() ? nullptr : found->second;
}

std::optional<std::string> RouteTable::master_address(const std::string& broker_name) const {
  const std::scoped_lock lock(mutex_);
  const auto broker = brokers_.find(broker_name);
  if (broker == brokers_.end()) return std::nullopt;
  const auto master = broker->second.find(0);
  if (master == broker->second.end()) return std::nullopt;
  return master->second;
}

std::optional<BrokerAddress> RouteTable::address_for_reading(const std::string& broker_name,
                                                             std::int64_t wanted_id,
                                                             bool only_this) const {
  const std::scoped_lock lock(mutex_);
  const auto broker = brokers_.find(broker_name);
  if (broker == brokers_.end() || broker->second.empty()) return std::nullopt;
  auto found = broker->second.find(wanted_id);
  if (found == broker->second.end() && wanted_id != 0) found = broker->second.find(wanted_id + 1);
  if (found == broker->second.end()) {
    if (only_this) return std::nullopt;
    found = broker->second.begin();
  }
  return BrokerAddress{found->second, found->first};
}

std::optional<std::string> RouteTable::any_address_of_topic(const std::string& topic) const {
  const TopicRoutePtr known = route(topic);
  if (known == nullptr || known->broker_datas.empty()) return std::nullopt;
  const std::size_t first = std::random_device{}() % known->broker_datas.size();
  for (std::size_t i = 0; i < known->broker_datas.size(); ++i) {
    const auto& addresses =
        known->broker_datas[(first + i) % known->broker_datas.size()].broker_addrs;
    // Keys are sorted: the master, if there is one, comes first.
    if (!addresses.empty()) return addresses.begin()->second;
  }
  return std::nullopt;
}

std::vector<std::pair<std::string, BrokerAddress>> RouteTable::all_addresses() const {
  const std::scoped_lock lock(mutex_);
  std::vector<std::pair<std::string, BrokerAddress>> all;
  for (const auto& [name, addresses] : brokers_) {
    for (const auto& [id, address] : addresses) all.emplace_back(name, BrokerAddress{address, id});
  }
  return all;
}

void RouteTable::drop_unmentioned_brokers() {
  const std::scoped_lock lock(mutex_);
  std::set<std::string> mentioned;
  for (const auto& [topic, known] : routes_) {
    for (const remoting::BrokerData& broker : known->broker_datas) {
      for (const auto& [id, address] : broker.broker_addrs) mentioned.insert(address);
    }
  }
  for (auto broker = brokers_.begin(); broker != brokers_.end();) {
    std::erase_if(broker->second,
                  [&](const auto& entry) { return !mentioned.contains(entry.second); });
    broker = broker->second.empty() ? brokers_.erase(broker) : std::next(broker);
  }
}

}  // namespace rocketmq::client
