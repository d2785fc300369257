#include "rocketmq/client/route_table.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <random>
#include <utility>

namespace rocketmq::client {
namespace {

std::atomic<std::uint64_t> next_id{1};

/// What a thread got last for a topic, so that sends need no lock to find it again.
struct FoundInfo {
  std::uint64_t table = 0;
  std::uint64_t version = 0;
  std::string topic;
  std::weak_ptr<const TopicPublishInfo> info;
};

FoundInfo& found_last(const std::string& topic) {
  constexpr std::size_t topics_max = 8;
  thread_local std::array<FoundInfo, topics_max> found;
  return found[std::hash<std::string>{}(topic) % topics_max];
}

std::string master_of(const std::map<std::int64_t, std::string>& addresses) {
  const auto master = addresses.find(0);
  return master == addresses.end() ? std::string() : master->second;
}

}  // namespace

RouteTable::RouteTable() : id_(next_id.fetch_add(1, std::memory_order_relaxed)) {}

TopicPublishInfoPtr RouteTable::make_info(const std::string& topic,
                                          const remoting::TopicRouteData& route) const {
  auto queues = writable_queues(topic, route);
  if (queues.empty()) return nullptr;
  std::map<std::string, std::string> masters;
  for (const MessageQueue& queue : queues) {
    const auto broker = brokers_.find(queue.getBrokerName());
    if (broker != brokers_.end()) masters[broker->first] = master_of(broker->second);
  }
  return std::make_shared<const TopicPublishInfo>(std::move(queues), masters);
}

void RouteTable::set_info(TopicPublishInfoPtr& entry, TopicPublishInfoPtr info) {
  entry = std::move(info);
  version_.fetch_add(1, std::memory_order_release);
}

void RouteTable::renew_infos(const Names& brokers) {
  if (brokers.empty()) return;
  for (auto& [topic, info] : publish_) {
    if (info == nullptr) continue;
    const bool is_concerned =
        std::any_of(info->brokers().begin(), info->brokers().end(),
                    [&](const BrokerHandle& handle) { return brokers.contains(handle.name); });
    if (is_concerned) set_info(info, make_info(topic, *routes_.at(topic)));
  }
}

bool RouteTable::apply(const std::string& topic, remoting::TopicRouteData route) {
  std::sort(route.queue_datas.begin(), route.queue_datas.end());
  std::sort(route.broker_datas.begin(), route.broker_datas.end());
  auto shared = std::make_shared<const remoting::TopicRouteData>(std::move(route));

  const std::scoped_lock lock(mutex_);
  Names moved;
  for (const remoting::BrokerData& broker : shared->broker_datas) {
    auto& addresses = brokers_[broker.broker_name];
    if (master_of(addresses) != master_of(broker.broker_addrs)) moved.insert(broker.broker_name);
    addresses = broker.broker_addrs;
  }
  TopicRoutePtr& known = routes_[topic];
  const bool changed = known == nullptr || *known != *shared;
  if (changed) known = std::move(shared);
  renew_infos(moved);
  const auto wanted = publish_.find(topic);
  if (wanted != publish_.end() && (changed || wanted->second == nullptr))
    set_info(wanted->second, make_info(topic, *known));
  return changed;
}

void RouteTable::add_publish_topic(const std::string& topic) {
  const std::scoped_lock lock(mutex_);
  const auto [entry, is_new] = publish_.try_emplace(topic, nullptr);
  if (!is_new) return;
  // A consumer of this client may have brought the route before.
  const auto known = routes_.find(topic);
  if (known != routes_.end()) set_info(entry->second, make_info(topic, *known->second));
}

std::set<std::string> RouteTable::publish_topics() const {
  const std::scoped_lock lock(mutex_);
  std::set<std::string> topics;
  for (const auto& [topic, info] : publish_) topics.insert(topic);
  return topics;
}

TopicPublishInfoPtr RouteTable::publish_info(const std::string& topic) const {
  FoundInfo& last = found_last(topic);
  if (last.table == id_ && last.version == version_.load(std::memory_order_acquire) &&
      last.topic == topic) {
    if (auto info = last.info.lock()) return info;
  }
  const std::scoped_lock lock(mutex_);
  const auto found = publish_.find(topic);
  if (found == publish_.end() || found->second == nullptr) return nullptr;
  last = {id_, version_.load(std::memory_order_relaxed), topic, found->second};
  return found->second;
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

std::int64_t RouteTable::next_broker_id(const std::string& broker_name,
                                        std::int64_t broker_id) const {
  const std::scoped_lock lock(mutex_);
  const auto broker = brokers_.find(broker_name);
  if (broker == brokers_.end() || broker->second.empty()) return broker_id;
  const auto next = broker->second.upper_bound(broker_id);
  return next == broker->second.end() ? broker->second.begin()->first : next->first;
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
  Names mentioned;
  for (const auto& [topic, known] : routes_) {
    for (const remoting::BrokerData& broker : known->broker_datas) {
      for (const auto& [id, address] : broker.broker_addrs) mentioned.insert(address);
    }
  }
  Names moved;
  for (auto broker = brokers_.begin(); broker != brokers_.end();) {
    auto& addresses = broker->second;
    const std::string master = master_of(addresses);
    std::erase_if(addresses, [&](const auto& entry) { return !mentioned.contains(entry.second); });
    if (master_of(addresses) != master) moved.insert(broker->first);
    broker = addresses.empty() ? brokers_.erase(broker) : std::next(broker);
  }
  renew_infos(moved);
}

}  // namespace rocketmq::client
