#include "rocketmq/client/group_requests.hpp"

#include <nlohmann/json.hpp>

#include "rocketmq/client/requests.hpp"
#include "rocketmq/common/fastjson.hpp"
#include "rocketmq/common/json_reader.hpp"
#include "rocketmq/protocol/group_headers.hpp"
#include "rocketmq/protocol/queue_headers.hpp"

namespace rocketmq::client {

using remoting::make_request;
using remoting::RemotingCommand;
using remoting::RequestCode;

namespace {

/// Of 5.x.
constexpr auto set_message_request_mode = static_cast<RequestCode>(401);

Outcome<void> tell(ClientCore& core, const std::string& address, RemotingCommand request,
                   milliseconds timeout) {
  const auto response = core.call(address, std::move(request), timeout);
  if (!response) return response.error();
  return {};
}

}  // namespace

Outcome<remoting::ConsumeStats> query_consume_stats(ClientCore& core, const std::string& address,
                                                    const std::string& group,
                                                    const std::string& topic,
                                                    milliseconds timeout) {
  remoting::GetConsumeStatsRequestHeader header{.consumerGroup = group};
  if (!topic.empty()) header.topic = topic;
  return read_body(
      ask_broker(core, address, make_request(RequestCode::GetConsumeStats, header), timeout),
      address, remoting::decode_consume_stats);
}

Outcome<remoting::BrokerConsumeStats> query_broker_consume_stats(ClientCore& core,
                                                                 const std::string& address,
                                                                 bool ordered_only,
                                                                 milliseconds timeout) {
  const remoting::GetBrokerConsumeStatsRequestHeader header{.isOrder = ordered_only};
  return read_body(
      ask_broker(core, address, make_request(RequestCode::GetBrokerConsumeStats, header), timeout),
      address, remoting::decode_broker_consume_stats);
}

Outcome<remoting::ConsumerConnection> query_consumer_connection(ClientCore& core,
                                                                const std::string& address,
                                                                const std::string& group,
                                                                milliseconds timeout) {
  const remoting::ConsumerGroupRequestHeader header{.consumerGroup = group};
  return read_body(
      ask_broker(core, address, make_request(RequestCode::GetConsumerConnectionList, header),
                 timeout),
      address, remoting::decode_consumer_connection);
}

Outcome<std::vector<remoting::ConnectionInfo>> query_producer_connections(
    ClientCore& core, const std::string& address, const std::string& group, milliseconds timeout) {
  const remoting::ProducerGroupRequestHeader header{.producerGroup = group};
  return read_body(
      ask_broker(core, address, make_request(RequestCode::GetProducerConnectionList, header),
                 timeout),
      address, remoting::decode_producer_connections);
}

Outcome<std::map<std::string, std::vector<remoting::ConnectionInfo>>> query_all_producers(
    ClientCore& core, const std::string& address, milliseconds timeout) {
  return read_body(
      ask_broker(core, address, make_request(RequestCode::GetAllProducerInfo), timeout), address,
      remoting::decode_producer_table);
}

Outcome<remoting::ConsumerRunningInfo> query_running_info(ClientCore& core,
                                                          const std::string& address,
                                                          const std::string& group,
                                                          const std::string& client_id,
                                                          bool with_stacks, milliseconds timeout) {
  const remoting::ConsumerRunningInfoRequestHeader header{
      .consumerGroup = group, .clientId = client_id, .jstackEnable = with_stacks};
  return read_body(
      ask_broker(core, address, make_request(RequestCode::GetConsumerRunningInfo, header), timeout),
      "client " + client_id, remoting::decode_running_info);
}

Outcome<remoting::ConsumeDirectlyResult> consume_directly(
    ClientCore& core, const std::string& address,
    const remoting::ConsumeMessageDirectlyRequestHeader& header, milliseconds timeout) {
  return read_body(
      ask_broker(core, address, make_request(RequestCode::ConsumeMessageDirectly, header), timeout),
      "client " + header.clientId.value_or(""), remoting::decode_consume_directly_result);
}

Outcome<void> update_group(ClientCore& core, const std::string& address,
                           const SubscriptionGroupConfig& group, milliseconds timeout) {
  auto request = make_request(RequestCode::UpdateAndCreateSubscriptionGroup);
  request.set_body(dump_json(nlohmann::json(group)));
  return tell(core, address, std::move(request), timeout);
}

Outcome<void> update_groups(ClientCore& core, const std::string& address,
                            const std::string& groups_json, milliseconds timeout) {
  auto request = make_request(RequestCode::UpdateAndCreateSubscriptionGroupList);
  request.set_body(R"({"groupConfigList":)" + groups_json + "}");
  return tell(core, address, std::move(request), timeout);
}

Outcome<void> set_request_mode(ClientCore& core, const std::string& address,
                               const remoting::MessageRequestMode& mode, milliseconds timeout) {
  auto request = make_request(set_message_request_mode);
  request.set_body(encode_body(mode));
  return tell(core, address, std::move(request), timeout);
}

Outcome<void> delete_group(ClientCore& core, const std::string& address, const std::string& group,
                           bool with_offsets, milliseconds timeout) {
  // 4.9 reads the one name, 5.x the other.
  const remoting::DeleteSubscriptionGroupRequestHeader header{
      .groupName = group, .removeOffset = with_offsets, .cleanOffset = with_offsets};
  return tell(core, address, make_request(RequestCode::DeleteSubscriptionGroup, header), timeout);
}

Outcome<SubscriptionGroupWrapper> query_groups(ClientCore& core, const std::string& address,
                                               milliseconds timeout) {
  return read_body(
      ask_broker(core, address, make_request(RequestCode::GetAllSubscriptionGroupConfig), timeout),
      address, [](std::string_view body) {
        return parse_json_object<SubscriptionGroupWrapper>("subscription groups", body);
      });
}

Outcome<remoting::QueueOffsets> reset_offsets(ClientCore& core, const std::string& address,
                                              const remoting::ResetOffsetRequestHeader& header,
                                              milliseconds timeout) {
  return read_body(
      ask_broker(core, address, make_request(RequestCode::InvokeBrokerToResetOffset, header),
                 timeout),
      address, remoting::decode_offset_table);
}

Outcome<void> update_offset(ClientCore& core, const std::string& address,
                            const GroupQueueOffset& offset, milliseconds timeout) {
  const remoting::UpdateConsumerOffsetRequestHeader header{.consumerGroup = offset.group,
                                                           .topic = offset.topic,
                                                           .queueId = offset.queue_id,
                                                           .commitOffset = offset.offset};
  return tell(core, address, make_request(RequestCode::UpdateConsumerOffset, header), timeout);
}

}  // namespace rocketmq::client
