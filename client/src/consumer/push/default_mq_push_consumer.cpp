#include <utility>

#include "consumer/consume_timestamp.hpp"
#include "consumer/consumer_settings.hpp"
#include "consumer/push/push_consumer_impl.hpp"
#include "consumer/subscription.hpp"
#include "instance/client_end.hpp"
#include "rocketmq/DefaultMQPushConsumer.h"
#include "rocketmq/client/name_checks.hpp"

namespace rocketmq {

using client::PushConsumerImpl;
using client::PushConsumerSettings;

namespace {

/// A listener that is a function.
class FunctionListener final : public MessageListenerConcurrently {
 public:
  explicit FunctionListener(ConsumeConcurrentlyFunction function)
      : function_(std::move(function)) {}
  ConsumeConcurrentlyStatus consumeMessage(const std::vector<MessageExt>& messages,
                                           ConsumeConcurrentlyContext& context) override {
    return function_(messages, context);
  }

 private:
  const ConsumeConcurrentlyFunction function_;
};

class OrderlyFunctionListener final : public MessageListenerOrderly {
 public:
  explicit OrderlyFunctionListener(ConsumeOrderlyFunction function)
      : function_(std::move(function)) {}
  ConsumeOrderlyStatus consumeMessage(const std::vector<MessageExt>& messages,
                                      ConsumeOrderlyContext& context) override {
    return function_(messages, context);
  }

 private:
  const ConsumeOrderlyFunction function_;
};

template <class Function>
void check_listener(const Function& listener) {
  if (!listener) throw MQClientException("the message listener is empty");
}

/// A pointer that does not own: the user keeps the listener alive.
template <class Listener>
std::shared_ptr<Listener> borrowed(Listener* listener) {
  return std::shared_ptr<Listener>(std::shared_ptr<void>(), listener);
}

}  // namespace

DefaultMQPushConsumer::DefaultMQPushConsumer(const std::string& consumerGroup)
    : DefaultMQPushConsumer(client::settings_for<client::PushConsumerSettings>(consumerGroup)) {}

DefaultMQPushConsumer::DefaultMQPushConsumer(std::shared_ptr<PushConsumerSettings> settings)
    : MQAdmin(settings),
      settings_(std::move(settings)),
      impl_(std::make_shared<PushConsumerImpl>()) {}

DefaultMQPushConsumer::~DefaultMQPushConsumer() { client::end_client(impl_, "consumer"); }

void DefaultMQPushConsumer::start() {
  impl_->start(*settings_);
  setStarted();
}
void DefaultMQPushConsumer::shutdown() { impl_->shutdown(); }
std::shared_ptr<client::ClientInstance> DefaultMQPushConsumer::runningInstance() const {
  return impl_->instance();
}

void DefaultMQPushConsumer::subscribe(const std::string& topic, const std::string& expression) {
  subscribe(topic, MessageSelector::byTag(expression));
}

void DefaultMQPushConsumer::subscribe(const std::string& topic, const MessageSelector& selector) {
  client::value_or_throw(client::check_topic(topic));
  if (impl_->is_running()) impl_->subscribe(topic, selector);
  settings_->filter_classes.erase(topic);
  settings_->subscriptions.insert_or_assign(topic, selector);
}

void DefaultMQPushConsumer::subscribe(const std::string& topic, const std::string& className,
                                      const std::string& source) {
  client::value_or_throw(client::make_class_subscription(topic, className, 0));
  const client::FilterClass filter{className, source};
  if (impl_->is_running()) impl_->subscribe(topic, filter);
  settings_->subscriptions.erase(topic);
  settings_->filter_classes.insert_or_assign(topic, filter);
}

void DefaultMQPushConsumer::unsubscribe(const std::string& topic) {
  settings_->subscriptions.erase(topic);
  settings_->filter_classes.erase(topic);
  if (impl_->is_running()) impl_->unsubscribe(topic);
}

void DefaultMQPushConsumer::registerMessageListener(MessageListenerConcurrently* listener) {
  registerMessageListener(borrowed(listener));
}
void DefaultMQPushConsumer::registerMessageListener(
    std::shared_ptr<MessageListenerConcurrently> listener) {
  checkNotStarted("registerMessageListener");
  settings_->concurrent_listener = std::move(listener);
  settings_->orderly_listener = nullptr;
}
void DefaultMQPushConsumer::registerMessageListener(ConsumeFunction listener) {
  check_listener(listener);
  registerMessageListener(
      [listener = std::move(listener)](const std::vector<MessageExt>& messages,
                                       ConsumeConcurrentlyContext&) { return listener(messages); });
}
void DefaultMQPushConsumer::registerMessageListener(ConsumeOrderlyFunction listener) {
  check_listener(listener);
  registerMessageListener(std::make_shared<OrderlyFunctionListener>(std::move(listener)));
}
void DefaultMQPushConsumer::registerMessageListener(ConsumeStatusOrderlyFunction listener) {
  check_listener(listener);
  registerMessageListener([listener = std::move(listener)](const std::vector<MessageExt>& messages,
                                                           ConsumeOrderlyContext& context) {
    return listener(messages, context) == CONSUME_SUCCESS
               ? ConsumeOrderlyStatus::SUCCESS
               : ConsumeOrderlyStatus::SUSPEND_CURRENT_QUEUE_A_MOMENT;
  });
}
void DefaultMQPushConsumer::registerMessageListener(ConsumeOrderlyShortFunction listener) {
  check_listener(listener);
  registerMessageListener(
      [listener = std::move(listener)](const std::vector<MessageExt>& messages,
                                       ConsumeOrderlyContext&) { return listener(messages); });
}
void DefaultMQPushConsumer::registerMessageListener(ConsumeConcurrentlyFunction listener) {
  check_listener(listener);
  registerMessageListener(std::make_shared<FunctionListener>(std::move(listener)));
}
void DefaultMQPushConsumer::registerMessageListener(MessageListenerOrderly* listener) {
  registerMessageListener(borrowed(listener));
}
void DefaultMQPushConsumer::registerMessageListener(
    std::shared_ptr<MessageListenerOrderly> listener) {
  checkNotStarted("registerMessageListener");
  settings_->orderly_listener = std::move(listener);
  settings_->concurrent_listener = nullptr;
}

void DefaultMQPushConsumer::setErrorListener(ConsumerErrorFunction listener) {
  checkNotStarted("setErrorListener");
  settings_->error_listener = std::move(listener);
}

void DefaultMQPushConsumer::suspend() { impl_->suspend(); }
void DefaultMQPushConsumer::resume() { impl_->resume(); }
void DefaultMQPushConsumer::updateCorePoolSize(int threads) { impl_->set_threads(threads); }
bool DefaultMQPushConsumer::isPause() const { return impl_->is_paused(); }
void DefaultMQPushConsumer::sendMessageBack(const MessageExt& message, int delayLevel) {
  impl_->send_message_back(message, delayLevel);
}
std::vector<MessageQueue> DefaultMQPushConsumer::fetchSubscribeMessageQueues(
    const std::string& topic) {
  return impl_->fetch_subscribe_queues(topic);
}

std::string DefaultMQPushConsumer::getConsumerGroup() const { return settings_->group; }
void DefaultMQPushConsumer::setConsumerGroup(const std::string& group) {
  checkNotStarted("setConsumerGroup");
  settings_->group = group;
}
void DefaultMQPushConsumer::setMessageModel(MessageModel model) {
  checkNotStarted("setMessageModel");
  settings_->model = model;
}
MessageModel DefaultMQPushConsumer::getMessageModel() const { return settings_->model; }
void DefaultMQPushConsumer::setConsumeFromWhere(ConsumeFromWhere where) {
  checkNotStarted("setConsumeFromWhere");
  settings_->from_where = where;
}
ConsumeFromWhere DefaultMQPushConsumer::getConsumeFromWhere() const {
  return settings_->from_where;
}
void DefaultMQPushConsumer::setConsumeTimestamp(const std::string& timestamp) {
  checkNotStarted("setConsumeTimestamp");
  settings_->consume_timestamp = timestamp;
}
std::string DefaultMQPushConsumer::getConsumeTimestamp() const {
  return settings_->consume_timestamp;
}
void DefaultMQPushConsumer::setConsumeThreadMin(int threads) {
  checkNotStarted("setConsumeThreadMin");
  settings_->thread_min = threads;
}
int DefaultMQPushConsumer::getConsumeThreadMin() const { return settings_->thread_min; }
void DefaultMQPushConsumer::setConsumeThreadMax(int threads) {
  checkNotStarted("setConsumeThreadMax");
  settings_->thread_max = threads;
}
int DefaultMQPushConsumer::getConsumeThreadMax() const { return settings_->thread_max; }
void DefaultMQPushConsumer::setConsumeThreadCount(int threads) {
  checkNotStarted("setConsumeThreadCount");
  settings_->thread_min = threads;
  settings_->thread_max = threads;
}
void DefaultMQPushConsumer::setConsumeMessageBatchMaxSize(int messages) {
  checkNotStarted("setConsumeMessageBatchMaxSize");
  settings_->batch_max_size = messages;
}
int DefaultMQPushConsumer::getConsumeMessageBatchMaxSize() const {
  return settings_->batch_max_size;
}
void DefaultMQPushConsumer::setPullBatchSize(int messages) {
  checkNotStarted("setPullBatchSize");
  settings_->pull_batch_size = messages;
}
int DefaultMQPushConsumer::getPullBatchSize() const { return settings_->pull_batch_size; }
void DefaultMQPushConsumer::setPullInterval(int ms) {
  checkNotStarted("setPullInterval");
  settings_->pull_interval_ms = ms;
}
int DefaultMQPushConsumer::getPullInterval() const { return settings_->pull_interval_ms; }
void DefaultMQPushConsumer::setPullThresholdForQueue(int messages) {
  checkNotStarted("setPullThresholdForQueue");
  settings_->threshold_messages = messages;
}
int DefaultMQPushConsumer::getPullThresholdForQueue() const {
  return settings_->threshold_messages;
}
void DefaultMQPushConsumer::setPullThresholdSizeForQueue(int mebibytes) {
  checkNotStarted("setPullThresholdSizeForQueue");
  settings_->threshold_mebibytes = mebibytes;
}
int DefaultMQPushConsumer::getPullThresholdSizeForQueue() const {
  return settings_->threshold_mebibytes;
}
void DefaultMQPushConsumer::setPullThresholdForTopic(int messages) {
  checkNotStarted("setPullThresholdForTopic");
  settings_->threshold_topic_messages = messages;
}
int DefaultMQPushConsumer::getPullThresholdForTopic() const {
  return settings_->threshold_topic_messages;
}
void DefaultMQPushConsumer::setPullThresholdSizeForTopic(int mebibytes) {
  checkNotStarted("setPullThresholdSizeForTopic");
  settings_->threshold_topic_mebibytes = mebibytes;
}
int DefaultMQPushConsumer::getPullThresholdSizeForTopic() const {
  return settings_->threshold_topic_mebibytes;
}
void DefaultMQPushConsumer::setEnableMsgTrace(bool enable) {
  checkNotStarted("setEnableMsgTrace");
  settings_->trace_enabled = enable;
}
bool DefaultMQPushConsumer::isEnableMsgTrace() const { return settings_->trace_enabled; }
void DefaultMQPushConsumer::setCustomizedTraceTopic(const std::string& topic) {
  checkNotStarted("setCustomizedTraceTopic");
  settings_->trace_topic = topic;
}
std::string DefaultMQPushConsumer::getCustomizedTraceTopic() const {
  return settings_->trace_topic;
}
void DefaultMQPushConsumer::setPostSubscriptionWhenPull(bool post) {
  checkNotStarted("setPostSubscriptionWhenPull");
  settings_->post_subscription_when_pull = post;
}
bool DefaultMQPushConsumer::isPostSubscriptionWhenPull() const {
  return settings_->post_subscription_when_pull;
}
void DefaultMQPushConsumer::setConsumeConcurrentlyMaxSpan(int offsets) {
  checkNotStarted("setConsumeConcurrentlyMaxSpan");
  settings_->max_span = offsets;
}
int DefaultMQPushConsumer::getConsumeConcurrentlyMaxSpan() const { return settings_->max_span; }
void DefaultMQPushConsumer::setMaxReconsumeTimes(int times) {
  checkNotStarted("setMaxReconsumeTimes");
  settings_->max_reconsume_times = times;
}
int DefaultMQPushConsumer::getMaxReconsumeTimes() const { return settings_->max_reconsume_times; }
void DefaultMQPushConsumer::setSuspendCurrentQueueTimeMillis(int ms) {
  checkNotStarted("setSuspendCurrentQueueTimeMillis");
  settings_->suspend_queue_ms = ms;
}
int DefaultMQPushConsumer::getSuspendCurrentQueueTimeMillis() const {
  return settings_->suspend_queue_ms;
}
void DefaultMQPushConsumer::setConsumeTimeout(int minutes) {
  checkNotStarted("setConsumeTimeout");
  settings_->consume_timeout_minutes = minutes;
}
int DefaultMQPushConsumer::getConsumeTimeout() const { return settings_->consume_timeout_minutes; }
void DefaultMQPushConsumer::setAwaitTerminationMillisWhenShutdown(int ms) {
  checkNotStarted("setAwaitTerminationMillisWhenShutdown");
  settings_->await_termination_ms = ms;
}
int DefaultMQPushConsumer::getAwaitTerminationMillisWhenShutdown() const {
  return settings_->await_termination_ms;
}
void DefaultMQPushConsumer::setAllocateMessageQueueStrategy(
    std::shared_ptr<const AllocateMessageQueueStrategy> strategy) {
  checkNotStarted("setAllocateMessageQueueStrategy");
  settings_->strategy = std::move(strategy);
}

}  // namespace rocketmq
