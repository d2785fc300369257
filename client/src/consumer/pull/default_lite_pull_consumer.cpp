#include <chrono>
#include <utility>

#include "consumer/consume_timestamp.hpp"
#include "consumer/pull/lite_pull_consumer_impl.hpp"
#include "instance/client_end.hpp"
#include "rocketmq/DefaultLitePullConsumer.h"
#include "rocketmq/client/name_checks.hpp"

namespace rocketmq {

using client::LitePullConsumerImpl;
using client::LitePullSettings;
using client::milliseconds;

DefaultLitePullConsumer::DefaultLitePullConsumer(const std::string& consumerGroup)
    : DefaultLitePullConsumer(client::settings_for<client::LitePullSettings>(consumerGroup)) {}

DefaultLitePullConsumer::DefaultLitePullConsumer(std::shared_ptr<LitePullSettings> settings)
    : MQAdmin(settings),
      settings_(std::move(settings)),
      impl_(std::make_shared<LitePullConsumerImpl>()) {}

DefaultLitePullConsumer::~DefaultLitePullConsumer() { client::end_client(impl_, "consumer"); }

void DefaultLitePullConsumer::start() {
  impl_->start(*settings_);
  setStarted();
}
void DefaultLitePullConsumer::shutdown() { impl_->shutdown(); }
std::shared_ptr<client::ClientInstance> DefaultLitePullConsumer::runningInstance() const {
  return impl_->instance();
}

void DefaultLitePullConsumer::subscribe(const std::string& topic, const std::string& tags) {
  subscribe(topic, MessageSelector::byTag(tags));
}
void DefaultLitePullConsumer::subscribe(const std::string& topic, const MessageSelector& selector) {
  client::value_or_throw(client::check_topic(topic));
  impl_->subscribe(topic, selector);
  settings_->subscriptions.insert_or_assign(topic, selector);
}
void DefaultLitePullConsumer::unsubscribe(const std::string& topic) {
  settings_->subscriptions.erase(topic);
  impl_->unsubscribe(topic);
}
void DefaultLitePullConsumer::assign(const std::vector<MessageQueue>& queues) {
  impl_->assign(queues);
}
void DefaultLitePullConsumer::setSubExpressionForAssign(const std::string& topic,
                                                        const std::string& tags) {
  impl_->set_expression_for_assign(topic, tags);
}
std::set<MessageQueue> DefaultLitePullConsumer::assignment() const { return impl_->assignment(); }

std::vector<MessageExt> DefaultLitePullConsumer::poll() { return impl_->poll(std::nullopt); }
std::vector<MessageExt> DefaultLitePullConsumer::poll(milliseconds timeout) {
  return impl_->poll(timeout);
}

void DefaultLitePullConsumer::seek(const MessageQueue& queue, std::int64_t offset) {
  impl_->seek(queue, offset);
}
void DefaultLitePullConsumer::seekToBegin(const MessageQueue& queue) {
  impl_->seek_to_begin(queue);
}
void DefaultLitePullConsumer::seekToEnd(const MessageQueue& queue) { impl_->seek_to_end(queue); }
void DefaultLitePullConsumer::pause(const std::vector<MessageQueue>& queues) {
  impl_->pause(queues);
}
void DefaultLitePullConsumer::resume(const std::vector<MessageQueue>& queues) {
  impl_->resume(queues);
}
void DefaultLitePullConsumer::commitSync() { impl_->commit_sync(); }
void DefaultLitePullConsumer::commit(const std::map<MessageQueue, std::int64_t>& offsets,
                                     bool persist) {
  impl_->commit(offsets, persist);
}
std::int64_t DefaultLitePullConsumer::committed(const MessageQueue& queue) {
  return impl_->committed(queue);
}
std::vector<MessageQueue> DefaultLitePullConsumer::fetchMessageQueues(const std::string& topic) {
  return impl_->fetch_subscribe_queues(topic);
}
void DefaultLitePullConsumer::registerTopicMessageQueueChangeListener(
    const std::string& topic, TopicMessageQueueChangeListener* listener) {
  impl_->add_listener(topic, listener);
}

void DefaultLitePullConsumer::setErrorListener(ConsumerErrorFunction listener) {
  checkNotStarted("setErrorListener");
  settings_->error_listener = std::move(listener);
}

std::string DefaultLitePullConsumer::getConsumerGroup() const { return settings_->group; }
void DefaultLitePullConsumer::setConsumerGroup(const std::string& group) {
  checkNotStarted("setConsumerGroup");
  settings_->group = group;
}
void DefaultLitePullConsumer::setMessageModel(MessageModel model) {
  checkNotStarted("setMessageModel");
  settings_->model = model;
}
MessageModel DefaultLitePullConsumer::getMessageModel() const { return settings_->model; }
void DefaultLitePullConsumer::setConsumeFromWhere(ConsumeFromWhere where) {
  checkNotStarted("setConsumeFromWhere");
  settings_->from_where = where;
}
ConsumeFromWhere DefaultLitePullConsumer::getConsumeFromWhere() const {
  return settings_->from_where;
}
void DefaultLitePullConsumer::setConsumeTimestamp(const std::string& timestamp) {
  checkNotStarted("setConsumeTimestamp");
  settings_->consume_timestamp = timestamp;
}
std::string DefaultLitePullConsumer::getConsumeTimestamp() const {
  return settings_->consume_timestamp;
}
void DefaultLitePullConsumer::setAutoCommit(bool autoCommit) {
  checkNotStarted("setAutoCommit");
  settings_->auto_commit = autoCommit;
}
bool DefaultLitePullConsumer::isAutoCommit() const { return settings_->auto_commit; }
void DefaultLitePullConsumer::setAutoCommitIntervalMillis(int ms) {
  checkNotStarted("setAutoCommitIntervalMillis");
  settings_->auto_commit_interval = milliseconds(ms);
}
int DefaultLitePullConsumer::getAutoCommitIntervalMillis() const {
  return client::whole_ms(settings_->auto_commit_interval);
}
void DefaultLitePullConsumer::setPollTimeoutMillis(int ms) {
  checkNotStarted("setPollTimeoutMillis");
  settings_->poll_timeout = milliseconds(ms);
}
int DefaultLitePullConsumer::getPollTimeoutMillis() const {
  return client::whole_ms(settings_->poll_timeout);
}
void DefaultLitePullConsumer::setPullBatchSize(int messages) {
  checkNotStarted("setPullBatchSize");
  settings_->pull_batch_size = messages;
}
int DefaultLitePullConsumer::getPullBatchSize() const { return settings_->pull_batch_size; }
void DefaultLitePullConsumer::setPullThresholdForAll(int messages) {
  checkNotStarted("setPullThresholdForAll");
  settings_->threshold_all = messages;
}
int DefaultLitePullConsumer::getPullThresholdForAll() const { return settings_->threshold_all; }
void DefaultLitePullConsumer::setPullThresholdForQueue(int messages) {
  checkNotStarted("setPullThresholdForQueue");
  settings_->threshold_messages = messages;
}
int DefaultLitePullConsumer::getPullThresholdForQueue() const {
  return settings_->threshold_messages;
}
void DefaultLitePullConsumer::setPullThresholdSizeForQueue(int mebibytes) {
  checkNotStarted("setPullThresholdSizeForQueue");
  settings_->threshold_mebibytes = mebibytes;
}
int DefaultLitePullConsumer::getPullThresholdSizeForQueue() const {
  return settings_->threshold_mebibytes;
}
void DefaultLitePullConsumer::setBrokerSuspendMaxTimeMillis(int ms) {
  checkNotStarted("setBrokerSuspendMaxTimeMillis");
  settings_->broker_suspend = milliseconds(ms);
}
int DefaultLitePullConsumer::getBrokerSuspendMaxTimeMillis() const {
  return client::whole_ms(settings_->broker_suspend);
}
void DefaultLitePullConsumer::setConsumerTimeoutMillisWhenSuspend(int ms) {
  checkNotStarted("setConsumerTimeoutMillisWhenSuspend");
  settings_->timeout_when_suspend = milliseconds(ms);
}
int DefaultLitePullConsumer::getConsumerTimeoutMillisWhenSuspend() const {
  return client::whole_ms(settings_->timeout_when_suspend);
}
void DefaultLitePullConsumer::setAllocateMessageQueueStrategy(
    std::shared_ptr<const AllocateMessageQueueStrategy> strategy) {
  checkNotStarted("setAllocateMessageQueueStrategy");
  settings_->strategy = std::move(strategy);
}

}  // namespace rocketmq
