#include "consumer/managed_consumer.hpp"

#include <spdlog/logger.h>

#include <utility>

#include "consumer/local_offset_store.hpp"
#include "consumer/push/filter_classes.hpp"
#include "consumer/push/send_back.hpp"
#include "consumer/remote_offset_store.hpp"
#include "consumer/subscription.hpp"
#include "producer/trace_producer.hpp"
#include "rocketmq/client/client_log.hpp"
#include "rocketmq/client/own_code.hpp"
#include "rocketmq/common/names.hpp"

namespace rocketmq::client {
namespace {

constexpr milliseconds reset_delay{10'000};

constexpr milliseconds sample_period{TopicStats::sample_period_ms};

/// With the topic's name on the wire.
SubscriptionData subscription_of(const Namespace& name_space, const std::string& topic,
                                 const MessageSelector& selector, std::int64_t version) {
  return value_or_throw(make_subscription(name_space.wrap(topic), selector, version));
}

SubscriptionData class_subscription_of(const Namespace& name_space, const std::string& topic,
                                       const FilterClass& filter, std::int64_t version) {
  return value_or_throw(
      make_class_subscription(name_space.wrap(topic), filter.class_name, version));
}

}  // namespace

void ManagedConsumer::start_with(const PushConsumerSettings& settings, const PullStyle& style) {
  const std::scoped_lock lock(state_.mutex());
  if (state_.get() != ServiceState::Value::CreateJust)
    throw_failure(state_.cannot_start("consumer"));
  make_parts(settings, style);
  state_.set(ServiceState::Value::StartFailed);
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
  find_routes();
  if (const auto checked = check_conditions(); !checked) {
    context_->instance->remove_consumer(group());
    ClientInstance::leave(context_->instance);
    // Nothing was begun: the subscription can be changed and the start tried again.
    state_.set(ServiceState::Value::CreateJust);
    throw_failure(checked.error());
  }
  if (context_->settings.trace_enabled) {
    context_->trace = start_trace(context_->settings, group(), "CONSUME");
  }
  service_->start();
  started_ms_ = context_->now_ms();
  sample_stats_later();
  state_.set(ServiceState::Value::Running);
  join_group();
}

void ManagedConsumer::make_parts(const PushConsumerSettings& settings, const PullStyle& style) {
  auto context = std::make_shared<ConsumerContext>();
  context->settings = settings;
  context->pull_style = style;
  const Namespace& name_space = settings.name_space;
  context->settings.group = name_space.wrap(settings.group);
  // The file of a broadcasting consumer's offsets carries the client's id: it must be the same
  // after a restart.
  if (settings.model == CLUSTERING) context->settings.make_instance_name_unique();
  const std::int64_t now_ms = SystemClock().now_ms();
  for (const auto& [topic, selector] : settings.subscriptions) {
    context->subscriptions.put(subscription_of(name_space, topic, selector, now_ms));
  }
  context->filter_classes = std::make_shared<FilterClasses>(context);
  for (const auto& [topic, filter] : settings.filter_classes) {
    SubscriptionData data = class_subscription_of(name_space, topic, filter, now_ms);
    context->filter_classes->put(data.topic, filter);
    context->subscriptions.put(std::move(data));
  }
  const bool has_retries = consume_type() == remoting::ConsumeType::Passively;
  if (settings.model == CLUSTERING && has_retries) {
    context->subscriptions.put(subscription_of(name_space, retry_topic_of(context->group()),
                                               MessageSelector::byTag("*"), now_ms));
  }
  // From here on nothing throws: the caller leaves the instance again when a later step fails.
  context->instance = ClientInstance::join(context->settings);
  ProducerSettings inner;
  inner.group = names::client_inner_producer_group;
  context->inner_sender = std::make_shared<Sender>(context->instance, inner);
  if (settings.model == BROADCASTING) {
    context->offsets = std::make_unique<LocalOffsetStore>(
        LocalOffsetStore::default_directory(), context->instance->id(), context->group());
  } else {
    context->offsets = std::make_unique<RemoteOffsetStore>(context->instance, context->group());
  }
  service_ = make_service(context);
  pull_loop_ = std::make_shared<PullLoop>(context, service_);
  context_ = std::move(context);
}

void ManagedConsumer::find_routes() {
  for (const std::string& topic : topics()) {
    const auto route = context_->instance->refresh_route(topic);
    if (route || route.error().kind == FailureKind::Broker) continue;
    client_log().warn("group {} starts without routes: {}", group(), route.error().text);
    break;
  }
}

Outcome<void> ManagedConsumer::check_conditions() {
  for (const SubscriptionData& subscription : context_->subscriptions.all()) {
    if (subscription.is_tag_expression()) continue;
    const auto checked = check_condition(subscription);
    if (!checked) return checked.error();
    if (*checked == Checked::Yes) continue;
    const std::scoped_lock lock(unchecked_mutex_);
    unchecked_.insert(subscription.topic);
  }
  return {};
}

std::optional<std::string> ManagedConsumer::address_to_check(const std::string& topic) {
  RouteTable& routes = context_->instance->routes();
  if (auto address = routes.any_address_of_topic(topic)) return address;
  // Any broker reads conditions alike, and the topic may be made by its first message.
  if (routes.all_addresses().empty()) {
    (void)context_->instance->refresh_route(ProducerSettings().create_topic_key);
  }
  const auto known = routes.all_addresses();
  if (known.empty()) return std::nullopt;
  return known.front().second.address;
}

Outcome<ManagedConsumer::Checked> ManagedConsumer::check_condition(
    const SubscriptionData& subscription) {
  ClientInstance& instance = *context_->instance;
  const auto address = address_to_check(subscription.topic);
  if (!address) return Checked::Later;
  std::string body = encode_client_config(instance.id(), group(), subscription);
  const auto answer = instance.call(
      *address, make_request(remoting::RequestCode::CheckClientConfig, std::move(body)),
      instance.settings().api_timeout);
  if (answer) return Checked::Yes;
  const Failure& failure = answer.error();
  if (failure.kind != FailureKind::Broker) {
    client_log().warn("the subscription of {} is not checked yet: {}", subscription.topic,
                      failure.text);
    return Checked::Later;
  }
  return client_failure("the broker does not take the subscription of " + subscription.topic +
                            " (" + subscription.expression_type + " '" + subscription.sub_string +
                            "'): " + failure.text,
                        failure.code);
}

void ManagedConsumer::check_condition_left(const std::string& topic) {
  {
    const std::scoped_lock lock(unchecked_mutex_);
    if (!unchecked_.contains(topic)) return;
  }
  if (const SubscriptionPtr subscription = context_->subscriptions.find(topic)) {
    const auto checked = check_condition(*subscription);
    if (checked && *checked == Checked::Later) return;
    if (!checked) context_->report(checked.error());
  }
  const std::scoped_lock lock(unchecked_mutex_);
  unchecked_.erase(topic);
}

void ManagedConsumer::join_group() {
  context_->instance->heartbeat();
  context_->instance->wake_rebalance();
  client_log().info("consumer {} has started as {}", group(), context_->instance->id());
}

void ManagedConsumer::sample_stats_later() {
  context_->stats.sample(context_->now_ms());
  context_->instance->timer().after(sample_period, [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (self != nullptr && !self->context_->is_stopping) self->sample_stats_later();
  });
}

bool ManagedConsumer::is_in_own_code() const {
  return state_.is_running() &&
         (service_->runs_this_thread() || OwnCode::runs_for(context_.get()) ||
          ClientInstance::would_end_here(context_->instance));
}

void ManagedConsumer::shutdown() {
  if (is_in_own_code()) {
    throw_failure(
        client_failure("a consumer cannot be shut down in its listener or one of its callbacks"));
  }
  const std::scoped_lock lock(state_.mutex());
  if (!state_.is_running()) return;
  state_.set(ServiceState::Value::ShutdownAlready);
  const CallbackExecutor::Blocked blocked(context_->instance->callbacks());
  context_->is_stopping = true;
  service_->stop_taking(milliseconds(context_->settings.await_termination_ms));
  if (context_->trace != nullptr) context_->trace->stop();
  {
    // After a rebalance under way: it must not take queues anymore.
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

const std::shared_ptr<ClientInstance>& ManagedConsumer::instance() const {
  if (!state_.is_running()) throw_failure(state_.not_running("consumer"));
  return context_->instance;
}

void ManagedConsumer::subscribe(const std::string& topic, const MessageSelector& selector) {
  SubscriptionData data =
      subscription_of(context_->settings.name_space, topic, selector, context_->now_ms());
  (void)context_->instance->refresh_route(data.topic);
  bool is_left_unchecked = false;
  if (!data.is_tag_expression()) {
    is_left_unchecked = value_or_throw(check_condition(data)) == Checked::Later;
  }
  {
    const std::scoped_lock lock(unchecked_mutex_);
    if (is_left_unchecked) {
      unchecked_.insert(data.topic);
    } else {
      unchecked_.erase(data.topic);
    }
  }
  context_->refusals.forget(data.topic);
  context_->filter_classes->remove(data.topic);
  context_->subscriptions.put(std::move(data));
  context_->instance->heartbeat();
  context_->instance->wake_rebalance();
}

void ManagedConsumer::subscribe(const std::string& topic, const FilterClass& filter) {
  SubscriptionData data =
      class_subscription_of(context_->settings.name_space, topic, filter, context_->now_ms());
  (void)context_->instance->refresh_route(data.topic);
  {
    const std::scoped_lock lock(unchecked_mutex_);
    unchecked_.erase(data.topic);
  }
  context_->refusals.forget(data.topic);
  context_->filter_classes->put(data.topic, filter);
  context_->subscriptions.put(std::move(data));
  context_->instance->heartbeat();
  context_->instance->wake_rebalance();
}

void ManagedConsumer::unsubscribe(const std::string& topic) {
  const std::string wire_topic = context_->settings.name_space.wrap(topic);
  context_->filter_classes->remove(wire_topic);
  context_->subscriptions.remove(wire_topic);
  context_->instance->heartbeat();
  context_->instance->wake_rebalance();
}

void ManagedConsumer::set_threads(int threads) {
  (void)instance();
  const int max = context_->settings.thread_max;
  if (threads < 1 || threads > max) {
    throw_failure(client_failure("the core pool size " + std::to_string(threads) +
                                 " is out of range [1, " + std::to_string(max) + "]"));
  }
  service_->set_threads(threads);
}

void ManagedConsumer::suspend() { instance(), context_->is_paused = true; }

void ManagedConsumer::resume() {
  (void)instance();
  context_->is_paused = false;
  context_->instance->wake_rebalance();
}

void ManagedConsumer::send_message_back(const MessageExt& message, int delay_level) {
  (void)instance();
  value_or_throw(send_back(*context_, message, delay_level, message.getBrokerName()));
}

std::vector<MessageQueue> ManagedConsumer::fetch_subscribe_queues(const std::string& topic) {
  const Namespace& name_space = context_->settings.name_space;
  const std::string wire_topic = name_space.wrap(topic);
  TopicRoutePtr route = instance()->routes().route(wire_topic);
  if (route == nullptr) {
    const auto asked = instance()->refresh_route(wire_topic);
    if (!asked && asked.error().kind != FailureKind::Broker) throw_failure(asked.error());
    if (asked) route = *asked;
  }
  auto queues =
      route == nullptr ? std::vector<MessageQueue>() : readable_queues(wire_topic, *route);
  if (queues.empty())
    throw_failure(client_failure("Can not find Message Queue for this topic, " + topic));
  return name_space.strip(std::move(queues));
}

remoting::ConsumerData ManagedConsumer::heartbeat_data() const {
  remoting::ConsumerData data;
  data.group_name = group();
  data.consume_type = consume_type();
  data.message_model = static_cast<remoting::MessageModel>(context_->settings.model);
  data.consume_from_where = static_cast<remoting::ConsumeFromWhere>(context_->settings.from_where);
  data.subscriptions = context_->subscriptions.all();
  return data;
}

void ManagedConsumer::upload_filter_classes(bool only_new) {
  if (context_->is_stopping) return;
  if (only_new) {
    context_->filter_classes->upload_new();
  } else {
    context_->filter_classes->upload_all();
  }
}

void ManagedConsumer::persist_offsets() {
  if (context_->is_stopping) return;
  context_->offsets->persist(context_->queues.owned());
}

std::map<MessageQueue, std::int64_t> ManagedConsumer::consume_status(
    const std::string& topic) const {
  OffsetTable offsets = context_->offsets->in_memory();
  std::erase_if(offsets, [&](const auto& entry) { return entry.first.getTopic() != topic; });
  return offsets;
}

void ManagedConsumer::consume_directly(MessageExt message,
                                       std::function<void(Result<std::string>)> done) {
  if (context_->is_stopping)
    return done(Error{ResponseCode::SystemError, "the consumer is shutting down"});
  service_->consume_directly(std::move(message), std::move(done));
}

void ManagedConsumer::reset_offsets(const std::string& topic,
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
