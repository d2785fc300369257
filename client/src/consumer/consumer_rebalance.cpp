#include <spdlog/logger.h>

#include <algorithm>
#include <set>
#include <utility>

#include "consumer/consume_timestamp.hpp"
#include "consumer/managed_consumer.hpp"
#include "rocketmq/client/client_log.hpp"
#include "rocketmq/client/own_code.hpp"
#include "rocketmq/client/queue_offsets.hpp"
#include "rocketmq/common/names.hpp"

// The part of ManagedConsumer that takes queues over and gives them away. Runs on the instance's
// work thread.
namespace rocketmq::client {
namespace {

/// A queue that was not pulled for so long has lost its pull loop.
constexpr std::int64_t pull_expiry_ms = 120'000;

/// What each of a topic's `queues` owned queues may cache.
QueueLimits limits_of_each(const PushConsumerSettings& settings, std::size_t queues) {
  const auto limit = [&](int per_queue, int per_topic) {
    if (per_topic <= 0) return static_cast<std::size_t>(per_queue);
    return std::max<std::size_t>(static_cast<std::size_t>(per_topic) / queues, 1);
  };
  return {limit(settings.threshold_messages, settings.threshold_topic_messages),
          limit(settings.threshold_mebibytes, settings.threshold_topic_mebibytes)};
}

}  // namespace

void ManagedConsumer::rebalance() {
  const OwnCode own(context_.get());  // the allocation strategy may be the program's
  const std::scoped_lock lock(rebalance_mutex_);
  if (context_->is_stopping || context_->is_paused || !state_.is_running()) return;
  const std::set<std::string> subscribed = context_->subscriptions.topics();
  // A shutdown waits for one question to a server, not for those that would follow.
  for (const std::string& topic : subscribed) {
    if (context_->is_stopping) return;
    rebalance_topic(topic);
  }
  for (const ProcessQueuePtr& queue : context_->queues.all()) {
    if (context_->is_stopping) return;
    if (!subscribed.contains(queue->queue().getTopic())) release_queue(queue);
  }
}

std::optional<Allocation> ManagedConsumer::allocate(const std::string& topic) {
  return allocate_queues(*context_->instance, context_->settings, topic);
}

void ManagedConsumer::set_queue_limits(const std::string& topic) {
  const auto queues = context_->queues.of_topic(topic);
  if (queues.empty()) return;
  const QueueLimits limits = limits_of_each(context_->settings, queues.size());
  for (const ProcessQueuePtr& queue : queues) queue->set_limits(limits);
}

void ManagedConsumer::rebalance_topic(const std::string& topic) {
  check_condition_left(topic);
  const auto allocation = allocate(topic);
  if (!allocation) return;
  const bool released = release_queues(topic, allocation->mine);
  const bool acquired = acquire_queues(allocation->mine);
  if ((!released && !acquired) || context_->is_stopping) return;
  set_queue_limits(topic);
  client_log().info("group {} has {} of {} queues of topic {}", group(), allocation->mine.size(),
                    allocation->all.size(), topic);
  context_->subscriptions.set_version(topic, context_->now_ms());
  context_->instance->heartbeat();
}

bool ManagedConsumer::release_queues(const std::string& topic,
                                     const std::vector<MessageQueue>& mine) {
  bool changed = false;
  const std::int64_t now_ms = context_->now_ms();
  for (const ProcessQueuePtr& queue : context_->queues.of_topic(topic)) {
    const bool is_mine = std::find(mine.begin(), mine.end(), queue->queue()) != mine.end();
    const bool is_lost = now_ms - queue->last_pull_ms() > pull_expiry_ms;
    if (is_mine && !is_lost) continue;
    if (context_->is_stopping) return changed;
    if (is_mine)
      client_log().error("{} was not pulled for 120 s: its pull loop starts again",
                         queue->queue().toString());
    changed = release_queue(queue) || changed;
  }
  return changed;
}

bool ManagedConsumer::release_queue(const ProcessQueuePtr& queue) {
  if (!service_->release(queue)) return false;
  context_->offsets->persist(queue->queue());
  context_->queues.remove(queue);
  context_->offsets->forget(queue->queue());
  return true;
}

bool ManagedConsumer::acquire_queues(const std::vector<MessageQueue>& mine) {
  bool changed = false;
  for (const MessageQueue& id : mine) {
    if (context_->is_stopping) return changed;
    if (context_->queues.find(id) != nullptr) continue;
    // First, so that no other member commits after the offset was read.
    if (!service_->acquire(id)) continue;
    if (context_->is_stopping) return changed;
    context_->offsets->forget(id);
    const auto offset = start_offset(id);
    if (!offset || *offset < 0) {
      client_log().warn("{} is left to the next rebalance: {}", id.toString(),
                        offset ? "it has no offset to start at" : offset.error().text);
      continue;
    }
    // Set from the first pull on; corrected when not all of the queues could be taken.
    begin_queue(id, *offset, limits_of_each(context_->settings, mine.size()));
    changed = true;
  }
  return changed;
}

void ManagedConsumer::begin_queue(const MessageQueue& id, std::int64_t offset,
                                  const QueueLimits& limits) {
  const auto queue = std::make_shared<ProcessQueue>(id, offset, context_->offsets->cell(id));
  queue->set_last_pull_ms(context_->now_ms());
  queue->stats = context_->stats.of(id.getTopic());
  queue->set_limits(limits);
  service_->adopt(*queue);
  context_->queues.add(queue);
  pull_loop_->pull(queue);
}

Outcome<std::int64_t> ManagedConsumer::start_offset(const MessageQueue& queue) {
  const auto stored = context_->offsets->read_stored(queue);
  if (!stored) return stored.error();
  if (!stored->has_value()) {
    if (context_->is_stopping) return client_failure("the consumer is shutting down");
    return first_offset_of_group(queue);
  }
  context_->offsets->cell(queue)->set(**stored);
  return **stored;
}

Outcome<std::int64_t> ManagedConsumer::first_offset_of_group(const MessageQueue& queue) {
  const bool is_retry = is_retry_topic(queue.getTopic());
  ClientInstance& instance = *context_->instance;
  switch (context_->settings.from_where) {
    case CONSUME_FROM_FIRST_OFFSET:
      return 0;  // the broker corrects it when the first messages are gone
    case CONSUME_FROM_TIMESTAMP:
      if (is_retry) return ask_max_offset(instance, queue);
      return ask_offset_at(
          instance, queue,
          parse_consume_timestamp(context_->settings.consume_timestamp).value_or(0));
    case CONSUME_FROM_LAST_OFFSET:
    case CONSUME_FROM_LAST_OFFSET_AND_FROM_MIN_WHEN_BOOT_FIRST:
    case CONSUME_FROM_MIN_OFFSET:
    case CONSUME_FROM_MAX_OFFSET: break;
  }
  if (is_retry) return 0;
  return ask_max_offset(instance, queue);
}

}  // namespace rocketmq::client
