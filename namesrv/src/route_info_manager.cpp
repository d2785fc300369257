// Registration and removal of brokers; what is asked and administered is in route_info_queries.cpp.
#include "route_info_manager.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "registration_checks.hpp"
#include "rocketmq/common/text.hpp"

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

/// Keeps out what must not be published; the rest of the registration is good without it.
std::size_t drop_bad_addresses(BrokerRegistration& registration) {
  std::size_t dropped = 0;
  if (!registration.ha_server_addr.empty() &&
      !is_publishable_address(registration.ha_server_addr)) {
    registration.ha_server_addr.clear();
    ++dropped;
  }
  if (auto& servers = registration.body.filter_server_list) {
    dropped += std::erase_if(
        *servers, [](const std::string& server) { return !is_publishable_address(server); });
  }
  return dropped;
}

Error refusal(const std::string& what, std::size_t count) {
  return {ResponseCode::SystemError,
          what + " already holds " + std::to_string(count) + " brokers, its limit"};
}

}  // namespace

Result<RegistrationOutcome> RouteInfoManager::register_broker(BrokerRegistration registration) {
  const BrokerIdentity& broker = registration.broker;
  if (auto checked = check_identity(broker); !checked) return checked.error();
  const std::size_t dropped = drop_bad_addresses(registration);
  registration.is_lone_topic = registration.body.topic_config.topic_config_table.size() == 1;
  SkippedTopics skipped;
  if (broker.broker_id == 0) skipped = skip_unacceptable_topics(registration);

  Registered registered;
  {
    const std::unique_lock lock(mutex_);
    registered = enter(registration);
    note_hold(0);
  }
  if (registered.refused) return std::move(*registered.refused);
  if (registered.takes_topics) {
    enter_topics(registration, registered);
    hold_version(registration, registered);
  }
  if (registered.new_broker) {
    spdlog::info("new broker registered, {} HAServer: {}", broker.broker_addr,
                 registration.ha_server_addr);
  }
  if (registered.report_conflict) {
    spdlog::warn(
        "broker {} id {}: {} has taken the place of {}, whose connection is open; two brokers with "
        "one name and id take it from each other at each registration",
        broker.broker_name, broker.broker_id, broker.broker_addr, registered.replaced_address);
  }
  // An unchanged table comes every 30 s: what was skipped has been logged.
  if (registered.version_changed) {
    log_skipped(broker, skipped);
    if (dropped > 0)
      spdlog::warn("{} addresses of broker {} are not of the form ip:port and were skipped",
                   dropped, broker.broker_name);
  }
  if (registered.topics_changed > 0) {
    spdlog::info("topics registered, broker: {}, new or changed: {}", broker.broker_name,
                 registered.topics_changed);
  }
  if (registered.topics_refused > 0) {
    spdlog::error(
        "the route table or its sender's share is full, {} topics of broker {} were not "
        "entered",
        registered.topics_refused, broker.broker_name);
  }
  if (registered.filter_servers_refused > 0) {
    spdlog::error("{} filter servers of broker {} were not entered: too many",
                  registered.filter_servers_refused, broker.broker_name);
  }
  // A connection that closed before its registration was entered has been looked up without result.
  if (registration.channel != nullptr && !registration.channel->is_open())
    remove_channel(registration.channel->id());
  return std::move(registered.outcome);
}

RouteInfoManager::SharePtr RouteInfoManager::share_of(const BrokerRegistration& registration) {
  const std::string ip =
      registration.channel == nullptr ? "" : registration.channel->remote().ip_text();
  SharePtr& share = shares_[ip];
  if (share == nullptr) share = std::make_shared<Share>();
  return share;
}

std::optional<Error> RouteInfoManager::refuse(const BrokerRegistration& registration,
                                              const SharePtr& share) const {
  const BrokerIdentity& identity = registration.broker;
  const auto broker = brokers_.find(identity.broker_name);
  const Member* held = nullptr;
  if (broker != brokers_.end()) {
    for (const auto& [id, member] : broker->second.members) {
      if (id == identity.broker_id || member.address == identity.broker_addr) held = &member;
    }
  }
  if (held == nullptr && member_count_ >= limits_.brokers_max)
    return refusal("the name server", member_count_);
  const bool grows_share = held == nullptr || held->share != share;
  if (grows_share && share->brokers >= limits_.brokers_per_address_max)
    return refusal("the address of this connection", share->brokers);
  if (registration.channel == nullptr) return std::nullopt;
  const auto owned = by_channel_.find(registration.channel->id());
  if (owned != by_channel_.end() && owned->second.size() >= limits_.brokers_per_connection_max &&
      !owned->second.contains({identity.broker_name, identity.broker_id})) {
    return refusal("this connection", owned->second.size());
  }
  return std::nullopt;
}

RouteInfoManager::Registered RouteInfoManager::enter(const BrokerRegistration& registration) {
  const BrokerIdentity& identity = registration.broker;
  Registered registered;
  const SharePtr share = share_of(registration);
  registered.refused = refuse(registration, share);
  if (registered.refused) return registered;
  Broker& broker =
      brokers_.try_emplace(identity.broker_name, Broker{.cluster = identity.cluster_name})
          .first->second;
  if (broker.life == nullptr) {
    broker.life = std::make_shared<Life>();
    broker.life->share = share;
  }
  registered.life = broker.life;
  if (broker.enable_acting_master != registration.enable_acting_master) {
    broker.enable_acting_master = registration.enable_acting_master;
    ++address_generation_;
  }
  join_cluster(broker, identity);
  drop_other_ids(broker, identity);

  const bool is_master = identity.broker_id == 0;
  const auto previous = broker.members.find(identity.broker_id);
  const bool is_first = previous == broker.members.end();
  registered.new_broker = is_first || previous->second.address != identity.broker_addr;
  registered.version_changed =
      registered.new_broker ||
      previous->second.data_version != registration.body.topic_config.data_version;
  const bool waits_for_table = is_master && is_first && registration.is_lone_topic;
  registered.takes_topics = is_master && !waits_for_table;
  if (registered.takes_topics && registered.version_changed)
    broker.life->table_stamp = ++last_table_stamp_;
  if (is_master) move_queue_datas(*broker.life, share);
  if (!is_first) note_conflict(previous->second, registration, registered);
  replace_member(broker, registration, share, registered);

  registered.outcome.master = master_of(identity);
  if (waits_for_table) {
    registered.outcome.remark =
        "the topic was not entered: this name server did not know the broker and waits for its "
        "whole table";
  }
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
    release({identity.broker_name, member->first}, member->second);
    member = broker.members.erase(member);
  }
}

/// Two brokers with one name and id push each other out of the routes. A broker that moved to
/// another address has lost its old connection, or has the same one.
void RouteInfoManager::note_conflict(Member& held, const BrokerRegistration& registration,
                                     Registered& registered) {
  const bool is_replaced = held.address != registration.broker.broker_addr &&
                           held.channel != nullptr && held.channel != registration.channel &&
                           held.channel->is_open();
  if (!is_replaced) return;
  registered.replaced_address = held.address;
  registered.report_conflict = !std::exchange(held.is_conflict_reported, true);
  registered.outcome.remark = "this broker has taken the place of " + held.address +
                              ", which is connected and has the same brokerName and brokerId";
}

void RouteInfoManager::replace_member(Broker& broker, const BrokerRegistration& registration,
                                      const SharePtr& share, Registered& registered) {
  const BrokerIdentity& identity = registration.broker;
  const MemberKey key{identity.broker_name, identity.broker_id};
  auto [at, is_new] = broker.members.try_emplace(identity.broker_id);
  Member& member = at->second;
  if (!is_new) release(key, member);
  if (member.address != identity.broker_addr) {
    member.filter_servers.clear();  // they belonged to the process at the other address
    member.address = identity.broker_addr;
    ++address_generation_;
  }
  member.ha_address = registration.ha_server_addr;
  if (identity.broker_id != 0) {
    member.data_version = registration.body.topic_config.data_version;
  } else if (registered.version_changed) {
    member.data_version = {};  // until its topics are entered
  }
  member.last_update = clock_.steady_now();
  member.channel = registration.channel;
  if (member.channel != nullptr) by_channel_[member.channel->id()].insert(key);
  if (registration.body.filter_server_list)
    replace_filter_servers(member, *share, *registration.body.filter_server_list, registered);
  member.share = share;
  ++member_count_;
  ++share->brokers;
  filter_server_count_ += member.filter_servers.size();
  share->filter_servers += member.filter_servers.size();
}

/// The member's own filter servers are not counted at this time.
void RouteInfoManager::replace_filter_servers(Member& member, const Share& share,
                                              std::vector<std::string> wanted,
                                              Registered& registered) {
  const auto room = [](std::size_t limit, std::size_t used) {
    return limit > used ? limit - used : 0;
  };
  const std::size_t count_max =
      std::min({limits_.filter_servers_per_broker_max,
                room(limits_.filter_servers_per_address_max, share.filter_servers),
                room(limits_.filter_servers_max, filter_server_count_)});
  if (wanted.size() > count_max) {
    registered.filter_servers_refused = wanted.size() - count_max;
    wanted.resize(count_max);
  }
  if (wanted == member.filter_servers) return;
  member.filter_servers = std::move(wanted);
  ++address_generation_;
}

void RouteInfoManager::move_queue_datas(Life& life, const SharePtr& share) {
  life.share->queue_datas -= life.queue_datas;
  share->queue_datas += life.queue_datas;
  life.share = share;
}

void RouteInfoManager::enter_topics(const BrokerRegistration& registration,
                                    Registered& registered) {
  const std::string& broker_name = registration.broker.broker_name;
  const LifePtr& life = registered.life;
  const auto& table = registration.body.topic_config.topic_config_table;
  std::vector<const TopicConfigTable::value_type*> wanted;
  {
    const std::shared_lock lock(mutex_);
    for (const auto& topic : table) {
      const auto known = topics_.find(topic.first);
      const Queues* held = nullptr;
      if (known != topics_.end()) {
        const auto queues = known->second.queues.find(broker_name);
        if (queues != known->second.queues.end()) held = &queues->second;
      }
      if (held == nullptr || held->life != life || held->table_stamp != life->table_stamp)
        wanted.push_back(&topic);
    }
  }
  for (std::size_t begin = 0; begin < wanted.size(); begin += limits_.topics_per_hold) {
    const std::size_t end = std::min(begin + limits_.topics_per_hold, wanted.size());
    const std::unique_lock lock(mutex_);
    if (!life->is_alive) return;  // its connection has closed meanwhile
    for (std::size_t i = begin; i < end; ++i) {
      const auto& [topic, config] = *wanted[i];
      switch (upsert_queue_data(topic,
                                {.broker_name = broker_name,
                                 .read_queue_nums = config.read_queue_nums,
                                 .write_queue_nums = config.write_queue_nums,
                                 .perm = config.perm,
                                 .topic_sys_flag = config.topic_sys_flag},
                                life)) {
        case Upsert::Unchanged: break;
        case Upsert::Changed: ++registered.topics_changed; break;
        case Upsert::NoRoom: ++registered.topics_refused; break;
      }
    }
    note_hold(end - begin);
  }
}

/// Topics that found no room are offered again: the version that brought them does not count as
/// held.
void RouteInfoManager::hold_version(const BrokerRegistration& registration,
                                    const Registered& registered) {
  if (!registered.version_changed && registered.topics_refused == 0) return;
  const std::unique_lock lock(mutex_);
  Member* const member =
      find_member(registration.broker.broker_name, registration.broker.broker_addr);
  if (!registered.life->is_alive || member == nullptr) return;
  member->data_version =
      registered.topics_refused > 0 ? DataVersion{} : registration.body.topic_config.data_version;
}

RouteInfoManager::Upsert RouteInfoManager::upsert_queue_data(const std::string& topic,
                                                             QueueData queue_data,
                                                             const LifePtr& life) {
  const auto known = topics_.find(topic);
  const bool is_new_topic = known == topics_.end();
  const Queues* held = nullptr;
  if (!is_new_topic) {
    const auto queues = known->second.queues.find(queue_data.broker_name);
    if (queues != known->second.queues.end()) held = &queues->second;
  }
  Share& share = *life->share;
  const bool is_own = held != nullptr && held->life == life;
  const bool grows_share = held == nullptr || held->life->share != life->share;
  if (held == nullptr && queue_data_count_ >= limits_.queue_datas_max) return Upsert::NoRoom;
  if (!is_own && life->queue_datas >= limits_.queue_datas_per_broker_max) return Upsert::NoRoom;
  if (grows_share && share.queue_datas >= limits_.queue_datas_per_address_max)
    return Upsert::NoRoom;
  if (is_new_topic &&
      (topics_.size() >= limits_.topics_max || share.topics >= limits_.topics_per_address_max)) {
    return Upsert::NoRoom;
  }

  Topic& entry = topics_[topic];
  if (is_new_topic) {
    entry.share = life->share;
    ++share.topics;
  }
  Queues& queues = entry.queues[queue_data.broker_name];
  if (held == nullptr) ++queue_data_count_;
  if (!is_own) {
    if (queues.life != nullptr) {
      --queues.life->queue_datas;
      --queues.life->share->queue_datas;
    }
    ++life->queue_datas;
    ++share.queue_datas;
    queues.life = life;
  }
  queues.table_stamp = life->table_stamp;
  if (is_own && queues.data == queue_data) return Upsert::Unchanged;
  queues.data = std::move(queue_data);
  entry.route_body = nullptr;
  return Upsert::Changed;
}

RouteInfoManager::QueuesAt RouteInfoManager::erase_queues(Topic& topic, QueuesAt queues) {
  Life& life = *queues->second.life;
  --life.queue_datas;
  --life.share->queue_datas;
  --queue_data_count_;
  topic.route_body = nullptr;
  return topic.queues.erase(queues);
}

void RouteInfoManager::erase_topic(Topics::iterator topic) {
  --topic->second.share->topics;
  topics_.erase(topic);
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

bool RouteInfoManager::has_brokers(std::uint64_t channel_id) const {
  const std::shared_lock lock(mutex_);
  return by_channel_.contains(channel_id);
}

void RouteInfoManager::remove_channel(std::uint64_t channel_id) {
  if (!has_brokers(channel_id)) return;
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
  const auto now = clock_.steady_now();
  const auto is_gone = [now](const Member& member) {
    return now - member.last_update > broker_expiry ||
           (member.channel != nullptr && !member.channel->is_open());
  };
  std::vector<MemberKey> found;
  {
    const std::shared_lock lock(mutex_);
    for (const auto& [name, broker] : brokers_) {
      for (const auto& [id, member] : broker.members) {
        if (is_gone(member)) found.emplace_back(name, id);
      }
    }
  }
  std::vector<Removed> removed;
  {
    const std::unique_lock lock(mutex_);
    for (const MemberKey& key : found) {
      const auto broker = brokers_.find(key.first);
      if (broker == brokers_.end()) continue;
      const auto member = broker->second.members.find(key.second);
      if (member == broker->second.members.end() || !is_gone(member->second)) continue;
      removed.push_back(remove_member(key));
    }
    std::erase_if(shares_, [](const auto& share) { return share.second.use_count() == 1; });
  }
  for (const Removed& gone : removed) {
    if (gone.member.channel != nullptr && !gone.member.channel->is_open()) {
      spdlog::info("the broker's connection is closed, {} {}", gone.broker_name,
                   gone.member.address);
      continue;
    }
    spdlog::warn("The broker channel expired, {} {}ms", gone.member.address, broker_expiry.count());
    if (gone.member.channel != nullptr)
      gone.member.channel->close("the broker has not registered for 120 s");
  }
  log_removed(removed);
}

void RouteInfoManager::purge() {
  std::uint64_t deaths = 0;
  std::vector<std::string> topics;
  {
    const std::shared_lock lock(mutex_);
    if (purged_deaths_ == deaths_) return;
    deaths = deaths_;
    for (const auto& [name, topic] : topics_) {
      const bool has_dead = std::any_of(topic.queues.begin(), topic.queues.end(),
                                        [](const auto& q) { return !q.second.life->is_alive; });
      if (has_dead) topics.push_back(name);
    }
  }
  for_each_in_steps(topics, [this](Topics::iterator topic) {
    auto& queues = topic->second.queues;
    for (auto at = queues.begin(); at != queues.end();)
      at = at->second.life->is_alive ? std::next(at) : erase_queues(topic->second, at);
    if (queues.empty()) erase_topic(topic);
  });
  const std::unique_lock lock(mutex_);
  purged_deaths_ = std::max(purged_deaths_, deaths);
}

void RouteInfoManager::for_each_in_steps(const std::vector<std::string>& topics,
                                         const std::function<void(Topics::iterator)>& change) {
  for (std::size_t begin = 0; begin < topics.size(); begin += limits_.topics_per_hold) {
    const std::size_t end = std::min(begin + limits_.topics_per_hold, topics.size());
    const std::unique_lock lock(mutex_);
    for (std::size_t i = begin; i < end; ++i) {
      if (const auto topic = topics_.find(topics[i]); topic != topics_.end()) change(topic);
    }
    note_hold(end - begin);
  }
}

void RouteInfoManager::note_hold(std::size_t topics) {
  if (topics > longest_hold_topics_.load(std::memory_order_relaxed)) longest_hold_topics_ = topics;
}

RouteInfoManager::Removed RouteInfoManager::remove_member(const MemberKey& key) {
  Broker& broker = brokers_.find(key.first)->second;
  const auto at = broker.members.find(key.second);
  release(key, at->second);
  Removed removed{.broker_name = key.first, .member = std::move(at->second)};
  broker.members.erase(at);
  ++address_generation_;
  if (broker.members.empty()) forget_broker(key.first);
  return removed;
}

/// Takes a member out of every count and index; it is erased or counted again after that.
void RouteInfoManager::release(const MemberKey& key, const Member& member) {
  forget_channel_of(key, member);
  --member_count_;
  --member.share->brokers;
  filter_server_count_ -= member.filter_servers.size();
  member.share->filter_servers -= member.filter_servers.size();
}

/// The last address of a broker name is gone: so are its queues, and clusters that had no other
/// broker. Its queues in the topic table are only marked, by its life.
void RouteInfoManager::forget_broker(const std::string& broker_name) {
  const auto broker = brokers_.find(broker_name);
  for (const std::string& name : broker->second.memberships) {
    const auto cluster = clusters_.find(name);
    cluster->second.erase(broker_name);
    if (cluster->second.empty()) clusters_.erase(cluster);
  }
  broker->second.life->is_alive = false;
  if (broker->second.life->queue_datas > 0) ++deaths_;
  brokers_.erase(broker);
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
