#include "rocketmq/client/queue_reads.hpp"

#include "rocketmq/client/message/message_access.hpp"
#include "rocketmq/client/message/message_codec.hpp"
#include "rocketmq/client/requests.hpp"
#include "rocketmq/protocol/pull_headers.hpp"

namespace rocketmq::client {

using remoting::make_request;
using remoting::RequestCode;

namespace {

/// Bit of a pull's sysFlag: the request names what it subscribes to.
constexpr std::int32_t with_subscription = 4;

std::optional<ReadStatus> status_of(ResponseCode code) {
  switch (code) {
    case ResponseCode::Success: return ReadStatus::Found;
    case ResponseCode::PullNotFound: return ReadStatus::NoNewMessage;
    case ResponseCode::PullRetryImmediately: return ReadStatus::NoMatchedMessage;
    case ResponseCode::PullOffsetMoved: return ReadStatus::OffsetIllegal;
    default: return std::nullopt;
  }
}

}  // namespace

const char* to_string(ReadStatus status) {
  switch (status) {
    case ReadStatus::Found: return "FOUND";
    case ReadStatus::NoNewMessage: return "NO_NEW_MSG";
    case ReadStatus::NoMatchedMessage: return "NO_MATCHED_MSG";
    case ReadStatus::OffsetIllegal: return "OFFSET_ILLEGAL";
  }
  return "";
}

Outcome<ReadMessages> read_queue(ClientCore& core, const std::string& address,
                                 const QueueRead& read, milliseconds timeout) {
  const remoting::PullMessageRequestHeader header{
      .consumerGroup = read.group,
      .topic = read.queue.getTopic(),
      .queueId = read.queue.getQueueId(),
      .queueOffset = read.offset,
      .maxMsgNums = read.max,
      .sysFlag = with_subscription,
      .subscription = read.subscription.sub_string,
      .subVersion = read.subscription.sub_version,
      .expressionType = read.subscription.expression_type};
  const auto answer =
      core.network().invoke(address, make_request(RequestCode::PullMessage, header), timeout);
  if (!answer) return remoting_failure(answer.error(), address);
  const auto status = status_of(answer->response_code());
  if (!status) return broker_failure(*answer, address);
  const auto ends = remoting::decode_header<remoting::PullMessageResponseHeader>(*answer);
  if (!ends) return unreadable_response(address, ends.error());
  ReadMessages found{.status = *status,
                     .next_offset = ends->nextBeginOffset,
                     .min_offset = ends->minOffset,
                     .max_offset = ends->maxOffset};
  if (*status != ReadStatus::Found) return found;
  auto messages = decode_messages(answer->body, read.queue.getBrokerName(), &read.subscription);
  if (!messages) return unreadable_response(address, messages.error());
  auto readable = readable_messages(std::move(*messages));
  if (!readable) return readable.error();
  found.messages = std::move(*readable);
  for (MessageExt& message : found.messages)
    MessageAccess::set_range(message, found.min_offset, found.max_offset);
  // All were of other tags with the same hash.
  if (found.messages.empty()) found.status = ReadStatus::NoMatchedMessage;
  return found;
}

Outcome<remoting::ConsumeQueueData> query_consume_queue(
    ClientCore& core, const std::string& address,
    const remoting::QueryConsumeQueueRequestHeader& header, milliseconds timeout) {
  return read_body(
      ask_broker(core, address, make_request(RequestCode::QueryConsumeQueue, header), timeout),
      address, remoting::decode_consume_queue);
}

}  // namespace rocketmq::client
