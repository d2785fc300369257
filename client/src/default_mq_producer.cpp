#include <exception>
#include <utility>

#include "client_log.hpp"
#include "producer_impl.hpp"
#include "rocketmq/DefaultMQProducer.h"
#include "settings.hpp"

namespace rocketmq {

using client::Failure;
using client::milliseconds;
using client::Outcome;
using client::ProducerImpl;
using client::ProducerSettings;
using client::SendDone;
using client::Target;

namespace {

/// Runs a user's callback; what it throws ends here.
template <class Callback>
void run_callback(Callback&& callback) {
  try {
    callback();
  } catch (const std::exception& thrown) {
    client::client_log().warn("a send callback threw: {}", thrown.what());
  } catch (...) {
    client::client_log().warn("a send callback threw something that is no std::exception");
  }
}

SendDone notify(SendCallback* callback) {
  if (callback == nullptr) throw MQClientException("the send callback is null");
  return [callback](Outcome<SendResult>& outcome) {
    const std::unique_ptr<AutoDeleteSendCallback> owned(
        dynamic_cast<AutoDeleteSendCallback*>(callback));
    run_callback([&] {
      if (outcome) return callback->onSuccess(*outcome);
      call_with_exception(outcome.error(),
                          [&](MQException& failure) { callback->onException(failure); });
    });
  };
}

SendDone notify(SendSuccessFunction succeeded, SendFailureFunction failed) {
  return
      [succeeded = std::move(succeeded), failed = std::move(failed)](Outcome<SendResult>& outcome) {
        run_callback([&] {
          if (outcome) {
            if (succeeded) succeeded(*outcome);
          } else if (failed) {
            call_with_exception(outcome.error(), [&](MQException& failure) { failed(failure); });
          }
        });
      };
}

SelectQueueFunction function_of(MessageQueueSelector* selector, void* arg) {
  if (selector == nullptr) throw MQClientException("the message queue selector is null");
  return [selector, arg](const std::vector<MessageQueue>& queues, const Message& message) {
    return selector->select(queues, message, arg);
  };
}

}  // namespace

DefaultMQProducer::DefaultMQProducer(const std::string& producerGroup)
    : DefaultMQProducer(client::settings_for<client::ProducerSettings>(producerGroup),
                        std::make_shared<ProducerImpl>()) {}

DefaultMQProducer::DefaultMQProducer(std::shared_ptr<ProducerSettings> settings,
                                     std::shared_ptr<ProducerImpl> impl)
    : MQAdmin(settings), settings_(std::move(settings)), impl_(std::move(impl)) {}

DefaultMQProducer::~DefaultMQProducer() {
  run_callback([this] { impl_->shutdown(); });
}

void DefaultMQProducer::start() { impl_->start(*settings_); }
void DefaultMQProducer::shutdown() { impl_->shutdown(); }
ProducerImpl& DefaultMQProducer::impl() const { return *impl_; }
std::shared_ptr<client::ClientInstance> DefaultMQProducer::runningInstance() const {
  return impl_->instance();
}

SendResult DefaultMQProducer::send(Message& message) {
  return impl_->send(message, {}, settings_->send_timeout);
}
SendResult DefaultMQProducer::send(Message& message, milliseconds timeout) {
  return impl_->send(message, {}, timeout);
}
SendResult DefaultMQProducer::send(Message& message, const MessageQueue& queue) {
  return send(message, queue, settings_->send_timeout);
}
SendResult DefaultMQProducer::send(Message& message, const MessageQueue& queue,
                                   milliseconds timeout) {
  return impl_->send(message, {.queue = &queue}, timeout);
}
SendResult DefaultMQProducer::send(Message& message, MessageQueueSelector* selector, void* arg) {
  return send(message, selector, arg, settings_->send_timeout);
}
SendResult DefaultMQProducer::send(Message& message, MessageQueueSelector* selector, void* arg,
                                   milliseconds timeout) {
  const auto select = function_of(selector, arg);
  return impl_->send(message, {.select = &select}, timeout);
}
SendResult DefaultMQProducer::send(Message& message, const SelectQueueFunction& select) {
  return impl_->send(message, {.select = &select}, settings_->send_timeout);
}
SendResult DefaultMQProducer::send(std::vector<Message>& messages) {
  return send(messages, settings_->send_timeout);
}
SendResult DefaultMQProducer::send(std::vector<Message>& messages, milliseconds timeout) {
  return impl_->send_batch(messages, nullptr, timeout);
}
SendResult DefaultMQProducer::send(std::vector<Message>& messages, const MessageQueue& queue) {
  return impl_->send_batch(messages, &queue, settings_->send_timeout);
}

void DefaultMQProducer::send(Message& message, SendCallback* callback) {
  send(message, callback, settings_->send_timeout);
}
void DefaultMQProducer::send(Message& message, SendCallback* callback, milliseconds timeout) {
  impl_->send_async(message, false, {}, timeout, notify(callback));
}
void DefaultMQProducer::send(Message& message, const MessageQueue& queue, SendCallback* callback) {
  impl_->send_async(message, false, {.queue = &queue}, settings_->send_timeout, notify(callback));
}
void DefaultMQProducer::send(Message& message, MessageQueueSelector* selector, void* arg,
                             SendCallback* callback) {
  const auto select = function_of(selector, arg);
  impl_->send_async(message, false, {.select = &select}, settings_->send_timeout, notify(callback));
}
void DefaultMQProducer::send(std::vector<Message>& messages, SendCallback* callback) {
  impl_->send_batch_async(messages, settings_->send_timeout, notify(callback));
}
void DefaultMQProducer::send(Message& message, SendSuccessFunction succeeded,
                             SendFailureFunction failed) {
  impl_->send_async(message, false, {}, settings_->send_timeout,
                    notify(std::move(succeeded), std::move(failed)));
}
void DefaultMQProducer::send(Message&& message, SendSuccessFunction succeeded,
                             SendFailureFunction failed) {
  send(std::move(message), std::move(succeeded), std::move(failed), settings_->send_timeout);
}
void DefaultMQProducer::send(Message&& message, SendSuccessFunction succeeded,
                             SendFailureFunction failed, milliseconds timeout) {
  impl_->send_async(message, true, {}, timeout, notify(std::move(succeeded), std::move(failed)));
}

void DefaultMQProducer::sendNoWait(Message message, SendSuccessFunction succeeded,
                                   SendFailureFunction failed) {
  impl_->send_no_wait(std::move(message), notify(std::move(succeeded), std::move(failed)));
}

MessageExt DefaultMQProducer::request(Message& message, milliseconds timeout) {
  return impl_->request(message, {}, timeout);
}
MessageExt DefaultMQProducer::request(Message& message, const MessageQueue& queue,
                                      milliseconds timeout) {
  return impl_->request(message, {.queue = &queue}, timeout);
}
MessageExt DefaultMQProducer::request(Message& message, MessageQueueSelector* selector, void* arg,
                                      milliseconds timeout) {
  const auto select = function_of(selector, arg);
  return impl_->request(message, {.select = &select}, timeout);
}
void DefaultMQProducer::request(Message& message, RequestCallback* callback, milliseconds timeout) {
  if (callback == nullptr) throw MQClientException("the request callback is null");
  request(
      message,
      [callback](const MessageExt& reply) {
        MessageExt own = reply;
        callback->onSuccess(own);
      },
      [callback](const MQException& failure) {
        MQException own = failure;
        callback->onException(own);
      },
      timeout);
}
void DefaultMQProducer::request(Message& message, RequestSuccessFunction succeeded,
                                SendFailureFunction failed, milliseconds timeout) {
  const auto instance = impl_->instance();
  impl_->request_async(message, {}, timeout,
                       [&callbacks = instance->callbacks(), succeeded = std::move(succeeded),
                        failed = std::move(failed)](Outcome<MessageExt> outcome) {
                         callbacks.post([succeeded, failed, outcome = std::move(outcome)] {
                           run_callback([&] {
                             if (outcome) {
                               if (succeeded) succeeded(*outcome);
                             } else if (failed) {
                               call_with_exception(outcome.error(),
                                                   [&](MQException& failure) { failed(failure); });
                             }
                           });
                         });
                       });
}

void DefaultMQProducer::sendOneway(Message& message) { impl_->send_oneway(message, {}); }
void DefaultMQProducer::sendOneway(Message& message, const MessageQueue& queue) {
  impl_->send_oneway(message, {.queue = &queue});
}
void DefaultMQProducer::sendOneway(Message& message, MessageQueueSelector* selector, void* arg) {
  const auto select = function_of(selector, arg);
  impl_->send_oneway(message, {.select = &select});
}

std::vector<MessageQueue> DefaultMQProducer::fetchPublishMessageQueues(const std::string& topic) {
  return impl_->fetch_publish_queues(topic);
}

std::string DefaultMQProducer::getProducerGroup() const { return settings_->group; }
void DefaultMQProducer::setProducerGroup(const std::string& group) { settings_->group = group; }
void DefaultMQProducer::setSendMsgTimeout(int ms) { settings_->send_timeout = milliseconds(ms); }
int DefaultMQProducer::getSendMsgTimeout() const {
  return static_cast<int>(settings_->send_timeout.count());
}
void DefaultMQProducer::setRetryTimesWhenSendFailed(int times) { settings_->retry_times = times; }
int DefaultMQProducer::getRetryTimesWhenSendFailed() const { return settings_->retry_times; }
void DefaultMQProducer::setRetryTimesWhenSendAsyncFailed(int times) {
  settings_->retry_times_async = times;
}
int DefaultMQProducer::getRetryTimesWhenSendAsyncFailed() const {
  return settings_->retry_times_async;
}
void DefaultMQProducer::setRetryAnotherBrokerWhenNotStoreOK(bool retry) {
  settings_->retry_another_broker_when_not_ok = retry;
}
bool DefaultMQProducer::isRetryAnotherBrokerWhenNotStoreOK() const {
  return settings_->retry_another_broker_when_not_ok;
}
void DefaultMQProducer::addRetryResponseCode(int code) {
  settings_->retry_response_codes.insert(code);
}
void DefaultMQProducer::setSendLatencyFaultEnable(bool enable) {
  settings_->latency_fault_enable = enable;
}
bool DefaultMQProducer::isSendLatencyFaultEnable() const { return settings_->latency_fault_enable; }
void DefaultMQProducer::setEnableMsgTrace(bool enable) { settings_->trace_enabled = enable; }
bool DefaultMQProducer::isEnableMsgTrace() const { return settings_->trace_enabled; }
void DefaultMQProducer::setCustomizedTraceTopic(const std::string& topic) {
  settings_->trace_topic = topic;
}
std::string DefaultMQProducer::getCustomizedTraceTopic() const { return settings_->trace_topic; }
void DefaultMQProducer::setMaxMessageSize(int bytes) { settings_->max_message_size = bytes; }
int DefaultMQProducer::getMaxMessageSize() const { return settings_->max_message_size; }
void DefaultMQProducer::setCompressMsgBodyOverHowmuch(int bytes) {
  settings_->compress_over_bytes = bytes;
}
int DefaultMQProducer::getCompressMsgBodyOverHowmuch() const {
  return settings_->compress_over_bytes;
}
void DefaultMQProducer::setCompressType(CompressionType type) { settings_->compress_type = type; }
CompressionType DefaultMQProducer::getCompressType() const { return settings_->compress_type; }
void DefaultMQProducer::setCompressLevel(int level) { settings_->compress_level = level; }
int DefaultMQProducer::getCompressLevel() const { return settings_->compress_level; }
void DefaultMQProducer::setCreateTopicKey(const std::string& topic) {
  settings_->create_topic_key = topic;
}
std::string DefaultMQProducer::getCreateTopicKey() const { return settings_->create_topic_key; }
void DefaultMQProducer::setDefaultTopicQueueNums(int queues) {
  settings_->default_topic_queue_nums = queues;
}
int DefaultMQProducer::getDefaultTopicQueueNums() const {
  return settings_->default_topic_queue_nums;
}

}  // namespace rocketmq
