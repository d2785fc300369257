#include "consumer/push/pull_loop.hpp"

#include <spdlog/logger.h>

#include <random>
#include <utility>

#include "consumer/pulled_messages.hpp"
#include "consumer/push/filter_classes.hpp"
#include "rocketmq/client/client_log.hpp"
#include "rocketmq/common/sys_flag.hpp"
#include "rocketmq/protocol/pull_headers.hpp"

namespace rocketmq::client {
namespace {

constexpr milliseconds pause_delay{1'000};
constexpr milliseconds flow_control_delay{50};
constexpr milliseconds broker_flow_control_delay{20};
constexpr milliseconds offset_moved_delay{10'000};

/// Refusals that a heartbeat, or a little time, ends: they are normal after a start and in a broker
/// under load.
bool ends_by_itself(ResponseCode code) {
  return code == ResponseCode::SubscriptionNotExist ||
         code == ResponseCode::SubscriptionNotLatest || code == ResponseCode::SystemBusy;
}

}  // namespace

void PullLoop::pull_later(const ProcessQueuePtr& queue, milliseconds delay) {
  context_->instance->timer().after(delay,
                                    [self = shared_from_this(), queue] { self->pull(queue); });
}

bool PullLoop::has_too_much(const ProcessQueue& queue) const {
  const CachedMessages cached = queue.cached();
  const QueueLimits limits = queue.limits();
  if (cached.count > limits.messages || cached.bytes / mebibyte > limits.mebibytes) return true;
  if (!service_->is_orderly() && cached.span() > context_->settings.max_span) return true;
  return service_->has_too_much();
}

remoting::RemotingCommand PullLoop::make_pull(const ProcessQueue& queue,
                                              const SubscriptionData& subscription,
                                              bool is_master) const {
  remoting::PullMessageRequestHeader header;
  header.consumerGroup = context_->group();
  header.topic = queue.queue().getTopic();
  header.queueId = queue.queue().getQueueId();
  header.queueOffset = queue.next_offset();
  header.maxMsgNums = context_->settings.pull_batch_size;
  const PullStyle& style = context_->pull_style;
  header.sysFlag = pull_flag::suspend | style.more_flags;
  const std::int64_t consumed = queue.offset().get();
  if (style.commits && !context_->is_broadcasting() && is_master && consumed > 0) {
    header.sysFlag |= pull_flag::commit_offset;
    header.commitOffset = consumed;
  }
  header.suspendTimeoutMillis = style.hold.count();
  header.subVersion = subscription.sub_version;
  if (subscription.class_filter_mode) header.sysFlag |= pull_flag::class_filter;
  if (style.carries_subscription) header.sysFlag |= pull_flag::subscription;
  if (style.carries_subscription || !subscription.is_tag_expression()) {
    header.subscription = subscription.sub_string;
    header.expressionType = subscription.expression_type;
  }
  return make_request(remoting::RequestCode::PullMessage, header);
}

void PullLoop::pull(const ProcessQueuePtr& queue) {
  if (queue->is_dropped() || context_->is_stopping) return;
  queue->set_last_pull_ms(context_->now_ms());
  if (context_->is_paused) return pull_later(queue, pause_delay);
  if (has_too_much(*queue)) return pull_later(queue, flow_control_delay);
  if (!service_->may_pull(queue)) return pull_later(queue, pause_delay);
  SubscriptionPtr subscription = context_->subscriptions.find(queue->queue().getTopic());
  if (subscription == nullptr) return pull_later(queue, pause_delay);
  auto target = target_of(*queue, *subscription);
  if (!target) return pull_later(queue, context_->settings.pull_delay_after_failure);

  // Made before the subscription is moved away.
  remoting::RemotingCommand request = make_pull(*queue, *subscription, target->broker_id == 0);
  const std::string address = target->address;
  context_->instance->network().invoke_async(
      address, std::move(request), context_->pull_style.timeout,
      [self = shared_from_this(), queue, subscription = std::move(subscription),
       target = std::move(*target)](const Result<remoting::RemotingCommand>& answer) {
        if (answer) {
          queue->set_failed_over(false);
          return self->answered(queue, subscription, target, *answer);
        }
        self->not_answered(queue, target, answer.error());
      });
}

/// Nothing where no broker is known, or no filter server, which the user is told.
std::optional<PullLoop::Target> PullLoop::target_of(const ProcessQueue& queue,
                                                    const SubscriptionData& subscription) {
  const RouteTable& routes = context_->instance->routes();
  const auto broker =
      routes.address_for_reading(queue.queue().getBrokerName(), queue.suggested_broker_id(), false);
  if (!broker) return std::nullopt;
  if (!subscription.class_filter_mode) return Target{broker->address, broker->broker_id};
  const TopicRoutePtr route = routes.route(subscription.topic);
  if (route != nullptr) {
    const auto servers = route->filter_server_table.find(broker->address);
    if (servers != route->filter_server_table.end() && !servers->second.empty()) {
      thread_local std::minstd_rand random{std::random_device{}()};
      std::uniform_int_distribution<std::size_t> any(0, servers->second.size() - 1);
      return Target{servers->second[any(random)], broker->broker_id, true};
    }
  }
  Failure failure = client_failure("Find Filter Server Failed, Broker Addr: " + broker->address +
                                   " topic: " + subscription.topic);
  note_failure(queue, "failed: " + failure.text);
  if (context_->refusals.admit(subscription.topic, failure.code, context_->now_ms()))
    context_->report(failure);
  return std::nullopt;
}

void PullLoop::note_failure(const ProcessQueue& queue, const std::string& what) {
  if (const auto held_back = failures_.admit()) {
    client_log().warn("pulling {} {} (and {} such before)", queue.queue().toString(), what,
                      *held_back);
  }
}

/// The next pull goes to another broker of that name, if there is one: to a slave when the master
/// is gone, and back when the slave is. The first one of a row does not wait. A filter server that
/// is gone says nothing about its broker: another filter server may serve the next pull.
void PullLoop::not_answered(const ProcessQueuePtr& queue, const Target& target,
                            const Error& error) {
  if (queue->is_dropped() || context_->is_stopping) return;
  if (error.code == ResponseCode::ShutDown) return;
  if (target.is_filter_server) {
    note_failure(*queue, "from filter server " + target.address + " failed: " + error.remark);
    return pull_later(queue, context_->settings.pull_delay_after_failure);
  }
  note_failure(*queue, "failed: " + error.remark);
  const std::int64_t next =
      context_->instance->routes().next_broker_id(queue->queue().getBrokerName(), target.broker_id);
  queue->set_suggested_broker_id(next);
  const bool is_first = !queue->is_failed_over();
  queue->set_failed_over(true);
  if (is_first && next != target.broker_id) return pull(queue);
  pull_later(queue, context_->settings.pull_delay_after_failure);
}

void PullLoop::answered(const ProcessQueuePtr& queue, const SubscriptionPtr& subscription,
                        const Target& target, const remoting::RemotingCommand& answer) {
  if (queue->is_dropped() || context_->is_stopping) return;
  switch (answer.response_code()) {
    case ResponseCode::Success: return found(queue, *subscription, answer);
    case ResponseCode::PullNotFound:
    case ResponseCode::PullRetryImmediately: return nothing_found(queue, answer);
    case ResponseCode::PullOffsetMoved: return offset_moved(queue, answer);
    case ResponseCode::FlowControl: return pull_later(queue, broker_flow_control_delay);
    default:
      refused(*queue, target, answer);
      return pull_later(queue, context_->settings.pull_delay_after_failure);
  }
}

void PullLoop::refused(const ProcessQueue& queue, const Target& target,
                       const remoting::RemotingCommand& answer) {
  note_failure(queue, "was refused: " + std::to_string(answer.code) + " " + answer.remark);
  const std::string& topic = queue.queue().getTopic();
  // One that has started again.
  if (target.is_filter_server && FilterClasses::is_not_registered(answer))
    return context_->filter_classes->upload_to(topic, target.address);
  if (ends_by_itself(answer.response_code()) ||
      !context_->refusals.admit(topic, answer.code, context_->now_ms()))
    return;
  Failure failure = broker_failure(answer, {});
  failure.text = (target.is_filter_server ? "filter server " + target.address
                                          : "broker " + queue.queue().getBrokerName()) +
                 " refuses pulls of topic " + topic + ": " + failure.text;
  context_->report(failure);
}

void PullLoop::found(const ProcessQueuePtr& queue, const SubscriptionData& subscription,
                     const remoting::RemotingCommand& answer) {
  const auto header = remoting::decode_header<remoting::PullMessageResponseHeader>(answer);
  auto messages = PulledMessages::read(answer.body, &subscription);
  if (!header || !messages) {
    client_log().error("the messages of {} cannot be read: {}", queue->queue().toString(),
                       header ? messages.error().remark : header.error().remark);
    return pull_later(queue, context_->settings.pull_delay_after_failure);
  }
  queue->set_suggested_broker_id(header->suggestWhichBrokerId);
  queue->set_next_offset(header->nextBeginOffset);
  queue->put(messages->list());
  queue->stats->add_pull(context_->now_ms() - queue->last_pull_ms(),
                         static_cast<std::int64_t>(messages->size()));
  const bool is_empty = messages->empty();
  if (!is_empty) {
    messages->set_range(header->minOffset, header->maxOffset);
    service_->submit(queue, std::move(*messages));
  }
  if (context_->settings.pull_interval_ms > 0 && !is_empty) {
    return pull_later(queue, milliseconds(context_->settings.pull_interval_ms));
  }
  pull(queue);
}

void PullLoop::nothing_found(const ProcessQueuePtr& queue,
                             const remoting::RemotingCommand& answer) {
  const auto header = remoting::decode_header<remoting::PullMessageResponseHeader>(answer);
  if (!header) return pull_later(queue, context_->settings.pull_delay_after_failure);
  const bool is_stuck = answer.response_code() == ResponseCode::PullRetryImmediately &&
                        header->nextBeginOffset == queue->next_offset();
  queue->set_suggested_broker_id(header->suggestWhichBrokerId);
  queue->set_next_offset(header->nextBeginOffset);
  // Everything before it is done or was not wanted.
  if (queue->cached().count == 0) service_->advance(*queue, header->nextBeginOffset);
  if (is_stuck)
    return pull_later(queue,
                      flow_control_delay);  // a broker in trouble must not be asked without a pause
  pull(queue);
}

void PullLoop::offset_moved(const ProcessQueuePtr& queue, const remoting::RemotingCommand& answer) {
  const auto header = remoting::decode_header<remoting::PullMessageResponseHeader>(answer);
  if (!header) return pull_later(queue, context_->settings.pull_delay_after_failure);
  const std::int64_t offset = header->nextBeginOffset;
  client_log().warn("{} does not reach to offset {}; going on at {}", queue->queue().toString(),
                    queue->next_offset(), offset);
  if (queue->cached().count == 0) {
    // Nothing of it is in the listener: the queue can resume immediately.
    queue->set_next_offset(offset);
    service_->reposition(*queue, offset);
    return pull_later(queue, flow_control_delay);
  }
  queue->drop();
  context_->instance->timer().after(offset_moved_delay, [context = context_, queue, offset] {
    if (context->is_stopping) return;
    context->offsets->cell(queue->queue())->set(offset);
    context->offsets->persist(queue->queue());
    context->queues.remove(queue);
    context->instance->wake_rebalance();
  });
}

}  // namespace rocketmq::client
