#include <spdlog/logger.h>

#include <utility>

#include "instance/client_instance.hpp"
#include "instance/server_request_headers.hpp"
#include "rocketmq/client/client_log.hpp"
#include "rocketmq/client/message/message_access.hpp"
#include "rocketmq/client/message/message_codec.hpp"
#include "rocketmq/client/offset_table_json.hpp"
#include "rocketmq/common/message_properties.hpp"
#include "rocketmq/protocol/group_headers.hpp"
#include "rocketmq/protocol/send_headers.hpp"

// The part of ClientInstance that serves the requests of brokers. Everything here runs on the
// I/O thread and does not wait. The dispatcher replies to unknown codes.
namespace rocketmq::client {

using remoting::decode_header;
using remoting::inline_on_connection;
using remoting::RemotingCommand;
using remoting::Reply;
using remoting::RequestCode;
using remoting::RequestContext;

namespace {

Error no_such_group(const std::string& group) {
  return {ResponseCode::SystemError, "The Consumer Group <" + group + "> not exist in this client"};
}

/// The one message in a request's body.
Result<MessageExt> decode_one(std::string_view body, const std::string& broker_name) {
  auto messages = decode_messages(body, broker_name);
  if (!messages) return messages.error();
  if (messages->size() != 1) return Error{ResponseCode::SystemError, "the body is not one message"};
  auto readable = readable_messages(std::move(*messages));
  if (!readable) {
    client_log().error("a broker hands over a message: {}", readable.error().text);
    return Error{ResponseCode::MessageIllegal, readable.error().text};
  }
  return std::move(readable->front());
}

/// The message that a broker passes on as a reply.
MessageExt read_reply(const remoting::PushReplyMessageRequestHeader& header,
                      std::string_view body) {
  MessageRecord record;
  record.topic = header.topic;
  record.queue_id = header.queueId;
  record.flag = header.flag;
  record.sys_flag = header.sysFlag;
  record.born_timestamp_ms = header.bornTimestamp;
  record.store_timestamp_ms = header.storeTimestamp;
  if (header.properties) record.properties = *header.properties;
  record.body = body;
  MessageExt message;
  read_message(record, {}, message);
  return message;
}

}  // namespace

void ClientInstance::add_routes() {
  dispatcher().route(
      RequestCode::NotifyConsumerIdsChanged,
      [this](const RequestContext&, RemotingCommand&, Reply reply) {
        wake_rebalance();
        reply();
      },
      inline_on_connection);

  dispatcher().route(
      RequestCode::GetConsumerRunningInfo,
      [this](const RequestContext&, RemotingCommand& request, Reply reply) {
        const auto header = decode_header<remoting::ConsumerGroupRequestHeader>(request);
        if (!header) return reply(header.error());
        const auto member = consumer(header->consumerGroup);
        if (member == nullptr) return reply(no_such_group(header->consumerGroup));
        reply.body(member->running_info());
      },
      inline_on_connection);

  dispatcher().route(
      RequestCode::GetConsumerStatusFromClient,
      [this](const RequestContext&, RemotingCommand& request, Reply reply) {
        const auto header = decode_header<TopicGroupRequestHeader>(request);
        if (!header) return reply(header.error());
        const auto member = consumer(header->group);
        if (member == nullptr) return reply(no_such_group(header->group));
        reply.body(encode_offset_table("messageQueueTable", member->consume_status(header->topic)));
      },
      inline_on_connection);

  dispatcher().route(
      RequestCode::ResetConsumerClientOffset,
      [this](const RequestContext&, RemotingCommand& request, Reply reply) {
        const auto header = decode_header<TopicGroupRequestHeader>(request);
        if (!header) return reply(header.error());
        auto offsets = decode_offset_table("offsetTable", request.body);
        if (!offsets) return reply(offsets.error());
        const auto member = consumer(header->group);
        if (member == nullptr) return reply(no_such_group(header->group));
        client_log().info("group {} is told to reset {} offsets of topic {}", header->group,
                          offsets->size(), header->topic);
        member->reset_offsets(header->topic, std::move(*offsets));
        reply();
      },
      inline_on_connection);

  dispatcher().route(
      RequestCode::ConsumeMessageDirectly,
      [this](const RequestContext&, RemotingCommand& request, Reply reply) {
        const auto header = decode_header<ConsumeDirectlyRequestHeader>(request);
        if (!header) return reply(header.error());
        const auto member = consumer(header->consumerGroup);
        if (member == nullptr) return reply(no_such_group(header->consumerGroup));
        auto message = decode_one(request.body, header->brokerName.value_or(""));
        if (!message) return reply(message.error());
        const auto pending = std::make_shared<Reply>(std::move(reply));
        member->consume_directly(std::move(*message), [pending](Result<std::string> result) {
          if (!result) return (*pending)(result.error());
          pending->body(std::move(*result));
        });
      },
      inline_on_connection);

  dispatcher().route(
      RequestCode::PushReplyMessageToClient,
      [this](const RequestContext&, RemotingCommand& request, Reply reply) {
        const auto header = decode_header<remoting::PushReplyMessageRequestHeader>(request);
        if (!header) return reply(header.error());
        MessageExt message = read_reply(*header, request.body);
        MessageAccess::put(message, property::arrive_time, std::to_string(clock().now_ms()));
        const std::string id = message.getProperty(property::correlation_id);
        if (const ReplyDone done = replies_.take(id)) {
          if (MessageAccess::body_error(message) != nullptr) {
            done(unreadable_body(message));
          } else {
            done(std::move(message));
          }
        } else {
          client_log().warn("the reply {} from {} has no request that waits for it", id,
                            header->bornHost);
        }
        reply();
      },
      inline_on_connection);

  dispatcher().route(
      RequestCode::CheckTransactionState,
      [this](const RequestContext& context, RemotingCommand& request, Reply reply) {
        const auto header = decode_header<remoting::CheckTransactionStateRequestHeader>(request);
        if (!header) return reply(header.error());
        auto message = decode_one(request.body, {});
        if (!message) return reply(message.error());
        const auto member = producer(message->getProperty(property::producer_group));
        if (member != nullptr) {
          member->check_transaction(context.channel->remote().text(), std::move(*message), *header);
        }
        reply();
      },
      inline_on_connection);
}

}  // namespace rocketmq::client
