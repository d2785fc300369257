#include <spdlog/logger.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "instance/client_instance.hpp"
#include "rocketmq/client/client_log.hpp"
#include "rocketmq/common/names.hpp"
#include "rocketmq/protocol/group_headers.hpp"
#include "rocketmq/protocol/heartbeat_data.hpp"

// The part of ClientInstance that presents its members to brokers.
namespace rocketmq::client {
namespace {

/// What is left for leaving a broker whose heartbeat took the whole time.
constexpr milliseconds unregister_time_min{100};

}  // namespace

ClientInstance::Presence ClientInstance::presence() const {
  remoting::HeartbeatData data;
  data.client_id = id();
  {
    const std::scoped_lock lock(members_mutex_);
    for (const auto& [group, member] : producers_) data.producer_groups.push_back(group);
  }
  for (const auto& member : consumers()) data.consumers.push_back(member->heartbeat_data());
  Presence presence;
  if (data.producer_groups.empty() && data.consumers.empty()) return presence;
  const bool has_consumers = !data.consumers.empty();
  // Failed messages may have to be sent to the retry topic by the client itself.
  if (has_consumers) data.producer_groups.emplace_back(names::client_inner_producer_group);
  presence.for_master = encode_body(data);
  if (!has_consumers) return presence;
  data.producer_groups.clear();
  presence.for_slave = encode_body(data);
  return presence;
}

std::optional<remoting::RemotingCommand> ClientInstance::Presence::heartbeat_for(
    const BrokerAddress& broker) const {
  const auto& body = broker.broker_id == 0 ? for_master : for_slave;
  if (!body) return std::nullopt;
  return make_request(remoting::RequestCode::HeartBeat, *body);
}

void ClientInstance::heartbeat() {
  const auto brokers = routes().all_addresses();
  std::map<std::string, HeartbeatsUnderWay::Ticket> tickets;
  for (const auto& [name, broker] : brokers) {
    const auto [entry, is_new] = tickets.try_emplace(broker.address, 0);
    if (is_new) entry->second = heartbeats_.begin(broker.address);
  }
  const Presence present = presence();
  std::vector<std::pair<std::string, remoting::RemotingCommand>> requests;
  std::set<std::string> sent;
  for (const auto& [name, broker] : brokers) {
    auto request = present.heartbeat_for(broker);
    if (!request || !sent.insert(broker.address).second) continue;
    heartbeat_book_.sent(broker.address);
    requests.emplace_back(broker.address, std::move(*request));
  }
  for (const auto& [address, ticket] : tickets) {
    if (!sent.contains(address)) heartbeats_.end(address, ticket);
  }
  call_all(std::move(requests), settings().api_timeout, "heartbeat",
           [&](const std::string& address, bool is_success) {
             heartbeat_ended(address, tickets.at(address), is_success);
           });
  for (const auto& member : consumers()) member->upload_filter_classes(false);
}

void ClientInstance::tell_broker(const std::string& address) {
  const auto known = routes().all_addresses();
  const auto broker = std::find_if(known.begin(), known.end(), [&](const auto& entry) {
    return entry.second.address == address;
  });
  if (broker == known.end()) return heartbeat_book_.forget(address);
  const auto ticket = heartbeats_.begin(address);
  auto request = presence().heartbeat_for(broker->second);
  if (!request) return heartbeats_.end(address, ticket);
  heartbeat_book_.sent(address);
  call_async(address, std::move(*request), settings().api_timeout,
             [this, address, ticket](const Outcome<remoting::RemotingCommand>& response) {
               if (!response)
                 client_log().warn("heartbeat to {}: {}", address, response.error().text);
               heartbeat_ended(address, ticket, response.has_value());
             });
}

void ClientInstance::unregister(const std::string& producer_group,
                                const std::string& consumer_group) {
  remoting::UnregisterClientRequestHeader header;
  header.clientID = id();
  if (!producer_group.empty()) header.producerGroup = producer_group;
  if (!consumer_group.empty()) header.consumerGroup = consumer_group;
  struct Waiting {
    std::mutex mutex;
    std::condition_variable done;
    std::size_t left = 0;  // guarded by mutex
  } waiting;
  // Also to brokers whose connection is still being made: one-way messages may be waiting for it,
  // and the response to this request says that they have arrived.
  const auto brokers = routes().all_addresses();
  waiting.left = brokers.size();
  const auto deadline = std::chrono::steady_clock::now() + settings().api_timeout;
  for (const auto& [name, broker] : brokers) {
    heartbeats_.after(
        broker.address, [this, &waiting, &header, deadline, address = broker.address] {
          const auto left =
              std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
          call_async(address, make_request(remoting::RequestCode::UnregisterClient, header),
                     std::max(left, unregister_time_min),
                     [&waiting, address](const Outcome<remoting::RemotingCommand>& response) {
                       if (!response)
                         client_log().warn("unregister to {}: {}", address, response.error().text);
                       const std::scoped_lock lock(waiting.mutex);
                       if (--waiting.left == 0) waiting.done.notify_all();
                     });
        });
  }
  // Heartbeats and requests all end, by their time-outs at the latest.
  std::unique_lock lock(waiting.mutex);
  waiting.done.wait(lock, [&] { return waiting.left == 0; });
}

void ClientInstance::tell_all_brokers_soon() {
  for (const auto& [name, broker] : routes().all_addresses()) {
    timer().after(milliseconds(0), [this, address = broker.address] { tell_broker(address); });
  }
}

void ClientInstance::tell_new_brokers() {
  for (const auto& [name, broker] : routes().all_addresses()) {
    if (heartbeat_book_.is_new(broker.address)) tell_unless_told(broker.address);
  }
}

void ClientInstance::tell_unless_told(const std::string& address) {
  timer().after(milliseconds(0), [this, address] {
    if (!heartbeat_book_.is_told(address)) tell_broker(address);
  });
}

void ClientInstance::heartbeat_ended(const std::string& address, HeartbeatsUnderWay::Ticket ticket,
                                     bool is_success) {
  heartbeats_.end(address, ticket);
  if (is_success) return heartbeat_book_.taken(address);
  broker_lost(address);
}

void ClientInstance::connected(const std::string& address) {
  // It is known already when the connection was made for a heartbeat.
  if (!heartbeat_book_.is_told(address)) tell_unless_told(address);
}

void ClientInstance::broker_lost(const std::string& address) {
  // A name server, or a broker that has not got a heartbeat yet.
  if (heartbeat_book_.is_new(address)) return;
  const auto delay = heartbeat_book_.lost(address);
  if (!delay) return;
  timer().after(*delay, [this, address] {
    if (heartbeat_book_.take_retry(address)) tell_broker(address);
  });
}

}  // namespace rocketmq::client
