#include "processors/broker_registration_processor.hpp"

#include <spdlog/spdlog.h>

#include <string>
#include <utility>

#include "registration_checks.hpp"
#include "rocketmq/common/crc32.hpp"
#include "rocketmq/common/names.hpp"
#include "rocketmq/common/text.hpp"
#include "rocketmq/protocol/namesrv_headers.hpp"

namespace rocketmq::namesrv {

using remoting::BrokerIdentityRequestHeader;
using remoting::QueryDataVersionResponseHeader;
using remoting::RegisterBrokerRequestHeader;
using remoting::RegisterBrokerResponseHeader;
using remoting::RemotingCommand;
using remoting::Reply;
using remoting::RequestContext;

namespace {

BrokerIdentity identity_of(const BrokerIdentityRequestHeader& header) {
  return {.cluster_name = header.clusterName,
          .broker_name = header.brokerName,
          .broker_addr = header.brokerAddr,
          .broker_id = header.brokerId};
}

}  // namespace

void BrokerRegistrationProcessor::register_broker(const RequestContext& context,
                                                  RemotingCommand& request, Reply reply) {
  // Old clients read the header of this response whatever its code, so that errors carry one too.
  const auto refuse = [&](const Error& error) {
    spdlog::warn("registration refused, from {}: {}", context.channel->remote().text(),
                 printable(error.remark));
    reply(error.code, error.remark, RegisterBrokerResponseHeader{});
  };
  const auto header = decode_header<RegisterBrokerRequestHeader>(request);
  if (!header) return refuse(header.error());
  const std::int32_t announced_crc = header->bodyCrc32.value_or(0);
  if (announced_crc != 0 && announced_crc != masked_crc32(request.body)) {
    return refuse({ResponseCode::SystemError, "crc32 not match"});
  }
  auto body = remoting::decode_register_broker_body(
      request.body, header->compressed.value_or(false), request.version);
  if (!body) return refuse(body.error());

  const auto outcome =
      routes_.register_broker({.broker = {.cluster_name = header->clusterName,
                                          .broker_name = header->brokerName,
                                          .broker_addr = header->brokerAddr,
                                          .broker_id = header->brokerId},
                               .ha_server_addr = header->haServerAddr,
                               .body = std::move(*body),
                               .enable_acting_master = header->enableActingMaster.value_or(false),
                               .channel = context.channel});
  if (!outcome) return refuse(outcome.error());

  const auto order_config = kv_config_.list(names::order_topic_config_namespace);
  reply(ResponseCode::Success, outcome->remark,
        RegisterBrokerResponseHeader{.haServerAddr = outcome->master.ha_server_addr,
                                     .masterAddr = outcome->master.master_addr},
        order_config ? encode_body(*order_config) : std::string());
}

void BrokerRegistrationProcessor::unregister_broker(const RequestContext&, RemotingCommand& request,
                                                    Reply reply) {
  const auto header = decode_header<BrokerIdentityRequestHeader>(request);
  if (!header) return reply(header.error());
  routes_.unregister_broker(identity_of(*header));
  reply();
}

void BrokerRegistrationProcessor::query_data_version(const RequestContext&,
                                                     RemotingCommand& request, Reply reply) {
  const auto header = decode_header<BrokerIdentityRequestHeader>(request);
  if (!header) return reply(header.error());
  const auto version = remoting::decode_data_version(request.body);
  if (!version) return reply(version.error());
  const auto answer = routes_.query_data_version(identity_of(*header), *version);
  reply(QueryDataVersionResponseHeader{.changed = answer.changed},
        answer.held ? remoting::encode_body(*answer.held) : std::string());
}

}  // namespace rocketmq::namesrv
