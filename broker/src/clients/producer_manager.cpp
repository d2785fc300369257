#include "clients/producer_manager.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "clients/peer.hpp"

namespace rocketmq::broker {

using remoting::ChannelPtr;

Result<void> ProducerManager::register_producer(const std::string& group,
                                                const ClientChannel& client) {
  const std::lock_guard lock(mutex_);
  if (!client.channel->is_open()) return {};
  const std::uint64_t id = client.channel->id();
  const auto found = groups_.find(group);
  const bool is_new = found == groups_.end() || !found->second.channels.contains(id);
  if (is_new) {
    const auto own = groups_of_.find(id);
    if (own != groups_of_.end() && own->second.size() >= limits::groups_per_connection_max) {
      return Error{ResponseCode::SystemError, "this connection is a member of " +
                                                  std::to_string(own->second.size()) +
                                                  " producer groups, its limit"};
    }
    if (auto taken = memberships_.take(peer_of(client.channel)); !taken) return taken;
    groups_of_[id].push_back(group);
    spdlog::info("new producer connected, group: {} {} {}", group, client.client_id,
                 client.channel->remote().text());
  }
  auto& member = groups_[group].channels[id];
  const bool is_new_id = is_new || member.client_id != client.client_id;
  if (is_new_id && !is_new) forget_client(member.client_id, id);
  note_heartbeat(client, is_new_id);
  member = client;
  member.last_heartbeat = clock_.steady_now();
  return {};
}

void ProducerManager::unregister_producer(std::string_view group, const ChannelPtr& channel) {
  const std::lock_guard lock(mutex_);
  const auto memberships = groups_of_.find(channel->id());
  if (memberships == groups_of_.end()) return;
  const auto name = std::find(memberships->second.begin(), memberships->second.end(), group);
  if (name == memberships->second.end()) return;
  remove_member(*name, channel->id());
  memberships->second.erase(name);
  if (memberships->second.empty()) groups_of_.erase(memberships);
}

void ProducerManager::channel_closed(const ChannelPtr& channel) {
  const std::lock_guard lock(mutex_);
  remove_from_all(channel->id());
}

void ProducerManager::scan_silent_channels() {
  std::vector<ChannelPtr> silent;
  {
    const std::lock_guard lock(mutex_);
    const auto now = clock_.steady_now();
    for (const auto& [name, group] : groups_) {
      for (const auto& [id, client] : group.channels) {
        if (now - client.last_heartbeat > silence_max) silent.push_back(client.channel);
      }
    }
    for (const auto& channel : silent) remove_from_all(channel->id());
  }
  for (const auto& channel : silent) channel->close("no heartbeat of a producer for 120 s");
}

void ProducerManager::remove_from_all(std::uint64_t channel_id) {
  const auto memberships = groups_of_.find(channel_id);
  if (memberships == groups_of_.end()) return;
  for (const auto& name : memberships->second) remove_member(name, channel_id);
  groups_of_.erase(memberships);
}

void ProducerManager::note_heartbeat(const ClientChannel& client, bool is_new_membership) {
  Client& known = clients_[client.client_id];
  Link& link = known.links[client.channel->id()];
  link.channel = client.channel;
  if (is_new_membership) ++link.memberships;
  known.by_heartbeat.erase(link.newest_heartbeat);
  link.newest_heartbeat = ++heartbeats_;
  known.by_heartbeat.emplace(link.newest_heartbeat, client.channel->id());
}

void ProducerManager::forget_client(const std::string& client_id, std::uint64_t channel_id) {
  const auto client = clients_.find(client_id);
  if (client == clients_.end()) return;
  const auto link = client->second.links.find(channel_id);
  if (link == client->second.links.end() || --link->second.memberships > 0) return;
  client->second.by_heartbeat.erase(link->second.newest_heartbeat);
  client->second.links.erase(link);
  if (client->second.links.empty()) clients_.erase(client);
}

void ProducerManager::remove_member(const std::string& group, std::uint64_t channel_id) {
  const auto found = groups_.find(group);
  if (found == groups_.end()) return;
  const auto member = found->second.channels.find(channel_id);
  if (member == found->second.channels.end()) return;
  forget_client(member->second.client_id, channel_id);
  memberships_.give_back(peer_of(member->second.channel));
  found->second.channels.erase(member);
  if (found->second.channels.empty()) groups_.erase(found);
}

std::vector<ClientChannel> ProducerManager::members_of(std::string_view group) const {
  std::vector<ClientChannel> members;
  const std::lock_guard lock(mutex_);
  const auto found = groups_.find(group);
  if (found == groups_.end()) return members;
  for (const auto& [id, client] : found->second.channels) members.push_back(client);
  return members;
}

std::map<std::string, std::vector<ClientChannel>> ProducerManager::all() const {
  std::map<std::string, std::vector<ClientChannel>> table;
  const std::lock_guard lock(mutex_);
  for (const auto& [name, group] : groups_) {
    for (const auto& [id, client] : group.channels) table[name].push_back(client);
  }
  return table;
}

std::optional<ClientChannel> ProducerManager::next_member_of(std::string_view group) {
  const std::lock_guard lock(mutex_);
  const auto found = groups_.find(group);
  if (found == groups_.end()) return std::nullopt;
  auto& channels = found->second.channels;
  auto next = channels.upper_bound(found->second.chosen);
  for (std::size_t tried = 0; tried < channels.size(); ++tried) {
    if (next == channels.end()) next = channels.begin();
    if (next->second.channel->is_open()) {
      found->second.chosen = next->first;
      return next->second;
    }
    ++next;
  }
  return std::nullopt;
}

ChannelPtr ProducerManager::channel_of_client(std::string_view client_id) const {
  const std::lock_guard lock(mutex_);
  const auto client = clients_.find(client_id);
  if (client == clients_.end()) return nullptr;
  const auto& by_heartbeat = client->second.by_heartbeat;
  for (auto newest = by_heartbeat.rbegin(); newest != by_heartbeat.rend(); ++newest) {
    const auto& channel = client->second.links.find(newest->second)->second.channel;
    if (channel->is_open()) return channel;
  }
  return nullptr;
}

}  // namespace rocketmq::broker
