#include "processors/send_message.hpp"

#include <algorithm>
#include <utility>

#include "clients/peer.hpp"
#include "groups/retry_topics.hpp"
#include "messages/request_puts.hpp"
#include "processors/put_answer.hpp"
#include "rocketmq/common/message_id.hpp"
#include "rocketmq/common/message_properties.hpp"
#include "rocketmq/common/names.hpp"
#include "rocketmq/common/sys_flag.hpp"
#include "rocketmq/common/text.hpp"
#include "rocketmq/remoting/peer_address.hpp"
#include "schedule/delayed_message.hpp"
#include "transaction/half_message.hpp"

namespace rocketmq::broker {

using remoting::Reply;
using remoting::SendMessageRequestHeader;

namespace {

/// SendMessageResponseHeader with views, so that a response allocates nothing.
struct SendAnswer {
  std::string_view msgId;
  std::int32_t queueId = 0;
  std::int64_t queueOffset = 0;
  std::optional<std::string_view> transactionId;
  std::string_view MSG_REGION;
  bool TRACE_ON = true;

  static constexpr std::tuple fields{
      remoting::field("msgId", &SendAnswer::msgId, "offset message id; comma-joined for a batch"),
      remoting::field("queueId", &SendAnswer::queueId, "queue the message is in"),
      remoting::field("queueOffset", &SendAnswer::queueOffset,
                      "its entry number there; the first one's for a batch"),
      remoting::field("transactionId", &SendAnswer::transactionId, "the message's UNIQ_KEY"),
      remoting::field("MSG_REGION", &SendAnswer::MSG_REGION, "the broker's regionId"),
      remoting::field("TRACE_ON", &SendAnswer::TRACE_ON, "whether clients should trace"),
  };
};

/// What even a refusal says: clients read these without checking that they exist.
struct RefusalAnswer {
  std::string_view MSG_REGION;
  bool TRACE_ON = true;

  static constexpr std::tuple fields{
      remoting::field("MSG_REGION", &RefusalAnswer::MSG_REGION, "the broker's regionId"),
      remoting::field("TRACE_ON", &RefusalAnswer::TRACE_ON, "whether clients should trace"),
  };
};

Error forbidden(std::string_view topic) {
  return {ResponseCode::NoPermission,
          "Sending message to topic[" + std::string(topic) + "] is forbidden."};
}

}  // namespace

SendMessageProcessor::SendMessageProcessor(const BrokerConfig& config, const Clock& clock,
                                           const store::DelayLevels& delay_levels,
                                           TopicConfigManager& topics,
                                           SubscriptionGroupManager& groups,
                                           store::MessageWriter& store)
    : config_(config),
      clock_(clock),
      delay_levels_(delay_levels),
      topics_(topics),
      groups_(groups),
      store_(store),
      store_host_(config.store_host) {}

Result<SendMessageRequestHeader> SendMessageProcessor::decode(
    const remoting::RemotingCommand& request) {
  using remoting::RequestCode;
  const RequestCode code = request.request_code();
  if (code == RequestCode::SendMessage || code == RequestCode::SendReplyMessage) {
    return remoting::decode_header<SendMessageRequestHeader>(request);
  }
  const auto compact = remoting::decode_header<remoting::SendMessageRequestHeaderV2>(request);
  if (!compact) return compact.error();
  auto header = compact->expand();
  if (code == RequestCode::SendBatchMessage) header.batch = true;
  return header;
}

void SendMessageProcessor::process(const remoting::RequestContext& context,
                                   remoting::RemotingCommand& request, Reply reply) {
  const auto header = decode(request);
  if (!header) return refuse(reply, header.error());
  const auto target = find_target(*header, request.version, *context.channel);
  if (!target) return refuse(reply, target.error());
  hold_until_registered(reply, *target);

  thread_local std::string scratch;
  const bool is_batch = header->batch.value_or(false);
  auto properties =
      prepare_properties(header->properties.value_or(""), config_.broker_cluster_name, scratch);
  // A consumed message that its consumer sends again for a retry still says how it once came.
  const bool is_retry = header->reconsumeTimes.value_or(0) > 0 && properties.delay_level > 0;
  if (is_retry) properties.is_transaction = false;
  if (!target->dlq_topic.empty()) {
    properties.delay_level = 0;
    properties.malformed_delay = {};
  }
  if (auto checked = check_properties(properties, is_batch, target->topic()); !checked) {
    return refuse(reply, checked.error());
  }

  store::MessageToPut message{.topic = target->topic(),
                              .queue_id = target->queue_id,
                              .flag = header->flag,
                              .sys_flag = header->sysFlag,
                              .born_timestamp_ms = header->bornTimestamp,
                              .born_host = context.channel->remote(),
                              .store_host = store_host_,
                              .reconsume_times = header->reconsumeTimes.value_or(0),
                              .body = request.body,
                              .properties = properties.stored,
                              .wait_store_ok = properties.wait_store_ok,
                              .sender = context.channel->id()};
  if (properties.is_transaction) {
    scratch = half_properties(scratch, target->topic(), target->queue_id);
    message.properties = scratch;
    return put_half(context, message, target->queue_id, properties.unique_key, std::move(reply));
  }
  if (properties.delay_level > 0) {
    const std::int32_t level = std::min(properties.delay_level, delay_levels_.max_level());
    scratch = delayed_properties(scratch, level, target->topic(), target->queue_id);
    message.properties = scratch;
    message.topic = names::schedule_topic;
    message.queue_id = delay_queue_of(level);
  }

  auto done = [this, queue_id = target->queue_id, reply = std::move(reply)](
                  const store::PutResult& stored) mutable { answer(reply, queue_id, {}, stored); };
  store::PutBatch* const batch = put_batch_of(context);
  if (is_batch) return store_.put_batch(message, batch, std::move(done));
  store_.put(message, batch, std::move(done));
}

void SendMessageProcessor::put_half(const remoting::RequestContext& context,
                                    store::MessageToPut& message, std::int32_t real_queue_id,
                                    std::string_view unique_key, Reply reply) {
  if (auto made = find_or_create_half_topics(topics_); !made) return refuse(reply, made.error());
  message.topic = names::half_topic;
  message.queue_id = half_queue_id;
  // Without a type of its own it gets a place in its queue, which the end of the transaction names.
  message.sys_flag = sys_flag::with_transaction_type(message.sys_flag, sys_flag::transaction_none);
  store_.put(message, put_batch_of(context),
             [this, real_queue_id, transaction_id = std::string(unique_key),
              reply = std::move(reply)](const store::PutResult& stored) mutable {
               answer(reply, real_queue_id, transaction_id, stored);
             });
}

Result<SendMessageProcessor::Target> SendMessageProcessor::find_target(
    const SendMessageRequestHeader& header, std::int32_t client_version,
    const remoting::Channel& sender) {
  if (auto checked = check_broker(header); !checked) return checked.error();
  auto shape = topics_.shape_of(header.topic);
  // A name that is in the table has passed this check before.
  if (!shape) {
    if (auto checked = check_name("topic", header.topic); !checked) return checked.error();
  }
  if (is_forbidden_to_send(header.topic)) return forbidden(header.topic);
  if (!shape) {
    const bool is_unit = header.unitMode.value_or(false);
    const std::int32_t sys_flag = !is_unit ? 0 : is_retry_topic(header.topic) ? 2 : 1;
    const Endpoint named = remoting::as_named(config_.administrators, sender);
    const auto made = topics_.find_or_create_for_send(
        header.topic, header.defaultTopic, header.defaultTopicQueueNums, sys_flag, &named);
    if (!made) return made.error();
    shape = *made;
  }
  if (!perm::is_writable(config_.broker_permission) && shape->order) {
    return Error{ResponseCode::NoPermission,
                 "the broker[" + config_.broker_name + "] takes no messages at present"};
  }
  if (header.queueId >= std::max(shape->write_queue_nums, shape->read_queue_nums)) {
    return Error{ResponseCode::SystemError,
                 "request queueId[" + std::to_string(header.queueId) + "] is illegal, topic " +
                     std::string(header.topic) + " has " + std::to_string(shape->write_queue_nums) +
                     " write and " + std::to_string(shape->read_queue_nums) + " read queues"};
  }
  if (header.queueId < 0 && shape->write_queue_nums <= 0) {
    return Error{ResponseCode::NoPermission, "topic " + std::string(header.topic) +
                                                 " has no write queues, it takes no messages"};
  }
  Target target{.requested_topic = header.topic,
                .queue_id = header.queueId >= 0 ? header.queueId : random_queue(*shape),
                .topic_change = shape->change};
  if (is_retry_topic(header.topic)) {
    const Budget::Peer peer = net::address_key(sender.remote());
    if (auto redirected = redirect_used_up_retry(header, client_version, peer, target); !redirected)
      return redirected.error();
  }
  return target;
}

Result<void> SendMessageProcessor::check_broker(const SendMessageRequestHeader& header) const {
  if (config_.start_accept_send_request_time_stamp_ms > 0 &&
      clock_.now_ms() < config_.start_accept_send_request_time_stamp_ms) {
    return Error{ResponseCode::SystemError,
                 "broker unable to service, until " +
                     std::to_string(config_.start_accept_send_request_time_stamp_ms)};
  }
  const bool is_prepared = sys_flag::transaction_type(header.sysFlag) != sys_flag::transaction_none;
  if (is_prepared && header.batch.value_or(false)) {
    return Error{ResponseCode::MessageIllegal, "a batch cannot be part of a transaction"};
  }
  if (header.batch.value_or(false) && is_retry_topic(header.topic)) {
    return Error{ResponseCode::MessageIllegal,
                 "a batch cannot be sent to the retry topic " + printable(header.topic, 128)};
  }
  return {};
}

Result<void> SendMessageProcessor::redirect_used_up_retry(const SendMessageRequestHeader& header,
                                                          std::int32_t client_version,
                                                          Budget::Peer peer, Target& target) {
  const std::string_view group_name = header.topic.substr(names::retry_prefix.size());
  if (auto checked = check_group_name(group_name); !checked) return checked.error();
  const auto group = groups_.find_or_create(group_name, peer);
  if (!group) return group.error();
  if (header.reconsumeTimes.value_or(0) <
      max_reconsume_times(*group, header.maxReconsumeTimes, client_version)) {
    return {};
  }
  const auto dlq = find_or_create_dlq(topics_, group_name, peer);
  if (!dlq) return dlq.error();
  target.dlq_topic = dlq_topic_of(group_name);
  target.queue_id = random_queue(*dlq);
  target.topic_change = std::max(target.topic_change, dlq->change);
  return {};
}

Result<void> SendMessageProcessor::check_properties(const SendProperties& properties, bool is_batch,
                                                    std::string_view topic) const {
  if (!properties.malformed_delay.empty()) {
    return Error{ResponseCode::SystemError, "property DELAY is no delay level: \"" +
                                                std::string(properties.malformed_delay) +
                                                "\", topic " + std::string(topic)};
  }
  if (properties.delay_level > 0 && is_batch) {
    return Error{ResponseCode::MessageIllegal,
                 "a batch cannot be delayed, topic " + std::string(topic)};
  }
  if (properties.is_transaction && is_batch) {
    return Error{ResponseCode::MessageIllegal,
                 "a batch cannot be part of a transaction, topic " + std::string(topic)};
  }
  if (properties.is_transaction && config_.reject_transaction_message) {
    return Error{ResponseCode::NoPermission, "the broker[" + config_.broker_name +
                                                 "] takes no transactional messages, topic " +
                                                 std::string(topic)};
  }
  return {};
}

void SendMessageProcessor::answer(Reply& reply, std::int32_t queue_id, std::string_view unique_key,
                                  const store::PutResult& stored) const {
  const Error outcome = put_outcome(stored);
  if (!stored.is_stored()) return refuse(reply, outcome);
  thread_local std::string message_ids;
  message_ids.clear();
  if (stored.batch_physical_offsets.empty()) {
    append_offset_message_id(message_ids, store_host_, stored.physical_offset);
  }
  for (const std::int64_t physical_offset : stored.batch_physical_offsets) {
    if (!message_ids.empty()) message_ids.push_back(',');
    append_offset_message_id(message_ids, store_host_, physical_offset);
  }
  const SendAnswer header{
      .msgId = message_ids,
      .queueId = queue_id,
      .queueOffset = stored.queue_offset,
      .transactionId = unique_key.empty() ? std::nullopt : std::optional(unique_key),
      .MSG_REGION = config_.region_id,
      .TRACE_ON = config_.trace_on};
  reply(outcome.code, {}, header);
}

void SendMessageProcessor::refuse(Reply& reply, const Error& error) const {
  reply(error.code, error.remark,
        RefusalAnswer{.MSG_REGION = config_.region_id, .TRACE_ON = config_.trace_on});
}

}  // namespace rocketmq::broker
