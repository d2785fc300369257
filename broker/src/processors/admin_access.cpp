#include "processors/admin_access.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "processors/admin_checks.hpp"
#include "rocketmq/common/fastjson.hpp"
#include "rocketmq/protocol/acl_headers.hpp"

namespace rocketmq::broker {

using remoting::Reply;

namespace {

// What 4.x replies with; 5.x has given these numbers to other things.
constexpr auto update_failed = static_cast<ResponseCode>(209);
constexpr auto delete_failed = static_cast<ResponseCode>(210);
constexpr auto white_addresses_failed = static_cast<ResponseCode>(211);

constexpr const char* is_off = "access control is off on this broker (aclEnable=false)";

void finish(const remoting::RequestContext& context, const char* what, ResponseCode code,
            const Result<void>& done, Reply& reply) {
  const std::string peer = context.channel->remote().text();
  if (!done) {
    spdlog::warn("access: {} by {} failed: {}", what, peer, done.error().remark);
    return reply(code, done.error().remark);
  }
  spdlog::info("access: {} by {}", what, peer);
  reply();
}

/// NAME=PERMISSION, sorted.
std::vector<std::string> texts_of(const TextMap<acl::Permissions>& table) {
  std::vector<std::string> texts;
  for (const auto& [name, permissions] : table)
    texts.push_back(name + "=" + std::string(to_string(permissions)));
  std::sort(texts.begin(), texts.end());
  return texts;
}

/// Without its secret.
nlohmann::json shown(const acl::AccountConfig& account) {
  const acl::AccountPermissions& permissions = account.permissions;
  return {{"accessKey", account.access_key},
          {"whiteRemoteAddress", account.white_remote_address},
          {"admin", permissions.is_admin},
          {"defaultTopicPerm", to_string(permissions.default_topic)},
          {"defaultGroupPerm", to_string(permissions.default_group)},
          {"topicPerms", texts_of(permissions.topics)},
          {"groupPerms", texts_of(permissions.groups)}};
}

nlohmann::json shown(const DataVersion& version) {
  return {{"counter", version.counter}, {"timestamp", version.timestamp_ms}};
}

}  // namespace

void AdminAccessProcessor::update_account(const remoting::RequestContext& context,
                                          remoting::RemotingCommand& request, Reply reply) {
  const auto header = remoting::decode_header<remoting::UpdateAclConfigRequestHeader>(request);
  if (!header) return reply(header.error());
  if (access_ == nullptr) return reply(update_failed, is_off);
  acl::AccountUpdate update{.access_key = header->accessKey,
                            .secret_key = header->secretKey,
                            .white_remote_address = header->whiteRemoteAddress,
                            .is_admin = header->admin,
                            .default_topic_permission = header->defaultTopicPerm,
                            .default_group_permission = header->defaultGroupPerm,
                            .topic_permissions = header->topicPerms,
                            .group_permissions = header->groupPerms};
  // A list without secrets that a tool sends back changes none.
  if (update.secret_key && update.secret_key->empty()) update.secret_key.reset();
  finish(context, "update of an account", update_failed, access_->put_account(update), reply);
}

void AdminAccessProcessor::delete_account(const remoting::RequestContext& context,
                                          remoting::RemotingCommand& request, Reply reply) {
  const auto header = remoting::decode_header<remoting::DeleteAclConfigRequestHeader>(request);
  if (!header) return reply(header.error());
  if (access_ == nullptr) return reply(delete_failed, is_off);
  finish(context, "deletion of an account", delete_failed,
         access_->delete_account(header->accessKey), reply);
}

void AdminAccessProcessor::update_white_addresses(const remoting::RequestContext& context,
                                                  remoting::RemotingCommand& request, Reply reply) {
  const auto header =
      remoting::decode_header<remoting::UpdateGlobalWhiteAddrsRequestHeader>(request);
  if (!header) return reply(header.error());
  if (access_ == nullptr) return reply(white_addresses_failed, is_off);
  finish(
      context, "update of the global white list", white_addresses_failed,
      access_->set_global_addresses(header->globalWhiteAddrs, header->aclFileFullPath.value_or("")),
      reply);
}

void AdminAccessProcessor::versions(const remoting::RequestContext&, remoting::RemotingCommand&,
                                    Reply reply) {
  if (access_ == nullptr) return reply(ResponseCode::SystemError, is_off);
  const auto known = access_->files();
  nlohmann::json by_file = nlohmann::json::object();
  for (const auto& file : known->files) by_file[file.path.string()] = shown(file.config.version);
  const DataVersion main =
      known->files.empty() ? DataVersion{} : known->files.front().config.version;
  reply(remoting::AclVersionsResponseHeader{.version = dump_json(shown(main)),
                                            .allAclFileVersion = dump_json(by_file),
                                            .brokerName = config_.broker_name,
                                            .brokerAddr = config_.address(),
                                            .clusterName = config_.broker_cluster_name});
}

void AdminAccessProcessor::accounts(const remoting::RequestContext&, remoting::RemotingCommand&,
                                    Reply reply) {
  if (access_ == nullptr) return reply(ResponseCode::SystemError, is_off);
  const auto known = access_->files();
  nlohmann::json addresses = nlohmann::json::array();
  nlohmann::json accounts = nlohmann::json::array();
  for (const auto& file : known->files) {
    for (const auto& address : file.config.global_white_addresses) addresses.push_back(address);
    for (const auto& account : file.config.accounts) accounts.push_back(shown(account));
  }
  answer(reply, dump_json({{"globalWhiteAddrs", addresses}, {"plainAccessConfigs", accounts}}));
}

}  // namespace rocketmq::broker
