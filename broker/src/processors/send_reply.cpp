#include "processors/send_reply.hpp"

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "clients/peer.hpp"
#include "messages/request_puts.hpp"
#include "processors/send_properties.hpp"
#include "rocketmq/common/message_id.hpp"
#include "rocketmq/common/message_properties.hpp"

namespace rocketmq::broker {

using remoting::RemotingCommand;
using remoting::Reply;
using remoting::RequestContext;
using remoting::SendMessageRequestHeader;

namespace {

Error undelivered(std::string remark) { return {ResponseCode::SystemError, std::move(remark)}; }

/// The outcome of the push, by the response of the waiting client.
Error push_outcome(const Result<RemotingCommand>& answer, const std::string& client_id) {
  if (!answer) {
    return undelivered("push reply message to " + client_id + " failed: " + answer.error().remark);
  }
  if (answer->response_code() != ResponseCode::Success) {
    return undelivered("push reply message to " + client_id +
                       " failed, the client answered: " + answer->remark);
  }
  return {ResponseCode::Success, {}};
}

}  // namespace

struct SendReplyProcessor::Delivery {
  Reply reply;
  std::int32_t queue_id = 0;
  /// The push and the put; the last one of them sends the response.
  std::atomic<int> open_steps{2};
  Error pushed{ResponseCode::Success, {}};
  /// "0" unless the reply was stored.
  std::string message_id = "0";
  std::int64_t queue_offset = 0;
};

SendReplyProcessor::SendReplyProcessor(const BrokerConfig& config, const Clock& clock,
                                       ProducerManager& producers, SendMessageProcessor& sends,
                                       store::MessageWriter& store)
    : config_(config),
      clock_(clock),
      producers_(producers),
      sends_(sends),
      store_(store),
      store_host_(config.store_host) {}

void SendReplyProcessor::process(const RequestContext& context, RemotingCommand& request,
                                 Reply reply) {
  auto header = SendMessageProcessor::decode(request);
  if (!header) return sends_.refuse(reply, header.error());
  const auto target = sends_.find_target(*header, request.version, *context.channel);
  if (!target) return sends_.refuse(reply, target.error());
  header->queueId = target->queue_id;
  sends_.hold_until_registered(reply, *target);

  const auto delivery = std::make_shared<Delivery>();
  delivery->reply = std::move(reply);
  delivery->queue_id = target->queue_id;
  push(context, request, *header, delivery);
  keep(context, request, *header, delivery);
}

void SendReplyProcessor::push(const RequestContext& context, const RemotingCommand& request,
                              const SendMessageRequestHeader& header,
                              const DeliveryPtr& delivery) const {
  std::string properties(header.properties.value_or(""));
  const auto client_id = find_property(properties, property::reply_to_client);
  if (!client_id || client_id->empty()) {
    delivery->pushed =
        undelivered("the reply message has no property " + std::string(property::reply_to_client) +
                    ", which names the client that waits for it");
    return finish(*delivery);
  }
  std::string id(*client_id);
  const auto channel = producers_.channel_of_client(id);
  if (channel == nullptr) {
    delivery->pushed = undelivered("push reply message fail, channel of <" + id + "> not found.");
    return finish(*delivery);
  }
  append_property(properties, property::push_reply_time, std::to_string(clock_.now_ms()));
  const remoting::PushReplyMessageRequestHeader pushed{
      .producerGroup = std::string(header.producerGroup),
      .topic = std::string(header.topic),
      .defaultTopic = std::string(header.defaultTopic),
      .defaultTopicQueueNums = header.defaultTopicQueueNums,
      .queueId = header.queueId,
      .sysFlag = header.sysFlag,
      .bornTimestamp = header.bornTimestamp,
      .flag = header.flag,
      .properties = std::move(properties),
      .reconsumeTimes = header.reconsumeTimes,
      .unitMode = header.unitMode,
      .bornHost = context.channel->remote().text(),
      .storeHost = store_host_.get().text(),
      .storeTimestamp = clock_.now_ms()};
  auto command = remoting::make_request(remoting::RequestCode::PushReplyMessageToClient, pushed,
                                        std::string(request.body));
  channel->invoke(std::move(command), push_timeout,
                  [this, delivery, id = std::move(id)](const Result<RemotingCommand>& answer) {
                    delivery->pushed = push_outcome(answer, id);
                    finish(*delivery);
                  });
}

void SendReplyProcessor::keep(const RequestContext& context, const RemotingCommand& request,
                              const SendMessageRequestHeader& header, const DeliveryPtr& delivery) {
  if (!config_.store_reply_message_enable) return finish(*delivery);
  thread_local std::string scratch;
  const auto properties =
      prepare_properties(header.properties.value_or(""), config_.broker_cluster_name, scratch);
  const store::MessageToPut message{.topic = header.topic,
                                    .queue_id = header.queueId,
                                    .flag = header.flag,
                                    .sys_flag = header.sysFlag,
                                    .born_timestamp_ms = header.bornTimestamp,
                                    .born_host = context.channel->remote(),
                                    .store_host = store_host_,
                                    .reconsume_times = header.reconsumeTimes.value_or(0),
                                    .body = request.body,
                                    .properties = properties.stored,
                                    .wait_store_ok = properties.wait_store_ok,
                                    .sender = context.channel->id()};
  store_.put(message, put_batch_of(context), [this, delivery](const store::PutResult& stored) {
    // A reply that could not be kept has reached its client all the same.
    if (stored.is_stored()) {
      delivery->message_id = encode_offset_message_id(store_host_, stored.physical_offset);
      delivery->queue_offset = stored.queue_offset;
    }
    finish(*delivery);
  });
}

void SendReplyProcessor::finish(Delivery& delivery) const {
  if (delivery.open_steps.fetch_sub(1, std::memory_order_acq_rel) > 1) return;
  if (delivery.pushed.code != ResponseCode::Success) {
    return sends_.refuse(delivery.reply, delivery.pushed);
  }
  delivery.reply(remoting::SendMessageResponseHeader{.msgId = delivery.message_id,
                                                     .queueId = delivery.queue_id,
                                                     .queueOffset = delivery.queue_offset,
                                                     .MSG_REGION = config_.region_id,
                                                     .TRACE_ON = config_.trace_on});
}

}  // namespace rocketmq::broker
