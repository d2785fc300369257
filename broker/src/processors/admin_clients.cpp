#include "processors/admin_clients.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "processors/admin_checks.hpp"
#include "processors/client_calls.hpp"
#include "rocketmq/common/message_id.hpp"
#include "rocketmq/protocol/admin_bodies.hpp"
#include "rocketmq/protocol/admin_headers.hpp"
#include "rocketmq/protocol/group_headers.hpp"
#include "rocketmq/protocol/route_data.hpp"

namespace rocketmq::broker {

using remoting::RemotingCommand;
using remoting::Reply;

remoting::ConnectionInfo AdminClientsProcessor::describe(const ClientChannel& client) const {
  const auto silent = parts_.clock.steady_now() - client.last_heartbeat;
  return {.client_id = client.client_id,
          .client_addr = client.channel->remote().text(),
          .language = client.language,
          .version = client.version,
          .last_update_timestamp_ms =
              parts_.clock.now_ms() -
              std::chrono::duration_cast<std::chrono::milliseconds>(silent).count()};
}

void AdminClientsProcessor::consumer_connections(const remoting::RequestContext&,
                                                 RemotingCommand& request, Reply reply) {
  const auto header = remoting::decode_header<remoting::ConsumerGroupRequestHeader>(request);
  if (!header) return reply(header.error());
  if (auto checked = check_group(header->consumerGroup); !checked) return reply(checked.error());
  auto view = parts_.consumers.view_of(header->consumerGroup);
  if (!view) {
    return reply(ResponseCode::ConsumerNotOnline,
                 "the consumer group[" + header->consumerGroup + "] not online");
  }
  remoting::ConsumerConnection connection{.subscriptions = std::move(view->subscriptions),
                                          .consume_type = view->consume_type,
                                          .message_model = view->message_model,
                                          .consume_from_where = view->consume_from_where};
  for (const auto& client : view->channels) connection.connections.push_back(describe(client));
  answer(reply, remoting::encode_body(connection, request.version));
}

void AdminClientsProcessor::producer_connections(const remoting::RequestContext&,
                                                 RemotingCommand& request, Reply reply) {
  const auto header = remoting::decode_header<remoting::ProducerGroupRequestHeader>(request);
  if (!header) return reply(header.error());
  if (auto checked = check_group(header->producerGroup); !checked) return reply(checked.error());
  std::vector<remoting::ConnectionInfo> connections;
  for (const auto& client : parts_.producers.members_of(header->producerGroup))
    connections.push_back(describe(client));
  if (connections.empty()) {
    return reply(ResponseCode::SystemError,
                 "the producer group[" + header->producerGroup + "] not exist");
  }
  answer(reply, remoting::encode_producer_connections(connections, request.version));
}

void AdminClientsProcessor::all_producers(const remoting::RequestContext&, RemotingCommand& request,
                                          Reply reply) {
  std::map<std::string, std::vector<remoting::ConnectionInfo>> groups;
  for (const auto& [group, members] : parts_.producers.all()) {
    for (const auto& client : members) groups[group].push_back(describe(client));
  }
  answer(reply, remoting::encode_producer_table(groups, request.version));
}

void AdminClientsProcessor::groups_of_topic(const remoting::RequestContext&,
                                            RemotingCommand& request, Reply reply) {
  const auto header = remoting::decode_header<remoting::TopicRequestHeader>(request);
  if (!header) return reply(header.error());
  if (auto checked = check_name("topic", header->topic); !checked) return reply(checked.error());
  auto groups = parts_.offsets.groups_of(header->topic);
  for (auto& group : parts_.consumers.groups_of_topic(header->topic))
    groups.push_back(std::move(group));
  std::sort(groups.begin(), groups.end());
  groups.erase(std::unique(groups.begin(), groups.end()), groups.end());
  answer(reply, remoting::encode_group_list(groups));
}

void AdminClientsProcessor::topics_of_group(const remoting::RequestContext&,
                                            RemotingCommand& request, Reply reply) {
  const auto header = remoting::decode_header<remoting::GroupRequestHeader>(request);
  if (!header) return reply(header.error());
  if (auto checked = check_group(header->group); !checked) return reply(checked.error());
  answer(reply, remoting::encode_body(
                    remoting::TopicList{.topics = parts_.offsets.topics_of(header->group)}));
}

void AdminClientsProcessor::subscription_of_group(const remoting::RequestContext&,
                                                  RemotingCommand& request, Reply reply) {
  auto header = remoting::decode_header<remoting::QuerySubscriptionRequestHeader>(request);
  if (!header) return reply(header.error());
  if (auto checked = check_group(header->group); !checked) return reply(checked.error());
  remoting::GroupTopicSubscription found{.group = std::move(header->group),
                                         .topic = header->topic.value_or("")};
  if (const auto online = parts_.consumers.subscription_of(found.group, found.topic);
      online && online->subscription)
    found.subscription = *online->subscription;
  answer(reply, remoting::encode_body(found));
}

void AdminClientsProcessor::relay(std::string_view group, std::string_view client_id,
                                  RemotingCommand request, Reply reply) const {
  const auto member = find_member(parts_.consumers, group, client_id, version_of_running_info);
  if (!member) return reply(member.error());
  member->channel->invoke(
      std::move(request), client_call_timeout,
      [reply = std::move(reply), name = "consumer <" + std::string(group) + "> <" +
                                        std::string(client_id) + ">"](auto response) mutable {
        if (response) return reply.relay(*response);
        const bool is_late = response.error().code == ResponseCode::RequestTimeout;
        if (is_late) {
          return reply(ResponseCode::ConsumeMsgTimeout,
                       name + " Timeout: no answer within " +
                           std::to_string(client_call_timeout.count()) + " s");
        }
        reply(ResponseCode::SystemError, "invoke " + name + " failed: " + response.error().remark);
      });
}

void AdminClientsProcessor::running_info(const remoting::RequestContext&, RemotingCommand& request,
                                         Reply reply) {
  const auto header = remoting::decode_header<remoting::ConsumerRunningInfoRequestHeader>(request);
  if (!header) return reply(header.error());
  auto question = remoting::make_request(remoting::RequestCode::GetConsumerRunningInfo, *header);
  relay(header->consumerGroup, header->clientId, std::move(question), std::move(reply));
}

void AdminClientsProcessor::consume_directly(const remoting::RequestContext&,
                                             RemotingCommand& request, Reply reply) {
  auto header = remoting::decode_header<remoting::ConsumeMessageDirectlyRequestHeader>(request);
  if (!header) return reply(header.error());
  if (header->clientId.value_or("").empty())
    return reply(ResponseCode::SystemError, "missing header field: clientId");
  const auto id = decode_offset_message_id(header->msgId.value_or(""));
  if (!id) {
    return reply(ResponseCode::SystemError,
                 "msgId \"" + header->msgId.value_or("") +
                     "\" is no offset message id of 32 or 56 hexadecimal digits");
  }
  const auto message = parts_.store.message_at(id->physical_offset);
  if (!message) {
    return reply(ResponseCode::SystemError,
                 "can not find message by the offset, " + std::to_string(id->physical_offset));
  }
  header->brokerName = parts_.config.broker_name;
  auto question = remoting::make_request(remoting::RequestCode::ConsumeMessageDirectly, *header);
  question.set_body(std::string(message->bytes));
  relay(header->consumerGroup, *header->clientId, std::move(question), std::move(reply));
}

}  // namespace rocketmq::broker
