#include <spdlog/logger.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "instance/client_instance.hpp"
#include "rocketmq/client/client_log.hpp"
#include "rocketmq/common/names.hpp"
#include "rocketmq/protocol/heartbeat_data.hpp"

// The part of ClientInstance that tells brokers who is here.
namespace rocketmq::client {

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
  const Presence present = presence();
  std::vector<std::pair<std::string, remoting::RemotingCommand>> requests;
  for (const auto& [name, broker] : routes().all_addresses()) {
    auto request = present.heartbeat_for(broker);
    if (!request) continue;
    heartbeat_book_.sent(broker.address);
    requests.emplace_back(broker.address, std::move(*request));
  }
  call_all(std::move(requests), settings().api_timeout, "heartbeat",
           [this](const std::string& address, bool is_success) {
             heartbeat_answered(address, is_success);
           });
}

void ClientInstance::tell_broker(const std::string& address) {
  const auto known = routes().all_addresses();
  const auto broker = std::find_if(known.begin(), known.end(), [&](const auto& entry) {
    return entry.second.address == address;
  });
  if (broker == known.end()) return heartbeat_book_.forget(address);
  auto request = presence().heartbeat_for(broker->second);
  if (!request) return;
  heartbeat_book_.sent(address);
  network().invoke_async(
      address, std::move(*request), settings().api_timeout,
      [this, address](const Result<remoting::RemotingCommand>& answer) {
        if (!answer) {
          client_log().warn("heartbeat to {}: {}", address, answer.error().remark);
        }
        heartbeat_answered(address, answer && answer->response_code() == ResponseCode::Success);
      });
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

void ClientInstance::heartbeat_answered(const std::string& address, bool is_success) {
  if (is_success) return heartbeat_book_.taken(address);
  broker_lost(address);
}

void ClientInstance::connected(const std::string& address) {
  // It is told of when a heartbeat is what the connection was made for.
  if (!heartbeat_book_.is_told(address)) tell_unless_told(address);
}

void ClientInstance::broker_lost(const std::string& address) {
  // A name server, or a broker that has not been told of anything yet.
  if (heartbeat_book_.is_new(address)) return;
  const auto delay = heartbeat_book_.lost(address);
  if (!delay) return;
  timer().after(*delay, [this, address] {
    if (heartbeat_book_.take_retry(address)) tell_broker(address);
  });
}

}  // namespace rocketmq::client
