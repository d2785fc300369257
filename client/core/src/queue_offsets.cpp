#include "rocketmq/client/queue_offsets.hpp"

#include <string>
#include <utility>

#include "rocketmq/client/requests.hpp"
#include "rocketmq/protocol/queue_headers.hpp"

namespace rocketmq::client {
namespace {

template <class Header>
Outcome<std::int64_t> ask(ClientCore& core, const MessageQueue& queue, remoting::RequestCode code,
                          const Header& header) {
  const auto address = core.master_address(queue.getBrokerName(), queue.getTopic());
  if (!address) return address.error();
  const auto response = ask_broker<remoting::OffsetResponseHeader>(
      core, core.fast_address(*address), make_request(code, header), offset_timeout);
  if (!response) return response.error();
  return response->header.offset;
}

remoting::QueueRequestHeader header_of(const MessageQueue& queue) {
  return {.topic = queue.getTopic(), .queueId = queue.getQueueId()};
}

}  // namespace

Outcome<std::int64_t> ask_min_offset(ClientCore& core, const MessageQueue& queue) {
  return ask(core, queue, remoting::RequestCode::GetMinOffset, header_of(queue));
}

Outcome<std::int64_t> ask_max_offset(ClientCore& core, const MessageQueue& queue) {
  return ask(core, queue, remoting::RequestCode::GetMaxOffset, header_of(queue));
}

Outcome<std::int64_t> ask_offset_at(ClientCore& core, const MessageQueue& queue,
                                    std::int64_t timestamp_ms) {
  const remoting::SearchOffsetRequestHeader header{
      .topic = queue.getTopic(), .queueId = queue.getQueueId(), .timestamp = timestamp_ms};
  return ask(core, queue, remoting::RequestCode::SearchOffsetByTimestamp, header);
}

}  // namespace rocketmq::client
