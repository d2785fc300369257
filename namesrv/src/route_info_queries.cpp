// What is asked of the route table, and what administrators change in it.
#include <algorithm>
#include <utility>

#include "registration_checks.hpp"
#include "rocketmq/common/sys_flag.hpp"
#include "route_info_manager.hpp"

namespace rocketmq::namesrv {

using remoting::BrokerData;
using remoting::ClusterInfo;
using remoting::QueueData;
using remoting::TopicList;
using remoting::TopicRouteData;

namespace {

constexpr std::int32_t unit_flag = 1;
constexpr std::int32_t unit_subscribed_flag = 2;

bool has_flags(std::int32_t topic_sys_flag, UnitTopics which) {
  const bool is_unit = (topic_sys_flag & unit_flag) != 0;
  const bool is_subscribed = (topic_sys_flag & unit_subscribed_flag) != 0;
  switch (which) {
    case UnitTopics::Unit: return is_unit;
    case UnitTopics::UnitSubscribed: return is_subscribed;
    case UnitTopics::UnitSubscribedNotUnit: return is_subscribed && !is_unit;
  }
  return false;
}

TopicList sorted(std::vector<std::string> topics) {
  std::sort(topics.begin(), topics.end());
  return {.topics = std::move(topics), .broker_addr = std::nullopt};
}

}  // namespace

Error RouteInfoManager::no_route(std::string_view topic) {
  return {ResponseCode::TopicNotExist, "No topic route info in name server for the topic: " +
                                           std::string(topic.substr(0, registered_text_bytes_max))};
}

BrokerData RouteInfoManager::describe(const std::string& name, const Broker& broker) {
  BrokerData data{.cluster = broker.cluster,
                  .broker_name = name,
                  .broker_addrs = {},
                  .enable_acting_master = broker.enable_acting_master};
  for (const auto& [id, member] : broker.members) data.broker_addrs.emplace(id, member.address);
  return data;
}

const RouteInfoManager::Queues* RouteInfoManager::first_living(const Topic& topic) {
  const auto found = std::find_if(topic.queues.begin(), topic.queues.end(),
                                  [](const auto& q) { return q.second.life->is_alive; });
  return found == topic.queues.end() ? nullptr : &found->second;
}

std::optional<TopicRouteData> RouteInfoManager::build_route(const Topic& topic) const {
  TopicRouteData route;
  for (const auto& [broker_name, queues] : topic.queues) {
    if (!queues.life->is_alive) continue;
    const auto broker = brokers_.find(broker_name);
    if (broker == brokers_.end()) continue;
    route.queue_datas.push_back(queues.data);
    BrokerData data = describe(broker_name, broker->second);
    for (const auto& [id, member] : broker->second.members) {
      if (!member.filter_servers.empty())
        route.filter_server_table[member.address] = member.filter_servers;
    }
    route.broker_datas.push_back(std::move(data));
  }
  if (route.broker_datas.empty()) return std::nullopt;
  return route;
}

Result<std::shared_ptr<const std::string>> RouteInfoManager::route_body(
    std::string_view topic) const {
  const std::shared_lock lock(mutex_);
  const auto at = topics_.find(topic);
  if (at == topics_.end()) return no_route(topic);
  const Topic& entry = at->second;
  const std::lock_guard route_lock(entry.route_mutex);
  if (entry.route_body == nullptr || entry.route_generation != address_generation_) {
    const auto built = build_route(entry);
    if (!built) return no_route(topic);
    entry.route_body = std::make_shared<const std::string>(encode_body(*built));
    entry.route_generation = address_generation_;
  }
  return entry.route_body;
}

Result<TopicRouteData> RouteInfoManager::route(std::string_view topic) const {
  const std::shared_lock lock(mutex_);
  const auto at = topics_.find(topic);
  if (at == topics_.end()) return no_route(topic);
  auto built = build_route(at->second);
  if (!built) return no_route(topic);
  return std::move(*built);
}

ClusterInfo RouteInfoManager::cluster_info() const {
  const std::shared_lock lock(mutex_);
  ClusterInfo info;
  for (const auto& [name, broker] : brokers_)
    info.broker_addr_table.emplace(name, describe(name, broker));
  for (const auto& [cluster, names] : clusters_) {
    info.cluster_addr_table.emplace(cluster, std::vector<std::string>(names.begin(), names.end()));
  }
  return info;
}

TopicList RouteInfoManager::all_topics() const {
  std::vector<std::string> topics;
  {
    const std::shared_lock lock(mutex_);
    topics.reserve(topics_.size());
    for (const auto& [name, topic] : topics_) {
      if (first_living(topic) != nullptr) topics.push_back(name);
    }
  }
  return sorted(std::move(topics));
}

TopicList RouteInfoManager::topics_of_cluster(std::string_view cluster) const {
  std::vector<std::string> topics;
  {
    const std::shared_lock lock(mutex_);
    const auto brokers = clusters_.find(cluster);
    if (brokers == clusters_.end()) return {};
    for (const auto& [name, topic] : topics_) {
      const bool is_there =
          std::any_of(topic.queues.begin(), topic.queues.end(), [&](const auto& queue) {
            return queue.second.life->is_alive && brokers->second.contains(queue.first);
          });
      if (is_there) topics.push_back(name);
    }
  }
  return sorted(std::move(topics));
}

TopicList RouteInfoManager::system_topics() const {
  const std::shared_lock lock(mutex_);
  std::set<std::string> names;
  for (const auto& [cluster, brokers] : clusters_) {
    names.insert(cluster);
    names.insert(brokers.begin(), brokers.end());
  }
  TopicList list{.topics = {names.begin(), names.end()}, .broker_addr = std::nullopt};
  if (!brokers_.empty())
    list.broker_addr = brokers_.begin()->second.members.begin()->second.address;
  return list;
}

TopicList RouteInfoManager::unit_topics(UnitTopics which) const {
  std::vector<std::string> topics;
  {
    const std::shared_lock lock(mutex_);
    for (const auto& [name, topic] : topics_) {
      // The flag belongs to the topic: its brokers agree on it.
      const Queues* const queues = first_living(topic);
      if (queues != nullptr && has_flags(queues->data.topic_sys_flag, which))
        topics.push_back(name);
    }
  }
  return sorted(std::move(topics));
}

std::int32_t RouteInfoManager::wipe_write_perm(std::string_view broker_name) {
  return change_perm(broker_name, [](std::int32_t held) { return held & ~perm::write; });
}

std::int32_t RouteInfoManager::add_write_perm(std::string_view broker_name) {
  return change_perm(broker_name, [](std::int32_t) { return perm::read_write; });
}

std::int32_t RouteInfoManager::change_perm(
    std::string_view broker_name, const std::function<std::int32_t(std::int32_t)>& change) {
  std::vector<std::string> topics;
  {
    const std::shared_lock lock(mutex_);
    for (const auto& [name, topic] : topics_) {
      const auto queues = topic.queues.find(broker_name);
      if (queues != topic.queues.end() && queues->second.life->is_alive) topics.push_back(name);
    }
  }
  std::int32_t changed = 0;
  for_each_in_steps(topics, [&](Topics::iterator topic) {
    const auto queues = topic->second.queues.find(broker_name);
    if (queues == topic->second.queues.end() || !queues->second.life->is_alive) return;
    queues->second.data.perm = change(queues->second.data.perm);
    topic->second.route_body = nullptr;
    ++changed;
  });
  return changed;
}

void RouteInfoManager::delete_topic(std::string_view topic,
                                    const std::optional<std::string>& cluster) {
  const std::unique_lock lock(mutex_);
  const auto at = topics_.find(topic);
  if (at == topics_.end()) return;
  const bool everywhere = !cluster || cluster->empty();
  const auto brokers = everywhere ? clusters_.end() : clusters_.find(*cluster);
  if (!everywhere && brokers == clusters_.end()) return;
  auto& queues = at->second.queues;
  for (auto queue = queues.begin(); queue != queues.end();) {
    queue = everywhere || brokers->second.contains(queue->first) ? erase_queues(at->second, queue)
                                                                 : std::next(queue);
  }
  if (queues.empty()) erase_topic(at);
}

}  // namespace rocketmq::namesrv
