#include "filter_servers/filter_servers.hpp"

#include <spdlog/spdlog.h>

#include <set>
#include <utility>

#include "rocketmq/common/endpoint.hpp"
#include "rocketmq/common/published_address.hpp"

namespace rocketmq::broker {

namespace {

Result<void> check_address(const std::string& address) {
  constexpr std::size_t address_bytes_max = 64;
  const Error no_address{ResponseCode::SystemError,
                         "filterServerAddr must be ip:port, such as 10.0.0.1:40001"};
  if (address.size() > address_bytes_max) return no_address;
  const auto endpoint = Endpoint::parse(address);
  if (!endpoint) return no_address;
  const auto checked = check_published_address(*endpoint);
  if (checked) return {};
  return Error{ResponseCode::SystemError, "filterServerAddr: " + checked.error().remark};
}

}  // namespace

Result<void> FilterServers::register_server(const remoting::ChannelPtr& channel,
                                            const std::string& address) {
  if (auto checked = check_address(address); !checked) return checked;
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
  if (const auto held_back = came_log_.admit()) {
    spdlog::info("filter server {} has registered from {} (and {} such before)", address,
                 channel->remote().text(), *held_back);
  }
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
  if (const auto held_back = gone_log_.admit()) {
    spdlog::info("filter server {} is gone: its connection has closed (and {} such before)",
                 address, *held_back);
  }
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
    if (const auto held_back = silent_log_.admit()) {
      spdlog::warn(
          "filter server {} is removed: it has been silent for more than 30 s (and {} such before)",
          entry.address, *held_back);
    }
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
