#include "send_request.hpp"

#include <charconv>
#include <optional>
#include <utility>

#include "compression.hpp"
#include "message_access.hpp"
#include "message_codec.hpp"
#include "rocketmq/common/message_properties.hpp"
#include "rocketmq/common/names.hpp"
#include "rocketmq/common/sys_flag.hpp"
#include "rocketmq/remoting/protocol/send_headers.hpp"
#include "unique_id.hpp"

namespace rocketmq::client {
namespace {

/// Gives the message a unique id unless it has one, and answers it.
std::string ensure_unique_id(Message& message) {
  const auto known = find_property(MessageAccess::properties(message), property::unique_key);
  if (known) return std::string(*known);
  std::string id = unique_ids().next();
  MessageAccess::put(message, property::unique_key, id);
  return id;
}

/// Takes a numeric property out of a properties text.
std::optional<std::int32_t> take_number(std::string& properties, std::string_view name) {
  const auto text = find_property(properties, name);
  if (!text) return std::nullopt;
  std::int32_t number = 0;
  const auto [end, failure] = std::from_chars(text->data(), text->data() + text->size(), number);
  const bool is_number = failure == std::errc{} && end == text->data() + text->size();
  properties = remove_property(properties, name);
  return is_number ? std::optional(number) : std::nullopt;
}

/// The topic's name on the wire; the user's name is kept where it differs.
void set_topic(OutgoingMessage& outgoing, const Message& message, const Namespace& name_space) {
  outgoing.topic = message.getTopic();
  if (name_space.empty()) return;
  outgoing.user_topic = outgoing.topic;
  outgoing.topic = name_space.wrap(std::move(outgoing.topic));
  if (find_property(outgoing.properties, property::instance_id)) return;
  append_property(outgoing.properties, property::instance_id, name_space.name());
}

}  // namespace

OutgoingMessage prepare(Message& message, const ProducerSettings& settings, bool take_body) {
  OutgoingMessage outgoing;
  outgoing.msg_id = ensure_unique_id(message);
  outgoing.properties = MessageAccess::properties(message);
  set_topic(outgoing, message, settings.name_space);
  outgoing.flag = message.getFlag();
  if (find_property(outgoing.properties, property::transaction_prepared) == "true") {
    outgoing.sys_flag |= sys_flag::transaction_prepared;
  }
  outgoing.is_reply = find_property(outgoing.properties, property::message_type) == "reply";
  if (message.getBody().size() >= static_cast<std::size_t>(settings.compress_over_bytes)) {
    if (auto compressed = compress(message.getBody(), settings.compress_level)) {
      outgoing.body = std::move(*compressed);
      // Without type bits: clients of every age take that for zlib.
      outgoing.sys_flag |= sys_flag::compressed;
      return outgoing;
    }
  }
  outgoing.body = take_body ? MessageAccess::take_body(message) : message.getBody();
  return outgoing;
}

OutgoingMessage prepare_batch(std::vector<Message>& messages, const ProducerSettings& settings) {
  OutgoingMessage outgoing;
  outgoing.is_batch = true;
  set_topic(outgoing, messages.front(), settings.name_space);
  for (Message& message : messages) {
    if (!outgoing.msg_id.empty()) outgoing.msg_id += ',';
    outgoing.msg_id += ensure_unique_id(message);
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
  return make_request(code, remoting::SendMessageRequestHeaderV2::compact(header), message.body);
}

Outcome<SendResult> read_send_answer(const remoting::RemotingCommand& answer,
                                     const OutgoingMessage& message, const std::string& broker_name,
                                     const std::string& address) {
  SendStatus status = SEND_OK;
  switch (answer.response_code()) {
    case ResponseCode::Success:
      break;
    case ResponseCode::FlushDiskTimeout:
      status = SEND_FLUSH_DISK_TIMEOUT;
      break;
    case ResponseCode::FlushSlaveTimeout:
      status = SEND_FLUSH_SLAVE_TIMEOUT;
      break;
    case ResponseCode::SlaveNotAvailable:
      status = SEND_SLAVE_NOT_AVAILABLE;
      break;
    default:
      return broker_failure(answer, address);
  }
  const auto header = remoting::decode_header<remoting::SendMessageResponseHeader>(answer);
  if (!header)
    return client_failure("the answer of " + address + " cannot be read: " + header.error().remark);
  SendResult result(status, message.msg_id, header->msgId,
                    MessageQueue(message.user_topic.empty() ? message.topic : message.user_topic,
                                 broker_name, header->queueId),
                    header->queueOffset);
  if (header->transactionId) result.setTransactionId(*header->transactionId);
  result.setRegionId(header->MSG_REGION.value_or("DefaultRegion"));
  result.setTraceOn(header->TRACE_ON.value_or(false));
  return result;
}

}  // namespace rocketmq::client
