#include <spdlog/logger.h>

#include <exception>
#include <utility>

#include "consumer/pull/pull_consumer_impl.hpp"
#include "instance/client_end.hpp"
#include "rocketmq/DefaultMQPullConsumer.h"
#include "rocketmq/client/client_log.hpp"

namespace rocketmq {

using client::milliseconds;
using client::Outcome;
using client::PullConsumerImpl;
using client::PullConsumerSettings;

namespace {

client::PullDone notify(PullCallback* callback) {
  if (callback == nullptr) throw MQClientException("pullCallback is null");
  return [callback](Outcome<PullResult> outcome) {
    try {
      if (outcome) return callback->onSuccess(*outcome);
      call_with_exception(outcome.error(),
                          [&](MQException& failure) { callback->onException(failure); });
    } catch (const std::exception& thrown) {
      client::client_log().warn("a pull callback threw: {}", thrown.what());
    } catch (...) {
      client::client_log().warn("a pull callback threw something that is no std::exception");
    }
  };
}

}  // namespace

DefaultMQPullConsumer::DefaultMQPullConsumer(const std::string& consumerGroup)
    : DefaultMQPullConsumer(client::settings_for<client::PullConsumerSettings>(consumerGroup)) {}

DefaultMQPullConsumer::DefaultMQPullConsumer(std::shared_ptr<PullConsumerSettings> settings)
    : MQAdmin(settings),
      settings_(std::move(settings)),
      impl_(std::make_shared<PullConsumerImpl>()) {}

DefaultMQPullConsumer::~DefaultMQPullConsumer() { client::end_client(impl_, "consumer"); }

void DefaultMQPullConsumer::start() {
  impl_->start(*settings_);
  setStarted();
}
void DefaultMQPullConsumer::shutdown() { impl_->shutdown(); }
std::shared_ptr<client::ClientInstance> DefaultMQPullConsumer::runningInstance() const {
  return impl_->instance();
}

std::vector<MessageQueue> DefaultMQPullConsumer::fetchSubscribeMessageQueues(
    const std::string& topic) {
  return impl_->fetch_subscribe_queues(topic);
}

PullResult DefaultMQPullConsumer::pull(const MessageQueue& queue, const std::string& expression,
                                       std::int64_t offset, int maxNums) {
  return pull(queue, expression, offset, maxNums, settings_->pull_timeout);
}
PullResult DefaultMQPullConsumer::pull(const MessageQueue& queue, const MessageSelector& selector,
                                       std::int64_t offset, int maxNums) {
  return pull(queue, selector, offset, maxNums, settings_->pull_timeout);
}
PullResult DefaultMQPullConsumer::pull(const MessageQueue& queue, const MessageSelector& selector,
                                       std::int64_t offset, int maxNums, milliseconds timeout) {
  return impl_->pull({queue, selector, offset, maxNums, false, timeout});
}
void DefaultMQPullConsumer::pull(const MessageQueue& queue, const MessageSelector& selector,
                                 std::int64_t offset, int maxNums, PullCallback* callback) {
  impl_->pull_async({queue, selector, offset, maxNums, false, settings_->pull_timeout},
                    notify(callback));
}
void DefaultMQPullConsumer::sendMessageBack(const MessageExt& message, int delayLevel) {
  impl_->send_message_back(message, delayLevel);
}
void DefaultMQPullConsumer::setMaxReconsumeTimes(int times) {
  checkNotStarted("setMaxReconsumeTimes");
  settings_->max_reconsume_times = times;
}
int DefaultMQPullConsumer::getMaxReconsumeTimes() const { return settings_->max_reconsume_times; }
PullResult DefaultMQPullConsumer::pull(const MessageQueue& queue, const std::string& expression,
                                       std::int64_t offset, int maxNums, milliseconds timeout) {
  return impl_->pull({queue, MessageSelector::byTag(expression), offset, maxNums, false, timeout});
}
void DefaultMQPullConsumer::pull(const MessageQueue& queue, const std::string& expression,
                                 std::int64_t offset, int maxNums, PullCallback* callback) {
  impl_->pull_async(
      {queue, MessageSelector::byTag(expression), offset, maxNums, false, settings_->pull_timeout},
      notify(callback));
}
PullResult DefaultMQPullConsumer::pullBlockIfNotFound(const MessageQueue& queue,
                                                      const std::string& expression,
                                                      std::int64_t offset, int maxNums) {
  return impl_->pull({queue, MessageSelector::byTag(expression), offset, maxNums, true,
                      settings_->timeout_when_suspend});
}
void DefaultMQPullConsumer::pullBlockIfNotFound(const MessageQueue& queue,
                                                const std::string& expression, std::int64_t offset,
                                                int maxNums, PullCallback* callback) {
  impl_->pull_async({queue, MessageSelector::byTag(expression), offset, maxNums, true,
                     settings_->timeout_when_suspend},
                    notify(callback));
}

std::int64_t DefaultMQPullConsumer::fetchConsumeOffset(const MessageQueue& queue, bool fromStore) {
  return impl_->fetch_offset(queue, fromStore);
}
void DefaultMQPullConsumer::updateConsumeOffset(const MessageQueue& queue, std::int64_t offset) {
  impl_->update_offset(queue, offset);
}
void DefaultMQPullConsumer::persistConsumerOffset4PullConsumer(const MessageQueue& queue) {
  impl_->persist_offset(queue);
}

void DefaultMQPullConsumer::registerMessageQueueListener(
    const std::string& topic, std::shared_ptr<MessageQueueListener> listener) {
  checkNotStarted("registerMessageQueueListener");
  settings_->registered_topics[topic] = std::move(listener);
}
void DefaultMQPullConsumer::registerMessageQueueListener(const std::string& topic,
                                                         MessageQueueListener* listener) {
  registerMessageQueueListener(
      topic, std::shared_ptr<MessageQueueListener>(std::shared_ptr<void>(), listener));
}
void DefaultMQPullConsumer::setRegisterTopics(const std::set<std::string>& topics) {
  checkNotStarted("setRegisterTopics");
  for (const std::string& topic : topics) settings_->registered_topics.try_emplace(topic, nullptr);
}
std::vector<MessageQueue> DefaultMQPullConsumer::fetchMessageQueuesInBalance(
    const std::string& topic) {
  return impl_->share_of(topic);
}

std::string DefaultMQPullConsumer::getConsumerGroup() const { return settings_->group; }
void DefaultMQPullConsumer::setConsumerGroup(const std::string& group) {
  checkNotStarted("setConsumerGroup");
  settings_->group = group;
}
void DefaultMQPullConsumer::setMessageModel(MessageModel model) {
  checkNotStarted("setMessageModel");
  settings_->model = model;
}
MessageModel DefaultMQPullConsumer::getMessageModel() const { return settings_->model; }
void DefaultMQPullConsumer::setBrokerSuspendMaxTimeMillis(int ms) {
  checkNotStarted("setBrokerSuspendMaxTimeMillis");
  settings_->broker_suspend = milliseconds(ms);
}
int DefaultMQPullConsumer::getBrokerSuspendMaxTimeMillis() const {
  return static_cast<int>(settings_->broker_suspend.count());
}
void DefaultMQPullConsumer::setConsumerTimeoutMillisWhenSuspend(int ms) {
  checkNotStarted("setConsumerTimeoutMillisWhenSuspend");
  settings_->timeout_when_suspend = milliseconds(ms);
}
int DefaultMQPullConsumer::getConsumerTimeoutMillisWhenSuspend() const {
  return static_cast<int>(settings_->timeout_when_suspend.count());
}
void DefaultMQPullConsumer::setConsumerPullTimeoutMillis(int ms) {
  checkNotStarted("setConsumerPullTimeoutMillis");
  settings_->pull_timeout = milliseconds(ms);
}
int DefaultMQPullConsumer::getConsumerPullTimeoutMillis() const {
  return static_cast<int>(settings_->pull_timeout.count());
}
void DefaultMQPullConsumer::setAllocateMessageQueueStrategy(
    std::shared_ptr<const AllocateMessageQueueStrategy> strategy) {
  checkNotStarted("setAllocateMessageQueueStrategy");
  settings_->strategy = std::move(strategy);
}

}  // namespace rocketmq
