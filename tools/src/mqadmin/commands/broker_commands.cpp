#include <map>
#include <string>
#include <utility>
#include <vector>

#include "mqadmin/commands/brokers.hpp"
#include "mqadmin/commands/key_values.hpp"
#include "mqadmin/frame/command.hpp"
#include "rocketmq/client/broker_requests.hpp"
#include "rocketmq/client/cluster_queries.hpp"

namespace rocketmq::mqadmin {
namespace {

Outcome<void> broker_status(Context& context) {
  const auto brokers = chosen_brokers(context);
  if (!brokers) return brokers.error();
  for (const Broker& broker : *brokers) {
    const auto figures =
        client::query_runtime_info(context.client(), broker.address, request_timeout);
    if (!figures) {
      context.report(figures.error(), broker.address);
      continue;
    }
    for (const auto& [name, value] : figures->table) {
      if (context.arguments().has("c")) context.out().print("%-24s ", broker.address);
      context.out().print("%-32s: %s\n", name, value);
      context.out().value(broker.address, name, value);
    }
  }
  return {};
}

/// The master's address of each broker name.
std::map<std::string, std::string> masters_by_name(const std::vector<Broker>& brokers) {
  std::map<std::string, std::string> masters;
  for (const Broker& broker : brokers) {
    if (broker.is_master()) masters[broker.name] = broker.address;
  }
  return masters;
}

Outcome<void> get_broker_config(Context& context) {
  const auto brokers = chosen_brokers(context);
  if (!brokers) return brokers.error();
  const bool is_cluster = context.arguments().has("c");
  const auto masters = masters_by_name(*brokers);
  for (const Broker& broker : *brokers) {
    std::string rule = "============" + broker.address + "============";
    if (is_cluster && broker.is_master()) {
      rule = "============Master: " + broker.address + "============";
    } else if (is_cluster) {
      const auto master = masters.find(broker.name);
      rule = "============My Master: " + (master == masters.end() ? "" : master->second) +
             "=====Slave: " + broker.address + "============";
    }
    const auto config =
        client::query_broker_config(context.client(), broker.address, request_timeout);
    if (!config) {
      context.report(config.error(), broker.address);
      continue;
    }
    print_configuration(context.out(), broker.address, rule, *config);
    context.out().print("\n");
  }
  return {};
}

Outcome<void> update_broker_config(Context& context) {
  const auto given = given_key_value(context.arguments());
  if (!given) return given.error();
  const auto brokers =
      context.arguments().has("a") ? chosen_brokers(context) : chosen_masters(context);
  if (!brokers) return brokers.error();
  for (const Broker& broker : *brokers) {
    const auto updated = client::update_broker_config(context.client(), broker.address, given->key,
                                                      given->value, request_timeout);
    if (updated) {
      context.out().line("update broker config success, " + broker.address);
    } else {
      context.report(updated.error(), broker.address);
    }
  }
  return {};
}

/// One broker, those of a cluster, or without options all: each of them cleans up.
template <auto Clean>
Outcome<void> clean(Context& context) {
  const auto brokers = chosen_brokers(context);
  if (!brokers) return brokers.error();
  if (brokers->empty()) return client::client_failure("The name server knows no broker");
  for (const Broker& broker : *brokers) {
    const Outcome<void> cleaned = Clean(context.client(), broker.address, request_timeout);
    if (!cleaned) context.report(cleaned.error(), broker.address);
  }
  context.out().line(context.has_reported() ? "false" : "success");
  return {};
}

}  // namespace

Commands broker_commands() {
  const std::vector<Option> where = {one_of(1, text("b", "brokerAddr", "Address of a broker")),
                                     one_of(1, text("c", "clusterName", "Name of a cluster"))};
  const std::vector<Option> anywhere = {
      text("b", "brokerAddr", "Address of a broker"),
      text("c", "cluster", "Name of a cluster; without -b and -c all brokers of all clusters")};
  std::vector<Option> update = where;
  update.insert(update.end(),
                {required(text("k", "key", "Key")), required(text("v", "value", "Its value")),
                 text("a", "updateAllBroker", "With -c: slaves as well")});
  return {
      {"brokerStatus", "Show the figures of brokers", where, broker_status},
      {"getBrokerConfig", "Show the configuration of brokers", where, get_broker_config},
      {"updateBrokerConfig", "Change a key of brokers' configuration", std::move(update),
       update_broker_config},
      {"cleanExpiredCQ", "Delete expired files of queues", anywhere,
       clean<client::clean_expired_queues>},
      {"cleanUnusedTopic", "Delete the queues of topics that do not exist", anywhere,
       clean<client::clean_unused_topics>},
      {"deleteExpiredCommitLog", "Delete expired files of the log", anywhere,
       clean<client::delete_expired_log_files>},
  };
}

}  // namespace rocketmq::mqadmin
