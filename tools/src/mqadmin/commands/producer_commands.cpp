#include <fmt/printf.h>

#include <string>
#include <vector>

#include "mqadmin/commands/groups.hpp"
#include "mqadmin/frame/command.hpp"
#include "rocketmq/client/group_requests.hpp"
#include "rocketmq/protocol/release_name.hpp"

namespace rocketmq::mqadmin {
namespace {

std::string language_of(const remoting::ConnectionInfo& client) {
  return std::string(remoting::to_string(client.language));
}

Outcome<void> producer_connection(Context& context) {
  const std::string group = context.arguments().get("g");
  const auto brokers = brokers_of_topic(context, context.arguments().get("t"));
  if (!brokers) return brokers.error();
  Failure last = client::client_failure("no broker has the topic");
  for (const Broker& broker : *brokers) {
    const auto clients = client::query_producer_connections(context.client(), broker.address, group,
                                                            request_timeout);
    if (!clients) {
      last = clients.error();
      continue;
    }
    int index = 0;
    Table rows = context.out().rows("clients", {{"index", "%04d  "},
                                                {"clientId", "%-32s "},
                                                {"clientAddr", "%-22s "},
                                                {"language", "%-8s "},
                                                {"version", "%s"}});
    for (const remoting::ConnectionInfo& client : *clients)
      rows.row({++index, client.client_id, client.client_addr, language_of(client),
                remoting::release_name(client.version)});
    return {};
  }
  return last;
}

Outcome<void> producer(Context& context) {
  const auto groups =
      client::query_all_producers(context.client(), context.arguments().get("b"), request_timeout);
  if (!groups) return groups.error();
  Table rows =
      context.out().rows("producers", {{"producerGroup", "producer group (%s) instance : "},
                                       {"clientId", "clientId=%s,"},
                                       {"remoteIP", "remoteIP=%s, "},
                                       {"language", "language=%s, "},
                                       {"version", "version=%s, "},
                                       {"lastUpdateTimestamp", "lastUpdateTimestamp=%s"}});
  for (const auto& [group, clients] : *groups) {
    if (clients.empty()) context.out().print("producer group (%s) instances are empty\n", group);
    for (const remoting::ConnectionInfo& client : clients)
      rows.row({group, client.client_id, "/" + client.client_addr, language_of(client),
                client.version, client.last_update_timestamp_ms});
  }
  return {};
}

}  // namespace

Commands producer_commands() {
  return {
      {"producerConnection",
       "Show the clients of a producer group",
       {required(text("g", "producerGroup", "producer group name")),
        required(text("t", "topic", "A topic; its brokers are asked"))},
       producer_connection},
      {"producer",
       "Show the clients of all producer groups of one broker",
       {required(text("b", "broker", "Broker address"))},
       producer},
  };
}

}  // namespace rocketmq::mqadmin
