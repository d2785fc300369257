#include "filterservers/filter_servers.hpp"

#include <spdlog/spdlog.h>

#include <set>
#include <utility>

#include "rocketmq/common/endpoint.hpp"

namespace rocketmq::broker {

Result<void> FilterServers::register_server(const remoting::ChannelPtr& channel,
                                            const std::string& address) {
  constexpr std::size_t address_bytes_max = 64;
  const auto endpoint = address.size() <= address_bytes_max
                            ? Endpoint::parse(address)
                            : Result<Endpoint>(Error{ResponseCode::SystemError, "too long"});
  if (!endpoint || endpoint->port <= 0)
    return Error{ResponseCode::SystemError, "filterServerAddr must be ip:port"};
  {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(channel->id());
    if (found == entries_.end() && entries_.size() >= servers_max) {
      return Error{ResponseCode::SystemError,
                   "this broker has " + std::to_string(servers_max) + " filter servers already"};
    }
    Entry& entry = entries_[channel->id()];
    const bool is_same = entry.address == address;
    entry = {channel, address, clock_.steady_now()};
    if (is_same) return {};
  }
  spdlog::info("filter server {} has registered from {}", address, channel->remote().text());
  // One whose connection closed meanwhile has been missed.
  if (!channel->is_open()) channel_closed(channel);
  changed();
  return {};
}

void FilterServers::channel_closed(const remoting::ChannelPtr& channel) {
  std::string address;
  {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(channel->id());
    if (found == entries_.end()) return;
    address = std::move(found->second.address);
    entries_.erase(found);
  }
  spdlog::info("filter server {} is gone: its connection has closed", address);
  changed();
}

void FilterServers::scan_silent_channels() {
  std::vector<Entry> silent;
  {
    const auto now = clock_.steady_now();
    const std::lock_guard lock(mutex_);
    std::erase_if(entries_, [&](auto& item) {
      if (now - item.second.heard_at <= silence_max) return false;
      silent.push_back(std::move(item.second));
      return true;
    });
  }
  if (silent.empty()) return;
  for (const Entry& entry : silent) {
    spdlog::warn("filter server {} is removed: it has been silent for more than 30 s",
                 entry.address);
    entry.channel->close("filter server is silent");
  }
  changed();
}

std::vector<std::string> FilterServers::addresses() const {
  std::set<std::string> addresses;
  const std::lock_guard lock(mutex_);
  for (const auto& [id, entry] : entries_) addresses.insert(entry.address);
  return {addresses.begin(), addresses.end()};
}

std::size_t FilterServers::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

}  // namespace rocketmq::broker
