#include "producer/send_request.hpp"

#include <optional>
#include <utility>

#include "rocketmq/client/message/compression.hpp"
#include "rocketmq/client/message/message_access.hpp"
#include "rocketmq/client/message/message_codec.hpp"
#include "rocketmq/client/message/unique_id.hpp"
#include "rocketmq/common/message_properties.hpp"
#include "rocketmq/common/names.hpp"
#include "rocketmq/common/sys_flag.hpp"
#include "rocketmq/common/text.hpp"
#include "rocketmq/protocol/send_headers.hpp"

namespace rocketmq::client {
namespace {

/// Gives the message a unique id unless it has one, and writes it to `id`.
void ensure_unique_id(Message& message, std::string& id) {
  id.clear();
  if (const auto known = find_property(MessageAccess::properties(message), property::unique_key)) {
    id.append(*known);
    return;
  }
  unique_ids().append(id);
  MessageAccess::add(message, property::unique_key, id);
}

/// Takes a numeric property out of a properties text.
std::optional<std::int32_t> take_number(std::string& properties, std::string_view name) {
  const auto text = find_property(properties, name);
  if (!text) return std::nullopt;
  const auto number = whole_number<std::int32_t>(*text);
  properties = remove_property(properties, name);
  return number;
}

/// The topic's name on the wire; the user's name is kept where it differs.
void set_topic(OutgoingMessage& outgoing, const Message& message, const Namespace& name_space) {
  outgoing.topic = message.getTopic();
  outgoing.user_topic.clear();
  if (name_space.empty()) return;
  outgoing.user_topic = outgoing.topic;
  outgoing.topic = name_space.wrap(std::move(outgoing.topic));
  if (find_property(outgoing.properties, property::instance_id)) return;
  append_property(outgoing.properties, property::instance_id, name_space.name());
}

/// Sets what the properties say of the message's kind; in one pass, since every send goes through
/// it.
void set_kind(OutgoingMessage& outgoing) {
  outgoing.sys_flag = 0;
  outgoing.is_reply = false;
  std::string_view text = outgoing.properties;
  while (!text.empty()) {
    const PropertyPiece piece = next_property(text);
    if (piece.name == property::transaction_prepared) {
      outgoing.sys_flag = piece.value == "true" ? sys_flag::transaction_prepared : 0;
    } else if (piece.name == property::message_type) {
      outgoing.is_reply = piece.value == "reply";
    }
  }
}

}  // namespace

OutgoingMessage prepare(Message& message, const ProducerSettings& settings, bool take_body) {
  OutgoingMessage outgoing;
  prepare(message, settings, take_body, outgoing);
  return outgoing;
}

void prepare(Message& message, const ProducerSettings& settings, bool take_body,
             OutgoingMessage& outgoing) {
  ensure_unique_id(message, outgoing.msg_id);
  outgoing.properties = MessageAccess::properties(message);
  set_topic(outgoing, message, settings.name_space);
  set_kind(outgoing);
  outgoing.flag = message.getFlag();
  outgoing.is_batch = false;
  const std::string& body = message.getBody();
  if (body.size() >= static_cast<std::size_t>(settings.compress_over_bytes)) {
    if (auto compressed = compress(body, settings.compress_type, settings.compress_level)) {
      outgoing.body = std::move(*compressed);
      outgoing.sys_flag |= compression_flags(settings.compress_type);
      return;
    }
  }
  if (take_body) {
    // The memory of an earlier message's body changes hands the other way, so that it is freed on
    // the thread that made it: on another one that costs more than copying a small body.
    MessageAccess::take_body(message, outgoing.body);
  } else {
    outgoing.body = body;
  }
}

OutgoingMessage prepare_batch(std::vector<Message>& messages, const ProducerSettings& settings) {
  OutgoingMessage outgoing;
  outgoing.is_batch = true;
  set_topic(outgoing, messages.front(), settings.name_space);
  std::string id;
  for (Message& message : messages) {
    if (!outgoing.msg_id.empty()) outgoing.msg_id += ',';
    ensure_unique_id(message, id);
    outgoing.msg_id += id;
  }
  if (!messages.front().isWaitStoreMsgOK()) {
    append_property(outgoing.properties, property::wait_store_ok, "false");
  }
  outgoing.body = encode_batch(messages);
  return outgoing;
}

remoting::RemotingCommand make_send_request(const OutgoingMessage& message,
                                            const ProducerSettings& settings, std::int32_t queue_id,
                                            std::int64_t now_ms) {
  remoting::RemotingCommand request;
  make_send_request(message, settings, queue_id, now_ms, request);
  request.own_body();
  return request;
}

void make_send_request(const OutgoingMessage& message, const ProducerSettings& settings,
                       std::int32_t queue_id, std::int64_t now_ms,
                       remoting::RemotingCommand& request) {
  remoting::SendMessageRequestHeader header;
  header.producerGroup = settings.group;
  header.topic = message.topic;
  header.defaultTopic = settings.create_topic_key;
  header.defaultTopicQueueNums = settings.default_topic_queue_nums;
  header.queueId = queue_id;
  header.sysFlag = message.sys_flag;
  header.bornTimestamp = now_ms;
  header.flag = message.flag;
  header.reconsumeTimes = 0;
  header.unitMode = false;
  header.batch = message.is_batch;
  std::string retry_properties;
  if (is_retry_topic(message.topic)) {
    retry_properties = message.properties;
    header.reconsumeTimes = take_number(retry_properties, property::reconsume_time).value_or(0);
    header.maxReconsumeTimes = take_number(retry_properties, property::max_reconsume_times);
    header.properties = retry_properties;
  } else {
    header.properties = message.properties;
  }
  remoting::RequestCode code = remoting::RequestCode::SendMessageV2;
  if (message.is_batch) code = remoting::RequestCode::SendBatchMessage;
  if (message.is_reply) code = remoting::RequestCode::SendReplyMessageV2;
  request.clear();
  request.code = static_cast<std::int32_t>(code);
  encode_header(remoting::SendMessageRequestHeaderV2::compact(header), request);
  request.body = message.body;
}

Outcome<SendResult> read_send_answer(const remoting::RemotingCommand& answer,
                                     const OutgoingMessage& message, const std::string& broker_name,
                                     const std::string& address) {
  SendResult result;
  if (auto read = read_send_answer(answer, message, broker_name, address, result); !read) {
    return read.error();
  }
  return result;
}

Outcome<void> read_send_answer(const remoting::RemotingCommand& answer,
                               const OutgoingMessage& message, const std::string& broker_name,
                               const std::string& address, SendResult& result) {
  SendStatus status = SEND_OK;
  switch (answer.response_code()) {
    case ResponseCode::Success: break;
    case ResponseCode::FlushDiskTimeout: status = SEND_FLUSH_DISK_TIMEOUT; break;
    case ResponseCode::FlushSlaveTimeout: status = SEND_FLUSH_SLAVE_TIMEOUT; break;
    case ResponseCode::SlaveNotAvailable: status = SEND_SLAVE_NOT_AVAILABLE; break;
    default: return broker_failure(answer, address);
  }
  auto header = remoting::decode_header<remoting::SendMessageResponseHeader>(answer);
  if (!header)
    return client_failure("the answer of " + address + " cannot be read: " + header.error().remark);
  SendResultAccess::set(result, status, message.msg_id, header->msgId, header->queueOffset);
  SendResultAccess::set_queue(result,
                              message.user_topic.empty() ? message.topic : message.user_topic,
                              broker_name, header->queueId);
  result.setTransactionId(std::move(header->transactionId).value_or(std::string()));
  result.setRegionId(std::move(header->MSG_REGION).value_or("DefaultRegion"));
  result.setTraceOn(header->TRACE_ON.value_or(false));
  return {};
}

}  // namespace rocketmq::client
