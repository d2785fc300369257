#include "producer/producer_settings.hpp"
#include "rocketmq/DefaultMQProducer.h"

// The part of DefaultMQProducer that sets and returns its settings.
namespace rocketmq {

using client::milliseconds;

std::string DefaultMQProducer::getProducerGroup() const { return settings_->group; }
void DefaultMQProducer::setProducerGroup(const std::string& group) {
  checkNotStarted("setProducerGroup");
  settings_->group = group;
}
void DefaultMQProducer::setSendMsgTimeout(int ms) {
  checkNotStarted("setSendMsgTimeout");
  settings_->send_timeout = milliseconds(ms);
}
int DefaultMQProducer::getSendMsgTimeout() const {
  return static_cast<int>(settings_->send_timeout.count());
}
void DefaultMQProducer::setRetryTimesWhenSendFailed(int times) {
  checkNotStarted("setRetryTimesWhenSendFailed");
  settings_->retry_times = times;
}
int DefaultMQProducer::getRetryTimesWhenSendFailed() const { return settings_->retry_times; }
void DefaultMQProducer::setRetryTimesWhenSendAsyncFailed(int times) {
  checkNotStarted("setRetryTimesWhenSendAsyncFailed");
  settings_->retry_times_async = times;
}
int DefaultMQProducer::getRetryTimesWhenSendAsyncFailed() const {
  return settings_->retry_times_async;
}
void DefaultMQProducer::setRetryAnotherBrokerWhenNotStoreOK(bool retry) {
  checkNotStarted("setRetryAnotherBrokerWhenNotStoreOK");
  settings_->retry_another_broker_when_not_ok = retry;
}
bool DefaultMQProducer::isRetryAnotherBrokerWhenNotStoreOK() const {
  return settings_->retry_another_broker_when_not_ok;
}
void DefaultMQProducer::addRetryResponseCode(int code) {
  checkNotStarted("addRetryResponseCode");
  settings_->retry_response_codes.insert(code);
}
void DefaultMQProducer::setSendLatencyFaultEnable(bool enable) {
  checkNotStarted("setSendLatencyFaultEnable");
  settings_->latency_fault_enable = enable;
}
bool DefaultMQProducer::isSendLatencyFaultEnable() const { return settings_->latency_fault_enable; }
void DefaultMQProducer::setEnableMsgTrace(bool enable) {
  checkNotStarted("setEnableMsgTrace");
  settings_->trace_enabled = enable;
}
bool DefaultMQProducer::isEnableMsgTrace() const { return settings_->trace_enabled; }
void DefaultMQProducer::setCustomizedTraceTopic(const std::string& topic) {
  checkNotStarted("setCustomizedTraceTopic");
  settings_->trace_topic = topic;
}
std::string DefaultMQProducer::getCustomizedTraceTopic() const { return settings_->trace_topic; }
void DefaultMQProducer::setMaxMessageSize(int bytes) {
  checkNotStarted("setMaxMessageSize");
  settings_->max_message_size = bytes;
}
int DefaultMQProducer::getMaxMessageSize() const { return settings_->max_message_size; }
void DefaultMQProducer::setCompressMsgBodyOverHowmuch(int bytes) {
  checkNotStarted("setCompressMsgBodyOverHowmuch");
  settings_->compress_over_bytes = bytes;
}
int DefaultMQProducer::getCompressMsgBodyOverHowmuch() const {
  return settings_->compress_over_bytes;
}
void DefaultMQProducer::setCompressType(CompressionType type) {
  checkNotStarted("setCompressType");
  settings_->compress_type = type;
}
CompressionType DefaultMQProducer::getCompressType() const { return settings_->compress_type; }
void DefaultMQProducer::setCompressLevel(int level) {
  checkNotStarted("setCompressLevel");
  settings_->compress_level = level;
}
int DefaultMQProducer::getCompressLevel() const { return settings_->compress_level; }
void DefaultMQProducer::setCreateTopicKey(const std::string& topic) {
  checkNotStarted("setCreateTopicKey");
  settings_->create_topic_key = topic;
}
std::string DefaultMQProducer::getCreateTopicKey() const { return settings_->create_topic_key; }
void DefaultMQProducer::setDefaultTopicQueueNums(int queues) {
  checkNotStarted("setDefaultTopicQueueNums");
  settings_->default_topic_queue_nums = queues;
}
int DefaultMQProducer::getDefaultTopicQueueNums() const {
  return settings_->default_topic_queue_nums;
}

}  // namespace rocketmq
