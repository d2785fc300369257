#include "clients/consumer_manager.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "clients/peer.hpp"

namespace rocketmq::broker {

using remoting::ChannelPtr;

namespace {

/// Memory that subscriptions take, all but exactly.
std::size_t bytes_of(const std::vector<SubscriptionData>& subscriptions) {
  constexpr std::size_t node = 64;
  std::size_t bytes = 0;
  for (const SubscriptionData& subscription : subscriptions) {
    bytes += sizeof(SubscriptionData) + node + 2 * subscription.topic.size() +
             subscription.sub_string.size() + subscription.expression_type.size() +
             subscription.code_set.size() * node;
    for (const std::string& tag : subscription.tags_set) bytes += sizeof(tag) + node + tag.size();
  }
  return bytes;
}

}  // namespace

/// Takes what the group needs more than before, or nothing.
Result<void> ConsumerManager::take_room(const ClientChannel& client,
                                        const remoting::ConsumerData& data) {
  const auto found = groups_.find(data.group_name);
  Group* const group = found == groups_.end() ? nullptr : &found->second;
  const Budget::Peer peer = peer_of(client.channel);
  const std::uint64_t id = client.channel->id();
  const bool is_new = group == nullptr || !group->channels.contains(id);
  if (is_new) {
    const auto memberships = groups_of_.find(id);
    if (memberships != groups_of_.end() &&
        memberships->second.size() >= limits::groups_per_connection_max) {
      return Error{ResponseCode::SystemError, "this connection is a member of " +
                                                  std::to_string(memberships->second.size()) +
                                                  " consumer groups, its limit"};
    }
    if (auto taken = memberships_.take(peer); !taken) return taken;
  }
  const std::size_t bytes = bytes_of(data.subscriptions);
  const bool is_same =
      group != nullptr && group->subscriber == peer && group->subscription_bytes == bytes;
  if (is_same) return {};
  if (group != nullptr) subscription_bytes_.give_back(group->subscriber, group->subscription_bytes);
  Budget::Peer subscriber = peer;
  if (auto taken = subscription_bytes_.take(peer, bytes); !taken) {
    if (group == nullptr || bytes > group->subscription_bytes) {
      if (group != nullptr)
        subscription_bytes_.charge(group->subscriber, group->subscription_bytes);
      if (is_new) memberships_.give_back(peer);
      return taken;
    }
    // Needs no more than the group has: a member that only changes with others is not refused.
    subscriber = group->subscriber;
    subscription_bytes_.charge(subscriber, bytes);
  }
  Group& taker = groups_[data.group_name];
  taker.subscriber = subscriber;
  taker.subscription_bytes = bytes;
  return {};
}

Result<void> ConsumerManager::register_consumer(const ClientChannel& client,
                                                const remoting::ConsumerData& data) {
  std::vector<Change> changes;
  {
    const std::lock_guard lock(mutex_);
    // A connection that closed before its heartbeat was looked at has been forgotten already, and
    // would stay forever.
    if (!client.channel->is_open()) return {};
    if (auto taken = take_room(client, data); !taken) return taken;
    const std::uint64_t id = client.channel->id();
    Group& group = groups_[data.group_name];
    const bool is_new = !group.channels.contains(id);
    group.consume_type = data.consume_type;
    group.message_model = data.message_model;
    group.consume_from_where = data.consume_from_where;
    auto& member = group.channels[id];
    if (is_new) {
      groups_of_[id].push_back(data.group_name);
    }
    member = client;
    member.last_heartbeat = clock_.steady_now();
    const bool resubscribed = replace_subscriptions(group, data.subscriptions);
    if (is_new || resubscribed) changes.push_back({data.group_name, members_of(group)});
    if (is_new) {
      spdlog::info("new consumer connected, group: {} {} {} {}", data.group_name,
                   remoting::to_string(data.message_model), client.client_id,
                   client.channel->remote().text());
    }
  }
  tell(changes);
  return {};
}

bool ConsumerManager::replace_subscriptions(Group& group,
                                            const std::vector<SubscriptionData>& wanted) {
  bool changed = false;
  std::unordered_set<std::string_view> topics;
  for (const auto& subscription : wanted) {
    topics.insert(subscription.topic);
    const auto held = group.subscriptions.find(subscription.topic);
    if (held == group.subscriptions.end()) {
      group.subscriptions.emplace(subscription.topic,
                                  std::make_shared<const SubscriptionData>(subscription));
      changed = true;
    } else if (subscription.sub_version > held->second->sub_version) {
      held->second = std::make_shared<const SubscriptionData>(subscription);
    }
  }
  changed |= std::erase_if(group.subscriptions,
                           [&](const auto& entry) { return !topics.contains(entry.first); }) > 0;
  return changed;
}

void ConsumerManager::unregister_consumer(std::string_view group, const ChannelPtr& channel) {
  std::vector<Change> changes;
  {
    const std::lock_guard lock(mutex_);
    const auto memberships = groups_of_.find(channel->id());
    if (memberships == groups_of_.end()) return;
    const auto name = std::find(memberships->second.begin(), memberships->second.end(), group);
    if (name == memberships->second.end()) return;
    const std::string owned_name = *name;
    memberships->second.erase(name);
    if (memberships->second.empty()) groups_of_.erase(memberships);
    remove_member(owned_name, channel->id(), changes);
  }
  tell(changes);
}

void ConsumerManager::channel_closed(const ChannelPtr& channel) {
  std::vector<Change> changes;
  {
    const std::lock_guard lock(mutex_);
    remove_from_all(channel->id(), changes);
  }
  tell(changes);
}

void ConsumerManager::scan_silent_channels() {
  std::vector<ChannelPtr> silent;
  std::vector<Change> changes;
  {
    const std::lock_guard lock(mutex_);
    const auto now = clock_.steady_now();
    for (auto& [name, group] : groups_) {
      for (const auto& [id, client] : group.channels) {
        if (now - client.last_heartbeat > silence_max) silent.push_back(client.channel);
      }
    }
    for (const auto& channel : silent) remove_from_all(channel->id(), changes);
  }
  // Members that stay notice at their next rebalance.
  std::erase_if(changes, [](const Change& change) { return !change.members.empty(); });
  tell(changes);
  for (const auto& channel : silent) channel->close("no heartbeat of a consumer for 120 s");
}

void ConsumerManager::remove_from_all(std::uint64_t channel_id, std::vector<Change>& changes) {
  const auto memberships = groups_of_.find(channel_id);
  if (memberships == groups_of_.end()) return;
  const auto names = std::move(memberships->second);
  groups_of_.erase(memberships);
  for (const auto& name : names) remove_member(name, channel_id, changes);
}

void ConsumerManager::remove_member(const std::string& group, std::uint64_t channel_id,
                                    std::vector<Change>& changes) {
  const auto found = groups_.find(group);
  if (found == groups_.end()) return;
  const auto member = found->second.channels.find(channel_id);
  if (member == found->second.channels.end()) return;
  memberships_.give_back(peer_of(member->second.channel));
  found->second.channels.erase(member);
  if (found->second.channels.empty()) {
    subscription_bytes_.give_back(found->second.subscriber, found->second.subscription_bytes);
    groups_.erase(found);
    spdlog::info("the last member of consumer group {} has left", group);
    changes.push_back({group, {}});
    return;
  }
  changes.push_back({group, members_of(found->second)});
}

std::vector<ChannelPtr> ConsumerManager::members_of(const Group& group) {
  std::vector<ChannelPtr> members;
  members.reserve(group.channels.size());
  for (const auto& [id, client] : group.channels) members.push_back(client.channel);
  return members;
}

void ConsumerManager::tell(const std::vector<Change>& changes) const {
  if (!on_change_) return;
  for (const auto& change : changes) on_change_(change.group, change.members);
}

std::optional<GroupSubscription> ConsumerManager::subscription_of(std::string_view group,
                                                                  std::string_view topic) const {
  const std::lock_guard lock(mutex_);
  const auto found = groups_.find(group);
  if (found == groups_.end()) return std::nullopt;
  GroupSubscription answer{.message_model = found->second.message_model};
  const auto subscription = found->second.subscriptions.find(topic);
  if (subscription != found->second.subscriptions.end()) answer.subscription = subscription->second;
  return answer;
}

std::vector<std::string> ConsumerManager::client_ids_of(std::string_view group) const {
  std::vector<std::string> ids;
  const std::lock_guard lock(mutex_);
  const auto found = groups_.find(group);
  if (found == groups_.end()) return ids;
  for (const auto& [id, client] : found->second.channels) {
    if (!client.client_id.empty()) ids.push_back(client.client_id);
  }
  // A client id may have several connections, of which one is not yet known to be dead. Every
  // member that is named is given queues.
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

std::vector<ChannelPtr> ConsumerManager::channels_of(std::string_view group) const {
  const std::lock_guard lock(mutex_);
  const auto found = groups_.find(group);
  return found == groups_.end() ? std::vector<ChannelPtr>() : members_of(found->second);
}

std::optional<ConsumerGroupView> ConsumerManager::view_of(std::string_view group) const {
  const std::lock_guard lock(mutex_);
  const auto found = groups_.find(group);
  if (found == groups_.end()) return std::nullopt;
  ConsumerGroupView view{.consume_type = found->second.consume_type,
                         .message_model = found->second.message_model,
                         .consume_from_where = found->second.consume_from_where};
  for (const auto& [id, client] : found->second.channels) view.channels.push_back(client);
  for (const auto& [topic, subscription] : found->second.subscriptions)
    view.subscriptions.push_back(*subscription);
  return view;
}

std::vector<std::string> ConsumerManager::groups_of_topic(std::string_view topic) const {
  std::vector<std::string> names;
  const std::lock_guard lock(mutex_);
  for (const auto& [name, group] : groups_) {
    if (group.subscriptions.contains(topic)) names.push_back(name);
  }
  return names;
}

}  // namespace rocketmq::broker
