#include <string>
#include <vector>

#include "mqadmin/commands/key_values.hpp"
#include "mqadmin/frame/command.hpp"
#include "rocketmq/client/name_server_requests.hpp"

namespace rocketmq::mqadmin {
namespace {

std::string joined(const std::vector<std::string>& texts) {
  std::string result;
  for (const std::string& text : texts) result += (result.empty() ? "" : ", ") + text;
  return result;
}

/// Changes the rights of a broker on each name server; one that fails does not stop the others.
template <class Change>
Outcome<void> change_write_perm(Context& context, const std::string& what, const Change& change) {
  const auto servers = context.name_servers();
  if (!servers) return servers.error();
  const std::string broker = context.arguments().get("b");
  for (const std::string& server : *servers) {
    const std::string where =
        what + " write perm of broker[" + broker + "] in name server[" + server + "] ";
    const auto topics = change(context.client(), server, broker, request_timeout);
    if (topics) {
      context.out().line(where + "OK, " + std::to_string(*topics));
    } else {
      context.out().line(where + "Failed");
      context.report(topics.error(), server);
    }
  }
  return {};
}

Outcome<void> wipe_write_perm(Context& context) {
  return change_write_perm(context, "wipe", client::wipe_write_perm);
}

Outcome<void> add_write_perm(Context& context) {
  return change_write_perm(context, "add", client::add_write_perm);
}

Outcome<void> get_namesrv_config(Context& context) {
  const auto servers = context.name_servers();
  if (!servers) return servers.error();
  for (const std::string& server : *servers) {
    const auto config = client::query_name_server_config(context.client(), server, request_timeout);
    if (config) {
      print_configuration(context.out(), server, "============" + server + "============", *config);
    } else {
      context.report(config.error(), server);
    }
  }
  return {};
}

Outcome<void> update_namesrv_config(Context& context) {
  const auto given = given_key_value(context.arguments());
  if (!given) return given.error();
  const auto servers = context.name_servers();
  if (!servers) return servers.error();
  std::vector<std::string> updated;
  for (const std::string& server : *servers) {
    const auto outcome = client::update_name_server_config(context.client(), server, given->key,
                                                           given->value, request_timeout);
    if (outcome) {
      updated.push_back(server);
    } else {
      context.report(outcome.error(), server);
    }
  }
  if (updated.empty()) return {};
  context.out().line("update name server config success![" + joined(updated) + "]");
  context.out().line(given->key + " : " + given->value);
  return {};
}

/// Sends a change to each name server; returns after the first failure.
template <class Change>
Outcome<void> change_all(Context& context, const Change& change, const std::string& done) {
  const auto servers = context.name_servers();
  if (!servers) return servers.error();
  for (const std::string& server : *servers) {
    const Outcome<void> changed = change(server);
    if (!changed) return changed;
  }
  context.out().line(done);
  return {};
}

Outcome<void> update_kv_config(Context& context) {
  const Arguments& given = context.arguments();
  return change_all(
      context,
      [&](const std::string& server) {
        return client::put_kv(context.client(), server, given.get("s"), given.get("k"),
                              given.get("v"), request_timeout);
      },
      "create or update kv config to namespace success.");
}

Outcome<void> delete_kv_config(Context& context) {
  const Arguments& given = context.arguments();
  return change_all(
      context,
      [&](const std::string& server) {
        return client::delete_kv(context.client(), server, given.get("s"), given.get("k"),
                                 request_timeout);
      },
      "delete kv config from namespace success.");
}

Outcome<void> list_kv_config(Context& context) {
  const auto list =
      client::query_kv_list(context.client(), context.arguments().get("s"), request_timeout);
  if (!list) return list.error();
  for (const auto& [key, value] : list->table) {
    context.out().print("%-50s=  %s\n", key, value);
    context.out().value("table", key, value);
  }
  return {};
}

}  // namespace

Commands namesrv_commands() {
  const Option name_space = required(text("s", "namespace", "Name space of the key"));
  const Option key = required(text("k", "key", "Key"));
  const Option value = required(text("v", "value", "Its value"));
  const Option broker = required(text("b", "brokerName", "Name of the broker"));
  return {
      {"updateKvConfig",
       "Set a key of the name servers' KV configuration",
       {name_space, key, value},
       update_kv_config},
      {"deleteKvConfig",
       "Remove a key of the name servers' KV configuration",
       {name_space, key},
       delete_kv_config},
      {"listKvConfig",
       "List a name space of a name server's KV configuration",
       {name_space},
       list_kv_config},
      {"wipeWritePerm",
       "Take the right to be written from a broker, on all name servers",
       {broker},
       wipe_write_perm},
      {"addWritePerm",
       "Give the right to be written back to a broker, on all name servers",
       {broker},
       add_write_perm},
      {"getNamesrvConfig", "Show the configuration of the name servers", {}, get_namesrv_config},
      {"updateNamesrvConfig",
       "Change a key of the name servers' configuration",
       {key, value},
       update_namesrv_config},
  };
}

}  // namespace rocketmq::mqadmin
