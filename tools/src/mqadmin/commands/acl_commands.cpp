#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "mqadmin/commands/brokers.hpp"
#include "mqadmin/frame/command.hpp"
#include "mqadmin/frame/times.hpp"
#include "rocketmq/client/requests.hpp"
#include "rocketmq/common/fastjson.hpp"
#include "rocketmq/protocol/acl_headers.hpp"

// Plain access control, as brokers of 4.x and our own have it (spec/wire-requests.md, ACL 1.0).
namespace rocketmq::mqadmin {
namespace {

using remoting::RequestCode;

/// To each chosen broker; the line of a success has its address in the middle.
template <class Header>
Outcome<void> tell_all(Context& context, remoting::RequestCode code, const Header& header,
                       const std::string& before, const std::string& after) {
  const auto brokers = chosen_brokers(context);
  if (!brokers) return brokers.error();
  for (const Broker& broker : *brokers) {
    const auto told = context.client().call(broker.address, remoting::make_request(code, header),
                                            request_timeout);
    if (!told) return told.error();
    context.out().line(before + broker.address + after);
  }
  return {};
}

Outcome<void> update_acl_config(Context& context) {
  const Arguments& arguments = context.arguments();
  remoting::UpdateAclConfigRequestHeader header{.accessKey = arguments.get("a"),
                                                .secretKey = arguments.get("s"),
                                                .whiteRemoteAddress = arguments.find("w"),
                                                .defaultTopicPerm = arguments.find("i"),
                                                .defaultGroupPerm = arguments.find("u"),
                                                .topicPerms = arguments.find("t"),
                                                .groupPerms = arguments.find("g")};
  if (arguments.has("m")) header.admin = arguments.get_boolean("m", false);
  auto told = tell_all(context, RequestCode::UpdateAndCreateAclConfig, header,
                       "create or update plain access config to ", " success.");
  if (!told) return told;
  context.out().line("PlainAccessConfig{accessKey='" + header.accessKey +
                     "', whiteRemoteAddress='" + header.whiteRemoteAddress.value_or("null") +
                     "', admin=" + (header.admin.value_or(false) ? "true" : "false") +
                     ", defaultTopicPerm='" + header.defaultTopicPerm.value_or("null") +
                     "', defaultGroupPerm='" + header.defaultGroupPerm.value_or("null") +
                     "', topicPerms=[" + header.topicPerms.value_or("") + "], groupPerms=[" +
                     header.groupPerms.value_or("") + "]}");
  return told;
}

Outcome<void> delete_acl_config(Context& context) {
  const remoting::DeleteAclConfigRequestHeader header{.accessKey = context.arguments().get("a")};
  auto told = tell_all(context, RequestCode::DeleteAclConfig, header,
                       "delete plain access config account from ", " success.");
  if (told) context.out().line("account's accesskey is:" + header.accessKey);
  return told;
}

Outcome<void> update_global_white_addr(Context& context) {
  const remoting::UpdateGlobalWhiteAddrsRequestHeader header{
      .globalWhiteAddrs = context.arguments().get("g"),
      .aclFileFullPath = context.arguments().find("p")};
  return tell_all(context, RequestCode::UpdateGlobalWhiteAddrsConfig, header,
                  "update global white remote addresses to ", " success.");
}

void add_version(Table& table, const remoting::AclVersionsResponseHeader& about,
                 const std::string& file, const nlohmann::json& version) {
  const auto number = [&](const char* name) {
    return version.is_object() && version.contains(name) && version[name].is_number_integer()
               ? version[name].get<std::int64_t>()
               : 0;
  };
  table.row({about.clusterName, about.brokerName, about.brokerAddr, file, number("counter"),
             second_text(number("timestamp"))});
}

Outcome<void> cluster_acl_config_version(Context& context) {
  const auto brokers = chosen_brokers(context);
  if (!brokers) return brokers.error();
  Table table = context.out().table("versions", {{"#Cluster Name", "%-16s  "},
                                                 {"#Broker Name", "%-22s  "},
                                                 {"#Broker Addr", "%-22s  "},
                                                 {"#AclFilePath", "%-20s  "},
                                                 {"#AclConfigVersionNum", "%-22s  "},
                                                 {"#AclLastUpdateTime", "%-22s"}});
  for (const Broker& broker : *brokers) {
    const auto about = client::ask_broker<remoting::AclVersionsResponseHeader>(
        context.client(), broker.address,
        remoting::make_request(RequestCode::GetBrokerClusterAclInfo), request_timeout);
    if (!about) {
      context.report(about.error(), broker.address);
      continue;
    }
    const auto files = parse_fastjson(about->header.allAclFileVersion.value_or("{}"));
    if (files && files->is_object() && !files->empty()) {
      for (const auto& [file, version] : files->items())
        add_version(table, about->header, file, version);
    } else if (const auto version = parse_fastjson(about->header.version)) {
      add_version(table, about->header, "", *version);
    }
  }
  if (!context.has_reported())
    context.out().line("get cluster's plain access config version success.");
  return {};
}

std::string joined(const nlohmann::json& list) {
  std::string text;
  if (!list.is_array()) return text;
  for (const auto& element : list) {
    if (!element.is_string()) continue;
    if (!text.empty()) text += ',';
    text += element.get<std::string>();
  }
  return text;
}

std::string text_of(const nlohmann::json& account, const char* name) {
  const auto found = account.find(name);
  return found != account.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// The accounts of each broker; no broker tells a secret.
Outcome<void> get_acl_config(Context& context) {
  const auto brokers = chosen_brokers(context);
  if (!brokers) return brokers.error();
  Table table = context.out().table("accounts", {{"#Broker Addr", "%-22s  "},
                                                 {"#AccessKey", "%-24s  "},
                                                 {"#Admin", "%-6s  "},
                                                 {"#WhiteRemoteAddress", "%-20s  "},
                                                 {"#TopicPerm", "%-10s  "},
                                                 {"#GroupPerm", "%-10s  "},
                                                 {"#TopicPerms", "%-32s  "},
                                                 {"#GroupPerms", "%s"}});
  std::vector<std::string> trusted;
  for (const Broker& broker : *brokers) {
    const auto answer = context.client().call(
        broker.address, remoting::make_request(RequestCode::GetBrokerClusterAclConfig),
        request_timeout);
    if (!answer) {
      context.report(answer.error(), broker.address);
      continue;
    }
    const auto config = parse_fastjson(answer->body);
    if (!config || !config->is_object()) {
      context.report(client::client_failure("the broker's accounts are no JSON object"),
                     broker.address);
      continue;
    }
    trusted.push_back("Global white addresses of " + broker.address + ": " +
                      joined(config->value("globalWhiteAddrs", nlohmann::json())));
    for (const auto& account : config->value("plainAccessConfigs", nlohmann::json::array())) {
      if (!account.is_object()) continue;
      table.row({broker.address, text_of(account, "accessKey"),
                 account.value("admin", nlohmann::json(false)) == true ? "true" : "false",
                 text_of(account, "whiteRemoteAddress"), text_of(account, "defaultTopicPerm"),
                 text_of(account, "defaultGroupPerm"),
                 joined(account.value("topicPerms", nlohmann::json())),
                 joined(account.value("groupPerms", nlohmann::json()))});
    }
  }
  for (const std::string& line : trusted) context.out().line(line);
  return {};
}

std::vector<Option> at_brokers(const std::vector<Option>& more) {
  std::vector<Option> options{one_of(1, text("b", "brokerAddr", "Broker to change")),
                              one_of(1, text("c", "clusterName", "All brokers of this cluster"))};
  options.insert(options.end(), more.begin(), more.end());
  return options;
}

}  // namespace

Commands acl_commands() {
  const Option access_key = required(text("a", "accessKey", "Account"));
  return {
      {"updateAclConfig", "Make an account of a broker, or change it",
       at_brokers({access_key, required(text("s", "secretKey", "Its secret")),
                   text("w", "whiteRemoteAddress", "Addresses that need no secret"),
                   text("i", "defaultTopicPerm", "For topics that are not named: PUB, SUB, DENY"),
                   text("u", "defaultGroupPerm", "For groups that are not named: SUB, DENY"),
                   text("t", "topicPerms", "topicA=DENY,topicD=SUB"),
                   text("g", "groupPerms", "groupD=DENY,groupE=SUB"),
                   boolean("m", "admin", "Whether it may administer")}),
       update_acl_config},
      {"deleteAclConfig", "Delete an account of a broker", at_brokers({access_key}),
       delete_acl_config, "deleteAccessConfig"},
      {"updateGlobalWhiteAddr", "Set the addresses that a broker trusts",
       at_brokers(
           {required(text("g", "globalWhiteRemoteAddresses", "Addresses, joined by a comma")),
            text("p", "aclFileFullPath", "File to change")}),
       update_global_white_addr},
      {"clusterAclConfigVersion", "Show the versions of brokers' files of accounts", at_brokers({}),
       cluster_acl_config_version},
      {"getAclConfig", "Show the accounts of brokers, without their secrets", at_brokers({}),
       get_acl_config},
  };
}

}  // namespace rocketmq::mqadmin
