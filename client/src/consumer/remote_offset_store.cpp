#include "consumer/remote_offset_store.hpp"

#include <spdlog/logger.h>

#include <utility>
#include <vector>

#include "rocketmq/client/client_log.hpp"
#include "rocketmq/client/queue_offsets.hpp"
#include "rocketmq/protocol/queue_headers.hpp"

namespace rocketmq::client {

Outcome<std::optional<std::int64_t>> RemoteOffsetStore::read_stored(const MessageQueue& queue) {
  const auto broker = instance_->routes().address_for_reading(queue.getBrokerName(), 0, false);
  if (!broker) return client_failure("The broker[" + queue.getBrokerName() + "] not exist");
  const remoting::QueryConsumerOffsetRequestHeader header{
      .consumerGroup = group_, .topic = queue.getTopic(), .queueId = queue.getQueueId()};
  const auto answer = instance_->call(
      instance_->fast_address(broker->address),
      make_request(remoting::RequestCode::QueryConsumerOffset, header), offset_timeout);
  if (!answer) {
    if (answer.error().kind == FailureKind::Broker) return std::optional<std::int64_t>();
    return answer.error();
  }
  const auto offset = remoting::decode_header<remoting::OffsetResponseHeader>(*answer);
  if (!offset) return client_failure("the stored offset cannot be read: " + offset.error().remark);
  return std::optional(offset->offset);
}

std::optional<RemoteOffsetStore::Update> RemoteOffsetStore::make_update(const MessageQueue& queue,
                                                                        std::int64_t offset) {
  const auto broker = instance_->routes().address_for_reading(queue.getBrokerName(), 0, false);
  if (!broker) {
    client_log().warn("the offset {} of {} is not stored: its broker is not known", offset,
                      queue.toString());
    return std::nullopt;
  }
  const remoting::UpdateConsumerOffsetRequestHeader header{.consumerGroup = group_,
                                                           .topic = queue.getTopic(),
                                                           .queueId = queue.getQueueId(),
                                                           .commitOffset = offset};
  return Update{instance_->fast_address(broker->address),
                make_request(remoting::RequestCode::UpdateConsumerOffset, header)};
}

void RemoteOffsetStore::persist(const std::set<MessageQueue>& owned) {
  forget_all_but(owned);
  for (const auto& [queue, offset] : in_memory()) {
    if (auto update = make_update(queue, offset)) {
      instance_->network().invoke_oneway(update->address, std::move(update->request),
                                         offset_timeout);
    }
  }
}

void RemoteOffsetStore::persist_and_wait(const std::set<MessageQueue>& owned) {
  forget_all_but(owned);
  std::vector<std::pair<std::string, remoting::RemotingCommand>> requests;
  for (const auto& [queue, offset] : in_memory()) {
    if (auto update = make_update(queue, offset)) {
      requests.emplace_back(std::move(update->address), std::move(update->request));
    }
  }
  instance_->call_all(std::move(requests), instance_->settings().api_timeout, "storing an offset");
}

void RemoteOffsetStore::persist(const MessageQueue& queue) {
  const std::int64_t offset = cell(queue)->get();
  if (offset < 0) return;
  if (auto update = make_update(queue, offset)) {
    instance_->network().invoke_oneway(update->address, std::move(update->request), offset_timeout);
  }
}

}  // namespace rocketmq::client
