#include <algorithm>
#include <set>
#include <utility>

#include "client_log.hpp"
#include "consume_timestamp.hpp"
#include "push_consumer_impl.hpp"
#include "rocketmq/common/names.hpp"
#include "rocketmq/remoting/protocol/queue_headers.hpp"

// The part of PushConsumerImpl that takes queues over and gives them away. Runs on the instance's
// work thread.
namespace rocketmq::client {
namespace {

/// A queue that was not pulled for so long has lost its pull loop.
constexpr std::int64_t pull_expiry_ms = 120'000;
constexpr milliseconds offset_timeout{5'000};

Outcome<std::int64_t> ask_offset(ClientInstance& instance, const MessageQueue& queue,
                                 remoting::RequestCode code, std::int64_t timestamp_ms) {
  const auto address = instance.master_address(queue.getBrokerName(), queue.getTopic());
  if (!address) return address.error();
  remoting::RemotingCommand request;
  if (code == remoting::RequestCode::SearchOffsetByTimestamp) {
    request = make_request(code, remoting::SearchOffsetRequestHeader{.topic = queue.getTopic(),
                                                                     .queueId = queue.getQueueId(),
                                                                     .timestamp = timestamp_ms});
  } else {
    request = make_request(code, remoting::QueueRequestHeader{.topic = queue.getTopic(),
                                                              .queueId = queue.getQueueId()});
  }
  const auto answer = instance.call(*address, std::move(request), offset_timeout);
  if (!answer) return answer.error();
  const auto offset = remoting::decode_header<remoting::OffsetResponseHeader>(*answer);
  if (!offset) return client_failure(offset.error().remark);
  return offset->offset;
}

}  // namespace

void PushConsumerImpl::rebalance() {
  const std::scoped_lock lock(rebalance_mutex_);
  if (context_->is_stopping || context_->is_paused || !state_.is_running()) return;
  const std::set<std::string> subscribed = topics();
  for (const std::string& topic : subscribed) rebalance_topic(topic);
  for (const ProcessQueuePtr& queue : context_->queues.all()) {
    if (!subscribed.contains(queue->queue().getTopic())) release_queue(queue);
  }
}

void PushConsumerImpl::rebalance_topic(const std::string& topic) {
  const auto allocation = allocate_queues(*context_->instance, context_->settings, topic);
  if (!allocation) return;
  const bool released = release_queues(topic, allocation->mine);
  const bool acquired = acquire_queues(allocation->mine);
  if (!released && !acquired) return;
  client_log().info("group {} has {} of {} queues of topic {}", group(), allocation->mine.size(),
                    allocation->all.size(), topic);
  context_->subscriptions.set_version(topic, context_->now_ms());
  context_->instance->heartbeat();
}

bool PushConsumerImpl::release_queues(const std::string& topic,
                                      const std::vector<MessageQueue>& mine) {
  bool changed = false;
  const std::int64_t now_ms = context_->now_ms();
  for (const ProcessQueuePtr& queue : context_->queues.of_topic(topic)) {
    const bool is_mine = std::find(mine.begin(), mine.end(), queue->queue()) != mine.end();
    const bool is_lost = now_ms - queue->last_pull_ms() > pull_expiry_ms;
    if (is_mine && !is_lost) continue;
    if (is_mine)
      client_log().error("{} was not pulled for 120 s: its pull loop begins anew",
                         queue->queue().toString());
    changed = release_queue(queue) || changed;
  }
  return changed;
}

bool PushConsumerImpl::release_queue(const ProcessQueuePtr& queue) {
  if (!service_->release(queue)) return false;
  context_->offsets->persist(queue->queue());
  context_->queues.remove(queue);
  context_->offsets->forget(queue->queue());
  return true;
}

bool PushConsumerImpl::acquire_queues(const std::vector<MessageQueue>& mine) {
  bool changed = false;
  for (const MessageQueue& id : mine) {
    if (context_->is_stopping) return changed;
    if (context_->queues.find(id) != nullptr) continue;
    // First, so that no other member commits after the offset was read.
    if (!service_->acquire(id)) continue;
    context_->offsets->forget(id);
    const auto offset = start_offset(id);
    if (!offset || *offset < 0) {
      client_log().warn("{} is left to the next rebalance: {}", id.toString(),
                        offset ? "it has no offset to start at" : offset.error().text);
      continue;
    }
    const auto queue = std::make_shared<ProcessQueue>(id, *offset, context_->offsets->cell(id));
    queue->set_last_pull_ms(context_->now_ms());
    service_->adopt(*queue);
    context_->queues.add(queue);
    pull_loop_->pull(queue);
    changed = true;
  }
  return changed;
}

Outcome<std::int64_t> PushConsumerImpl::start_offset(const MessageQueue& queue) {
  const auto stored = context_->offsets->read_stored(queue);
  if (!stored) return stored.error();
  if (!stored->has_value()) return first_offset_of_group(queue);
  context_->offsets->cell(queue)->set(**stored);
  return **stored;
}

Outcome<std::int64_t> PushConsumerImpl::first_offset_of_group(const MessageQueue& queue) {
  const bool is_retry = is_retry_topic(queue.getTopic());
  ClientInstance& instance = *context_->instance;
  switch (context_->settings.from_where) {
    case CONSUME_FROM_FIRST_OFFSET:
      return 0;  // the broker corrects it when the first messages are gone
    case CONSUME_FROM_TIMESTAMP:
      if (is_retry) return ask_offset(instance, queue, remoting::RequestCode::GetMaxOffset, 0);
      return ask_offset(instance, queue, remoting::RequestCode::SearchOffsetByTimestamp,
                        parse_consume_timestamp(context_->settings.consume_timestamp).value_or(0));
    case CONSUME_FROM_LAST_OFFSET:
    case CONSUME_FROM_LAST_OFFSET_AND_FROM_MIN_WHEN_BOOT_FIRST:
    case CONSUME_FROM_MIN_OFFSET:
    case CONSUME_FROM_MAX_OFFSET:
      break;
  }
  if (is_retry) return 0;
  return ask_offset(instance, queue, remoting::RequestCode::GetMaxOffset, 0);
}

}  // namespace rocketmq::client
