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
#include "rocketmq/protocol/header.hpp"

// Access lists of 4.x brokers (spec/wire-requests.md, ACL 1.0). Our own brokers refuse these
// requests: they have no access control yet.
namespace rocketmq::mqadmin {
namespace {

using remoting::field;

// 50 to 53; our brokers do not serve them, so they have no name in RequestCode.
constexpr auto update_access = static_cast<remoting::RequestCode>(50);
constexpr auto delete_access = static_cast<remoting::RequestCode>(51);
constexpr auto access_versions = static_cast<remoting::RequestCode>(52);
constexpr auto update_white_addresses = static_cast<remoting::RequestCode>(53);

struct UpdateAccessHeader {
  std::string accessKey;
  std::string secretKey;
  std::optional<std::string> whiteRemoteAddress;
  std::optional<bool> admin;
  std::optional<std::string> defaultTopicPerm;
  std::optional<std::string> defaultGroupPerm;
  std::optional<std::string> topicPerms;
  std::optional<std::string> groupPerms;

  static constexpr std::tuple fields{
      field("accessKey", &UpdateAccessHeader::accessKey, "account"),
      field("secretKey", &UpdateAccessHeader::secretKey, "its secret"),
      field("whiteRemoteAddress", &UpdateAccessHeader::whiteRemoteAddress, "trusted addresses"),
      field("admin", &UpdateAccessHeader::admin, "whether it administers"),
      field("defaultTopicPerm", &UpdateAccessHeader::defaultTopicPerm, "for other topics"),
      field("defaultGroupPerm", &UpdateAccessHeader::defaultGroupPerm, "for other groups"),
      field("topicPerms", &UpdateAccessHeader::topicPerms, "T1=PUB,T2=SUB"),
      field("groupPerms", &UpdateAccessHeader::groupPerms, "G1=SUB"),
  };
};

struct AccessKeyHeader {
  std::string accessKey;
  static constexpr std::tuple fields{field("accessKey", &AccessKeyHeader::accessKey, "account")};
};

struct WhiteAddressesHeader {
  std::string globalWhiteAddrs;
  std::optional<std::string> aclFileFullPath;
  static constexpr std::tuple fields{
      field("globalWhiteAddrs", &WhiteAddressesHeader::globalWhiteAddrs, "joined by a comma"),
      field("aclFileFullPath", &WhiteAddressesHeader::aclFileFullPath, "file to change"),
  };
};

struct AccessVersionsHeader {
  std::string version;
  std::optional<std::string> allAclFileVersion;
  std::string brokerName;
  std::string brokerAddr;
  std::string clusterName;
  static constexpr std::tuple fields{
      field("version", &AccessVersionsHeader::version, "data version as JSON"),
      field("allAclFileVersion", &AccessVersionsHeader::allAclFileVersion, "by file, as JSON"),
      field("brokerName", &AccessVersionsHeader::brokerName, "broker"),
      field("brokerAddr", &AccessVersionsHeader::brokerAddr, "its address"),
      field("clusterName", &AccessVersionsHeader::clusterName, "its cluster"),
  };
};

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
  UpdateAccessHeader header{.accessKey = arguments.get("a"),
                            .secretKey = arguments.get("s"),
                            .whiteRemoteAddress = arguments.find("w"),
                            .defaultTopicPerm = arguments.find("i"),
                            .defaultGroupPerm = arguments.find("u"),
                            .topicPerms = arguments.find("t"),
                            .groupPerms = arguments.find("g")};
  if (arguments.has("m")) header.admin = arguments.get_boolean("m", false);
  auto told = tell_all(context, update_access, header, "create or update plain access config to ",
                       " success.");
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
  const AccessKeyHeader header{.accessKey = context.arguments().get("a")};
  auto told = tell_all(context, delete_access, header, "delete plain access config account from ",
                       " success.");
  if (told) context.out().line("account's accesskey is:" + header.accessKey);
  return told;
}

Outcome<void> update_global_white_addr(Context& context) {
  const WhiteAddressesHeader header{.globalWhiteAddrs = context.arguments().get("g"),
                                    .aclFileFullPath = context.arguments().find("p")};
  return tell_all(context, update_white_addresses, header,
                  "update global white remote addresses to ", " success.");
}

void add_version(Table& table, const AccessVersionsHeader& about, const std::string& file,
                 const nlohmann::json& version) {
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
    const auto about = client::ask_broker<AccessVersionsHeader>(
        context.client(), broker.address, remoting::make_request(access_versions), request_timeout);
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
      {"updateAclConfig", "Make an account of a 4.x broker, or change it",
       at_brokers({access_key, required(text("s", "secretKey", "Its secret")),
                   text("w", "whiteRemoteAddress", "Addresses that need no secret"),
                   text("i", "defaultTopicPerm", "For topics that are not named: PUB, SUB, DENY"),
                   text("u", "defaultGroupPerm", "For groups that are not named: SUB, DENY"),
                   text("t", "topicPerms", "topicA=DENY,topicD=SUB"),
                   text("g", "groupPerms", "groupD=DENY,groupE=SUB"),
                   boolean("m", "admin", "Whether it may administer")}),
       update_acl_config},
      {"deleteAclConfig", "Delete an account of a 4.x broker", at_brokers({access_key}),
       delete_acl_config, "deleteAccessConfig"},
      {"updateGlobalWhiteAddr", "Set the addresses that a 4.x broker trusts",
       at_brokers(
           {required(text("g", "globalWhiteRemoteAddresses", "Addresses, joined by a comma")),
            text("p", "aclFileFullPath", "File to change")}),
       update_global_white_addr},
      {"clusterAclConfigVersion", "Show the versions of 4.x brokers' access lists", at_brokers({}),
       cluster_acl_config_version},
  };
}

}  // namespace rocketmq::mqadmin
