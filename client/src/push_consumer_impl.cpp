#include "push_consumer_impl.hpp"

#include <utility>

#include "client_log.hpp"
#include "concurrent_service.hpp"
#include "orderly_service.hpp"
#include "rocketmq/common/names.hpp"
#include "send_back.hpp"
#include "validators.hpp"

namespace rocketmq::client {
namespace {

constexpr milliseconds reset_delay{10'000};

SubscriptionData parse_subscription(const std::string& topic, const std::string& expression,
                                    std::int64_t version) {
  value_or_throw(check_topic(topic));
  auto data = parse_tag_subscription(topic, expression, version);
  if (!data) {
    throw_failure(client_failure("subscription of " + topic + ": " + data.error().remark,
                                 static_cast<int>(data.error().code)));
  }
  return std::move(*data);
}

}  // namespace

void PushConsumerImpl::start(const PushConsumerSettings& settings) {
  const std::scoped_lock lock(state_.mutex());
  if (state_.get() != ServiceState::Value::CreateJust)
    throw_failure(state_.cannot_start("consumer"));
  state_.set(ServiceState::Value::StartFailed);
  value_or_throw(check_push_consumer(settings));
  make_parts(settings);
  bool is_in_group = false;
  try {
    value_or_throw(context_->offsets->load());
    value_or_throw(context_->instance->add(shared_from_this()));
    is_in_group = true;
  } catch (const MQException&) {
    ClientInstance::leave(context_->instance);
    if (!is_in_group) state_.set(ServiceState::Value::CreateJust);
    throw;
  }
  service_->start();
  started_ms_ = context_->now_ms();
  state_.set(ServiceState::Value::Running);
  join_group();
}

void PushConsumerImpl::make_parts(const PushConsumerSettings& settings) {
  auto context = std::make_shared<ConsumerContext>();
  context->settings = settings;
  // The file of a broadcasting consumer's offsets carries the client's id: it must be the same
  // after a restart.
  if (settings.model == CLUSTERING) context->settings.make_instance_name_unique();
  const std::int64_t now_ms = SystemClock().now_ms();
  for (const auto& [topic, expression] : settings.subscriptions) {
    context->subscriptions.put(parse_subscription(topic, expression, now_ms));
  }
  if (settings.model == CLUSTERING) {
    context->subscriptions.put(parse_subscription(retry_topic_of(settings.group), "*", now_ms));
  }
  // From here on nothing throws: the caller leaves the instance again when a later step fails.
  context->instance = ClientInstance::join(context->settings);
  ProducerSettings inner;
  inner.group = names::client_inner_producer_group;
  context->inner_sender = std::make_shared<Sender>(context->instance, inner);
  if (settings.model == BROADCASTING) {
    context->offsets = std::make_unique<LocalOffsetStore>(LocalOffsetStore::default_directory(),
                                                          context->instance->id(), settings.group);
  } else {
    context->offsets = std::make_unique<RemoteOffsetStore>(context->instance, settings.group);
  }
  if (settings.orderly_listener != nullptr) {
    service_ = std::make_shared<OrderlyService>(context);
  } else {
    service_ = std::make_shared<ConcurrentService>(context);
  }
  pull_loop_ = std::make_shared<PullLoop>(context, service_);
  context_ = std::move(context);
}

void PushConsumerImpl::join_group() {
  for (const std::string& topic : topics()) {
    const auto route = context_->instance->refresh_route(topic);
    if (route || route.error().kind == FailureKind::Broker) continue;
    client_log().warn("group {} starts without routes: {}", group(), route.error().text);
    break;
  }
  context_->instance->heartbeat();
  context_->instance->wake_rebalance();
  client_log().info("consumer {} has started as {}", group(), context_->instance->id());
}

void PushConsumerImpl::shutdown() {
  if (state_.is_running() && service_->runs_this_thread()) {
    throw_failure(client_failure("a consumer cannot be shut down in its listener"));
  }
  const std::scoped_lock lock(state_.mutex());
  if (!state_.is_running()) return;
  state_.set(ServiceState::Value::ShutdownAlready);
  context_->is_stopping = true;
  service_->stop_taking(milliseconds(context_->settings.await_termination_ms));
  {
    // After a rebalance under way: it must not take queues any more.
    const std::scoped_lock rebalance_lock(rebalance_mutex_);
    context_->offsets->persist_and_wait(context_->queues.owned());
    service_->release_all();
    context_->queues.drop_all();
  }
  context_->instance->remove_consumer(group());
  service_->stop();
  ClientInstance::leave(context_->instance);
  client_log().info("consumer {} has shut down", group());
}

const std::shared_ptr<ClientInstance>& PushConsumerImpl::instance() const {
  if (!state_.is_running()) throw_failure(state_.not_running("consumer"));
  return context_->instance;
}

void PushConsumerImpl::subscribe(const std::string& topic, const std::string& expression) {
  context_->subscriptions.put(parse_subscription(topic, expression, context_->now_ms()));
  (void)context_->instance->refresh_route(topic);
  context_->instance->heartbeat();
  context_->instance->wake_rebalance();
}

void PushConsumerImpl::unsubscribe(const std::string& topic) {
  context_->subscriptions.remove(topic);
  context_->instance->heartbeat();
  context_->instance->wake_rebalance();
}

void PushConsumerImpl::suspend() { instance(), context_->is_paused = true; }

void PushConsumerImpl::resume() {
  (void)instance();
  context_->is_paused = false;
  context_->instance->wake_rebalance();
}

void PushConsumerImpl::send_message_back(const MessageExt& message, int delay_level) {
  (void)instance();
  value_or_throw(send_back(*context_, message, delay_level, message.getBrokerName()));
}

std::vector<MessageQueue> PushConsumerImpl::fetch_subscribe_queues(const std::string& topic) {
  TopicRoutePtr route = instance()->routes().route(topic);
  if (route == nullptr) {
    const auto asked = instance()->refresh_route(topic);
    if (!asked && asked.error().kind != FailureKind::Broker) throw_failure(asked.error());
    if (asked) route = *asked;
  }
  auto queues = route == nullptr ? std::vector<MessageQueue>() : readable_queues(topic, *route);
  if (queues.empty())
    throw_failure(client_failure("Can not find Message Queue for this topic, " + topic));
  return queues;
}

remoting::ConsumerData PushConsumerImpl::heartbeat_data() const {
  remoting::ConsumerData data;
  data.group_name = group();
  data.consume_type = remoting::ConsumeType::Passively;
  data.message_model = static_cast<remoting::MessageModel>(context_->settings.model);
  data.consume_from_where = static_cast<remoting::ConsumeFromWhere>(context_->settings.from_where);
  data.subscriptions = context_->subscriptions.all();
  return data;
}

void PushConsumerImpl::persist_offsets() {
  if (context_->is_stopping) return;
  context_->offsets->persist(context_->queues.owned());
}

std::map<MessageQueue, std::int64_t> PushConsumerImpl::consume_status(
    const std::string& topic) const {
  OffsetTable offsets = context_->offsets->in_memory();
  std::erase_if(offsets, [&](const auto& entry) { return entry.first.getTopic() != topic; });
  return offsets;
}

void PushConsumerImpl::consume_directly(MessageExt message,
                                        std::function<void(Result<std::string>)> done) {
  if (context_->is_stopping)
    return done(Error{ResponseCode::SystemError, "the consumer is shutting down"});
  service_->consume_directly(std::move(message), std::move(done));
}

void PushConsumerImpl::reset_offsets(const std::string& topic,
                                     std::map<MessageQueue, std::int64_t> offsets) {
  context_->is_paused = true;
  std::vector<ProcessQueuePtr> dropped;
  for (const ProcessQueuePtr& queue : context_->queues.of_topic(topic)) {
    if (!offsets.contains(queue->queue())) continue;
    queue->drop();
    dropped.push_back(queue);
  }
  // Listener calls under way get time to end: their results are not to mix with the new offsets.
  context_->instance->timer().after(reset_delay, [context = context_, dropped = std::move(dropped),
                                                  offsets = std::move(offsets)] {
    if (context->is_stopping) return;
    for (const ProcessQueuePtr& queue : dropped) {
      context->offsets->cell(queue->queue())->set(offsets.at(queue->queue()));
      context->offsets->persist(queue->queue());
      context->queues.remove(queue);
      context->offsets->forget(queue->queue());
    }
    context->is_paused = false;
    context->instance->wake_rebalance();
  });
}

}  // namespace rocketmq::client
