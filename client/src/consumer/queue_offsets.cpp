#include "consumer/queue_offsets.hpp"

#include <string>
#include <utility>

#include "rocketmq/protocol/queue_headers.hpp"

namespace rocketmq::client {
namespace {

template <class Header>
Outcome<std::int64_t> ask(ClientInstance& instance, const MessageQueue& queue,
                          remoting::RequestCode code, const Header& header) {
  const auto address = instance.master_address(queue.getBrokerName(), queue.getTopic());
  if (!address) return address.error();
  const auto answer =
      instance.call(instance.fast_address(*address), make_request(code, header), offset_timeout);
  if (!answer) return answer.error();
  const auto offset = remoting::decode_header<remoting::OffsetResponseHeader>(*answer);
  if (!offset) return client_failure(offset.error().remark);
  return offset->offset;
}

remoting::QueueRequestHeader header_of(const MessageQueue& queue) {
  return {.topic = queue.getTopic(), .queueId = queue.getQueueId()};
}

}  // namespace

Outcome<std::int64_t> ask_min_offset(ClientInstance& instance, const MessageQueue& queue) {
  return ask(instance, queue, remoting::RequestCode::GetMinOffset, header_of(queue));
}

Outcome<std::int64_t> ask_max_offset(ClientInstance& instance, const MessageQueue& queue) {
  return ask(instance, queue, remoting::RequestCode::GetMaxOffset, header_of(queue));
}

Outcome<std::int64_t> ask_offset_at(ClientInstance& instance, const MessageQueue& queue,
                                    std::int64_t timestamp_ms) {
  const remoting::SearchOffsetRequestHeader header{
      .topic = queue.getTopic(), .queueId = queue.getQueueId(), .timestamp = timestamp_ms};
  return ask(instance, queue, remoting::RequestCode::SearchOffsetByTimestamp, header);
}

}  // namespace rocketmq::client
