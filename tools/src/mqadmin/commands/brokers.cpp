#include "mqadmin/commands/brokers.hpp"

#include <algorithm>
#include <utility>

#include "rocketmq/client/cluster_queries.hpp"

namespace rocketmq::mqadmin {

Outcome<std::vector<Broker>> brokers_of(Context& context,
                                        const std::optional<std::string>& cluster) {
  auto info = client::query_cluster(context.client(), request_timeout);
  if (!info) return info.error();
  if (cluster && !info->cluster_addr_table.contains(*cluster)) {
    return client::client_failure(
        "[error] Make sure the specified clusterName exists or the name server connected to is "
        "correct: " +
        *cluster);
  }
  std::vector<Broker> brokers;
  for (auto& [name, broker_names] : info->cluster_addr_table) {
    if (cluster && name != *cluster) continue;
    std::sort(broker_names.begin(), broker_names.end());
    for (const std::string& broker_name : broker_names) {
      for (const auto& [id, address] : info->broker_addr_table[broker_name].broker_addrs)
        brokers.push_back({name, broker_name, id, address});
    }
  }
  return brokers;
}

Outcome<std::vector<Broker>> masters_of(Context& context,
                                        const std::optional<std::string>& cluster) {
  auto brokers = brokers_of(context, cluster);
  if (brokers) std::erase_if(*brokers, [](const Broker& broker) { return !broker.is_master(); });
  return brokers;
}

std::optional<std::string> address_of(const remoting::BrokerData& broker) {
  // The master has the lowest id.
  if (broker.broker_addrs.empty()) return std::nullopt;
  return broker.broker_addrs.begin()->second;
}

namespace {

std::optional<Broker> given_broker(const Context& context) {
  auto address = context.arguments().find("b");
  if (!address) return std::nullopt;
  return Broker{.cluster = {}, .name = {}, .id = master_id, .address = std::move(*address)};
}

}  // namespace

Outcome<std::vector<Broker>> chosen_brokers(Context& context) {
  if (const auto broker = given_broker(context)) return std::vector{*broker};
  return brokers_of(context, context.arguments().find("c"));
}

Outcome<std::vector<Broker>> chosen_masters(Context& context) {
  if (const auto broker = given_broker(context)) return std::vector{*broker};
  return masters_of(context, context.arguments().find("c"));
}

}  // namespace rocketmq::mqadmin
