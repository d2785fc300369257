// Registration and removal of brokers; what is asked and administered is in route_info_queries.cpp.
#include "route_info_manager.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "printable.hpp"
#include "registration_checks.hpp"

namespace rocketmq::namesrv {

using remoting::QueueData;

RouteInfoManager::RouteInfoManager(const Clock& clock, RouteLimits limits)
    : clock_(clock), limits_(limits) {}

namespace {

/// Topics that were kept out of the table, and the first of them for the log.
struct SkippedTopics {
  std::size_t count = 0;
  std::vector<std::string> examples;
};

/// Takes out what must not enter the table, before the lock is taken.
SkippedTopics skip_unacceptable_topics(BrokerRegistration& registration) {
  constexpr std::size_t examples_max = 10;
  SkippedTopics skipped;
  std::erase_if(registration.body.topic_config.topic_config_table, [&](const auto& topic) {
    const auto& [name, config] = topic;
    if (is_acceptable_topic(name, config, registration.broker)) return false;
    ++skipped.count;
    if (skipped.examples.size() < examples_max) {
      skipped.examples.push_back(name.substr(0, registered_text_bytes_max) + " (" +
                                 std::to_string(config.read_queue_nums) + " read queues, " +
                                 std::to_string(config.write_queue_nums) + " write queues)");
    }
    return true;
  });
  return skipped;
}

void log_skipped(const BrokerIdentity& broker, const SkippedTopics& skipped) {
  if (skipped.count == 0) return;
  spdlog::warn("{} topics of broker {} were skipped for their name or number of queues",
               skipped.count, broker.broker_name);
  for (const std::string& example : skipped.examples)
    spdlog::warn("skipped topic: {}", printable(example));
}

Result<void> check_filter_servers(const BrokerRegistration& registration,
                                  std::size_t filter_servers_max) {
  if (!registration.body.filter_server_list) return {};
  const auto& servers = *registration.body.filter_server_list;
  if (servers.size() > filter_servers_max) {
    return Error{ResponseCode::SystemError,
                 "too many filter servers: " + std::to_string(servers.size())};
  }
  if (!std::all_of(servers.begin(), servers.end(), is_publishable_address)) {
    return Error{ResponseCode::SystemError, "a filter server's address is not of the form ip:port"};
  }
  return {};
}

}  // namespace

Result<MasterAddresses> RouteInfoManager::register_broker(BrokerRegistration registration) {
  const BrokerIdentity& broker = registration.broker;
  if (auto checked = check_identity(broker); !checked) return checked.error();
  if (!registration.ha_server_addr.empty() &&
      !is_publishable_address(registration.ha_server_addr)) {
    return Error{ResponseCode::SystemError, "haServerAddr is not of the form ip:port"};
  }
  if (auto checked = check_filter_servers(registration, limits_.filter_servers_max); !checked)
    return checked.error();
  SkippedTopics skipped;
  if (broker.broker_id == 0) skipped = skip_unacceptable_topics(registration);

  Registered registered;
  {
    const std::unique_lock lock(mutex_);
    registered = enter(registration);
  }
  if (registered.refused) return std::move(*registered.refused);
  if (registered.new_broker) {
    spdlog::info("new broker registered, {} HAServer: {}", broker.broker_addr,
                 registration.ha_server_addr);
  }
  // An unchanged table comes every 30 s: its skipped topics have been told of.
  if (registered.topics_offered) log_skipped(broker, skipped);
  if (registered.topics_changed > 0) {
    spdlog::info("topics registered, broker: {}, new or changed: {}", broker.broker_name,
                 registered.topics_changed);
  }
  if (registered.topics_refused > 0) {
    spdlog::error("the route table is full, {} topics of broker {} were not entered",
                  registered.topics_refused, broker.broker_name);
  }
  // A connection that closed before its registration was entered has been looked for in vain.
  if (registration.channel != nullptr && !registration.channel->is_open())
    remove_channel(registration.channel->id());
  return registered.master;
}

RouteInfoManager::Registered RouteInfoManager::enter(BrokerRegistration& registration) {
  const BrokerIdentity& identity = registration.broker;
  Registered registered;
  const bool is_known = find_member(identity.broker_name, identity.broker_addr) != nullptr;
  if (!is_known && member_count_ >= limits_.brokers_max) {
    registered.refused =
        Error{ResponseCode::SystemError, "the name server already holds " +
                                             std::to_string(member_count_) + " brokers, its limit"};
    return registered;
  }
  Broker& broker =
      brokers_.try_emplace(identity.broker_name, Broker{.cluster = identity.cluster_name})
          .first->second;
  join_cluster(broker, identity);
  drop_other_ids(broker, identity);

  const auto previous = broker.members.find(identity.broker_id);
  const bool is_first = previous == broker.members.end();
  const bool is_changed =
      is_first || previous->second.address != identity.broker_addr ||
      previous->second.data_version != registration.body.topic_config.data_version;
  registered.topics_offered = identity.broker_id == 0 && is_changed;
  if (registered.topics_offered) upsert_topics(registration, registered);

  registered.new_broker = is_first || previous->second.address != identity.broker_addr;
  // Topics that found no room are offered again: the version that brought them does not count as
  // held.
  if (registered.topics_refused > 0) registration.body.topic_config.data_version = {};
  replace_member(broker, registration);
  registered.master = master_of(identity);
  return registered;
}

void RouteInfoManager::join_cluster(Broker& broker, const BrokerIdentity& identity) {
  const bool has_room = broker.memberships.size() < clusters_of_broker_max;
  if (!has_room || !broker.memberships.insert(identity.cluster_name).second) return;
  clusters_[identity.cluster_name].insert(identity.broker_name);
}

/// A slave that was promoted registers its address under id 0: the address must not stay under the
/// old id.
void RouteInfoManager::drop_other_ids(Broker& broker, const BrokerIdentity& identity) {
  for (auto member = broker.members.begin(); member != broker.members.end();) {
    if (member->first == identity.broker_id || member->second.address != identity.broker_addr) {
      ++member;
      continue;
    }
    forget_channel_of({identity.broker_name, member->first}, member->second);
    member = broker.members.erase(member);
    --member_count_;
    ++address_generation_;
  }
}

void RouteInfoManager::replace_member(Broker& broker, const BrokerRegistration& registration) {
  const BrokerIdentity& identity = registration.broker;
  const MemberKey key{identity.broker_name, identity.broker_id};
  auto [at, is_new] = broker.members.try_emplace(identity.broker_id);
  Member& member = at->second;
  if (is_new) {
    ++member_count_;
  } else {
    forget_channel_of(key, member);
  }
  if (member.address != identity.broker_addr) {
    member.filter_servers.clear();  // they belonged to the process at the other address
    member.address = identity.broker_addr;
    ++address_generation_;
  }
  member.ha_address = registration.ha_server_addr;
  member.data_version = registration.body.topic_config.data_version;
  member.last_update = clock_.steady_now();
  member.channel = registration.channel;
  if (member.channel != nullptr) by_channel_[member.channel->id()].insert(key);
  const auto& filter_servers = registration.body.filter_server_list;
  if (filter_servers && *filter_servers != member.filter_servers) {
    member.filter_servers = *filter_servers;
    ++address_generation_;
  }
}

void RouteInfoManager::upsert_topics(const BrokerRegistration& registration,
                                     Registered& registered) {
  const std::string& broker_name = registration.broker.broker_name;
  for (const auto& [topic, config] : registration.body.topic_config.topic_config_table) {
    switch (upsert_queue_data(topic, {.broker_name = broker_name,
                                      .read_queue_nums = config.read_queue_nums,
                                      .write_queue_nums = config.write_queue_nums,
                                      .perm = config.perm,
                                      .topic_sys_flag = config.topic_sys_flag})) {
      case Upsert::Unchanged:
        break;
      case Upsert::Changed:
        ++registered.topics_changed;
        break;
      case Upsert::NoRoom:
        ++registered.topics_refused;
        break;
    }
  }
}

RouteInfoManager::Upsert RouteInfoManager::upsert_queue_data(const std::string& topic,
                                                             QueueData queue_data) {
  const auto known = topics_.find(topic);
  const bool is_new =
      known == topics_.end() || !known->second.queues.contains(queue_data.broker_name);
  if (is_new && queue_data_count_ >= limits_.queue_datas_max) return Upsert::NoRoom;
  if (known == topics_.end() && topics_.size() >= limits_.topics_max) return Upsert::NoRoom;

  Topic& entry = topics_[topic];
  QueueData& held = entry.queues[queue_data.broker_name];
  if (!is_new && held == queue_data) return Upsert::Unchanged;
  if (is_new) ++queue_data_count_;
  held = std::move(queue_data);
  entry.route_body = nullptr;
  return Upsert::Changed;
}

void RouteInfoManager::unregister_broker(const BrokerIdentity& broker) {
  std::vector<Removed> removed;
  {
    const std::unique_lock lock(mutex_);
    const auto at = brokers_.find(broker.broker_name);
    if (at == brokers_.end()) return;
    const auto member = at->second.members.find(broker.broker_id);
    if (member == at->second.members.end() || member->second.address != broker.broker_addr) return;
    removed.push_back(remove_member({broker.broker_name, broker.broker_id}));
  }
  log_removed(removed);
}

DataVersionAnswer RouteInfoManager::query_data_version(const BrokerIdentity& broker,
                                                       const DataVersion& version) {
  const std::unique_lock lock(mutex_);
  Member* member = find_member(broker.broker_name, broker.broker_addr);
  if (member == nullptr) return {};
  const bool changed = member->data_version != version;
  if (!changed) member->last_update = clock_.steady_now();
  return {.changed = changed, .held = member->data_version};
}

void RouteInfoManager::remove_channel(std::uint64_t channel_id) {
  {
    // Most connections that close are clients': they must not stop the readers.
    const std::shared_lock lock(mutex_);
    if (!by_channel_.contains(channel_id)) return;
  }
  std::vector<Removed> removed;
  {
    const std::unique_lock lock(mutex_);
    const auto owned = by_channel_.find(channel_id);
    if (owned == by_channel_.end()) return;
    const std::vector<MemberKey> keys(owned->second.begin(), owned->second.end());
    for (const MemberKey& key : keys) removed.push_back(remove_member(key));
  }
  for (const Removed& gone : removed) {
    spdlog::info("the broker's connection is closed, {} {}", gone.broker_name, gone.member.address);
  }
  log_removed(removed);
}

void RouteInfoManager::tick() {
  std::vector<Removed> removed;
  {
    const std::unique_lock lock(mutex_);
    const auto now = clock_.steady_now();
    std::vector<MemberKey> expired;
    for (const auto& [name, broker] : brokers_) {
      for (const auto& [id, member] : broker.members) {
        if (now - member.last_update > broker_expiry) expired.emplace_back(name, id);
      }
    }
    for (const MemberKey& key : expired) removed.push_back(remove_member(key));
  }
  for (const Removed& gone : removed) {
    spdlog::warn("The broker channel expired, {} {}ms", gone.member.address, broker_expiry.count());
    if (gone.member.channel != nullptr)
      gone.member.channel->close("the broker has not registered for 120 s");
  }
  log_removed(removed);
}

RouteInfoManager::Removed RouteInfoManager::remove_member(const MemberKey& key) {
  Broker& broker = brokers_.find(key.first)->second;
  const auto at = broker.members.find(key.second);
  Removed removed{.broker_name = key.first, .member = std::move(at->second)};
  broker.members.erase(at);
  forget_channel_of(key, removed.member);
  --member_count_;
  ++address_generation_;
  if (broker.members.empty()) forget_broker(key.first);
  return removed;
}

/// The last address of a broker name is gone: so are its queues, and topics and clusters that had
/// no other broker.
void RouteInfoManager::forget_broker(const std::string& broker_name) {
  const auto broker = brokers_.find(broker_name);
  for (const std::string& name : broker->second.memberships) {
    const auto cluster = clusters_.find(name);
    cluster->second.erase(broker_name);
    if (cluster->second.empty()) clusters_.erase(cluster);
  }
  brokers_.erase(broker);
  for (auto topic = topics_.begin(); topic != topics_.end();) {
    if (topic->second.queues.erase(broker_name) > 0) {
      --queue_data_count_;
      topic->second.route_body = nullptr;
    }
    topic = topic->second.queues.empty() ? topics_.erase(topic) : std::next(topic);
  }
}

void RouteInfoManager::forget_channel_of(const MemberKey& key, const Member& member) {
  if (member.channel == nullptr) return;
  const auto owned = by_channel_.find(member.channel->id());
  if (owned == by_channel_.end()) return;
  owned->second.erase(key);
  if (owned->second.empty()) by_channel_.erase(owned);
}

RouteInfoManager::Member* RouteInfoManager::find_member(std::string_view broker_name,
                                                        std::string_view address) {
  const auto broker = brokers_.find(broker_name);
  if (broker == brokers_.end()) return nullptr;
  for (auto& [id, member] : broker->second.members) {
    if (member.address == address) return &member;
  }
  return nullptr;
}

MasterAddresses RouteInfoManager::master_of(const BrokerIdentity& broker) const {
  if (broker.broker_id == 0) return {};
  const auto at = brokers_.find(broker.broker_name);
  if (at == brokers_.end()) return {};
  const auto master = at->second.members.find(0);
  if (master == at->second.members.end()) return {};
  return {.ha_server_addr = master->second.ha_address, .master_addr = master->second.address};
}

void RouteInfoManager::log_removed(const std::vector<Removed>& removed) {
  for (const Removed& gone : removed) {
    spdlog::info("unregisterBroker, remove from brokerLiveTable OK, {} {}", gone.broker_name,
                 gone.member.address);
  }
}

}  // namespace rocketmq::namesrv
