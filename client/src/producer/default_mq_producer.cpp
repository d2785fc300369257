#include <spdlog/logger.h>

#include <exception>
#include <utility>

#include "instance/client_end.hpp"
#include "producer/producer_impl.hpp"
#include "producer/producer_settings.hpp"
#include "rocketmq/DefaultMQProducer.h"
#include "rocketmq/client/client_log.hpp"

namespace rocketmq {

using client::Failure;
using client::milliseconds;
using client::Outcome;
using client::ProducerImpl;
using client::ProducerSettings;
using client::SendDone;
using client::Sender;
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

SelectQueueFunction function_of(const SelectQueueByFunction& select, void* arg) {
  if (!select) throw MQClientException("the function that selects the queue is empty");
  return [&select, arg](const std::vector<MessageQueue>& queues, const Message& message) {
    return select(queues, message, arg);
  };
}

/// Not on a callback thread: a callback may wait for the future, and there may be no other thread.
constexpr auto on_any_thread = Sender::DoneOn::AnyThread;

/// The future of a send that `begin` begins; what that throws is the future's as well.
template <class Begin>
std::future<SendResult> future_of(Begin&& begin) {
  std::promise<SendResult> promise;
  std::future<SendResult> future = promise.get_future();
  // Shared: a send that does not begin leaves it to us.
  const auto shared = std::make_shared<std::promise<SendResult>>(std::move(promise));
  try {
    begin([shared](Outcome<SendResult>& outcome) {
      if (outcome) return shared->set_value(*outcome);
      call_with_exception(outcome.error(), [&](MQException& failure) {
        shared->set_exception(asExceptionPtr(failure));
      });
    });
  } catch (const MQException& failure) {
    shared->set_exception(asExceptionPtr(failure));
  }
  return future;
}

}  // namespace

DefaultMQProducer::DefaultMQProducer(const std::string& producerGroup)
    : DefaultMQProducer(client::settings_for<client::ProducerSettings>(producerGroup),
                        std::make_shared<ProducerImpl>()) {}

DefaultMQProducer::DefaultMQProducer(std::shared_ptr<ProducerSettings> settings,
                                     std::shared_ptr<ProducerImpl> impl)
    : MQAdmin(settings), settings_(std::move(settings)), impl_(std::move(impl)) {}

DefaultMQProducer::~DefaultMQProducer() { client::end_client(impl_, "producer"); }

void DefaultMQProducer::start() {
  impl_->start(*settings_);
  setStarted();
}
void DefaultMQProducer::shutdown() { impl_->shutdown(); }
ProducerImpl& DefaultMQProducer::impl() const { return *impl_; }
std::shared_ptr<client::ClientInstance> DefaultMQProducer::runningInstance() const {
  return impl_->instance();
}

SendResult DefaultMQProducer::send(MessageToSend message) {
  return send(std::move(message), settings_->send_timeout);
}
SendResult DefaultMQProducer::send(MessageToSend message, milliseconds timeout) {
  return impl_->send(message, {}, timeout);
}
SendResult DefaultMQProducer::send(MessageToSend message, const MessageQueue& queue) {
  return send(std::move(message), queue, settings_->send_timeout);
}
SendResult DefaultMQProducer::send(MessageToSend message, const MessageQueue& queue,
                                   milliseconds timeout) {
  return impl_->send(message, {.queue = &queue}, timeout);
}
SendResult DefaultMQProducer::send(MessageToSend message, MessageQueueSelector* selector,
                                   void* arg) {
  return send(std::move(message), selector, arg, settings_->send_timeout);
}
SendResult DefaultMQProducer::send(MessageToSend message, MessageQueueSelector* selector, void* arg,
                                   milliseconds timeout) {
  return send(std::move(message), function_of(selector, arg), timeout);
}
SendResult DefaultMQProducer::send(MessageToSend message, const SelectQueueFunction& select) {
  return send(std::move(message), select, settings_->send_timeout);
}
SendResult DefaultMQProducer::send(MessageToSend message, const SelectQueueFunction& select,
                                   milliseconds timeout) {
  return impl_->send(message, {.select = &select}, timeout);
}
SendResult DefaultMQProducer::send(MessageToSend message, const SelectQueueByFunction& select,
                                   void* arg) {
  return send(std::move(message), select, arg, settings_->send_timeout);
}
SendResult DefaultMQProducer::send(MessageToSend message, const SelectQueueByFunction& select,
                                   void* arg, milliseconds timeout) {
  return send(std::move(message), function_of(select, arg), timeout);
}
SendResult DefaultMQProducer::send(MessagesToSend messages) {
  return send(std::move(messages), settings_->send_timeout);
}
SendResult DefaultMQProducer::send(MessagesToSend messages, milliseconds timeout) {
  return impl_->send_batch(messages.messages(), nullptr, timeout);
}
SendResult DefaultMQProducer::send(MessagesToSend messages, const MessageQueue& queue) {
  return impl_->send_batch(messages.messages(), &queue, settings_->send_timeout);
}

void DefaultMQProducer::send(MessageToSend message, SendCallback* callback) {
  send(std::move(message), callback, settings_->send_timeout);
}
void DefaultMQProducer::send(MessageToSend message, SendCallback* callback, milliseconds timeout) {
  impl_->send_async(message, {}, timeout, notify(callback));
}
void DefaultMQProducer::send(MessageToSend message, const MessageQueue& queue,
                             SendCallback* callback) {
  impl_->send_async(message, {.queue = &queue}, settings_->send_timeout, notify(callback));
}
void DefaultMQProducer::send(MessageToSend message, MessageQueueSelector* selector, void* arg,
                             SendCallback* callback) {
  send(std::move(message), function_of(selector, arg), callback);
}
void DefaultMQProducer::send(MessageToSend message, const SelectQueueFunction& select,
                             SendCallback* callback) {
  impl_->send_async(message, {.select = &select}, settings_->send_timeout, notify(callback));
}
void DefaultMQProducer::send(MessageToSend message, const SelectQueueByFunction& select, void* arg,
                             SendCallback* callback) {
  send(std::move(message), function_of(select, arg), callback);
}
void DefaultMQProducer::send(MessagesToSend messages, SendCallback* callback) {
  impl_->send_batch_async(messages.messages(), settings_->send_timeout, notify(callback));
}

void DefaultMQProducer::send(MessageToSend message, SendSuccessFunction succeeded,
                             SendFailureFunction failed) {
  send(std::move(message), std::move(succeeded), std::move(failed), settings_->send_timeout);
}
void DefaultMQProducer::send(MessageToSend message, SendSuccessFunction succeeded,
                             SendFailureFunction failed, milliseconds timeout) {
  impl_->send_async(message, {}, timeout, notify(std::move(succeeded), std::move(failed)));
}
void DefaultMQProducer::send(MessageToSend message, const MessageQueue& queue,
                             SendSuccessFunction succeeded, SendFailureFunction failed) {
  impl_->send_async(message, {.queue = &queue}, settings_->send_timeout,
                    notify(std::move(succeeded), std::move(failed)));
}
void DefaultMQProducer::send(MessageToSend message, MessageQueueSelector* selector, void* arg,
                             SendSuccessFunction succeeded, SendFailureFunction failed) {
  send(std::move(message), function_of(selector, arg), std::move(succeeded), std::move(failed));
}
void DefaultMQProducer::send(MessageToSend message, const SelectQueueFunction& select,
                             SendSuccessFunction succeeded, SendFailureFunction failed) {
  impl_->send_async(message, {.select = &select}, settings_->send_timeout,
                    notify(std::move(succeeded), std::move(failed)));
}
void DefaultMQProducer::send(MessageToSend message, const SelectQueueByFunction& select, void* arg,
                             SendSuccessFunction succeeded, SendFailureFunction failed) {
  send(std::move(message), function_of(select, arg), std::move(succeeded), std::move(failed));
}
void DefaultMQProducer::send(MessagesToSend messages, SendSuccessFunction succeeded,
                             SendFailureFunction failed) {
  impl_->send_batch_async(messages.messages(), settings_->send_timeout,
                          notify(std::move(succeeded), std::move(failed)));
}

std::future<SendResult> DefaultMQProducer::sendAsync(MessageToSend message) {
  return sendAsync(std::move(message), settings_->send_timeout);
}
std::future<SendResult> DefaultMQProducer::sendAsync(MessageToSend message, milliseconds timeout) {
  return future_of([&](SendDone done) {
    impl_->send_async(message, {}, timeout, std::move(done), on_any_thread);
  });
}
std::future<SendResult> DefaultMQProducer::sendAsync(MessageToSend message,
                                                     const MessageQueue& queue) {
  return future_of([&](SendDone done) {
    impl_->send_async(message, {.queue = &queue}, settings_->send_timeout, std::move(done),
                      on_any_thread);
  });
}
std::future<SendResult> DefaultMQProducer::sendAsync(MessageToSend message,
                                                     const SelectQueueFunction& select) {
  return future_of([&](SendDone done) {
    impl_->send_async(message, {.select = &select}, settings_->send_timeout, std::move(done),
                      on_any_thread);
  });
}
std::future<SendResult> DefaultMQProducer::sendAsync(MessagesToSend messages) {
  return future_of([&](SendDone done) {
    impl_->send_batch_async(messages.messages(), settings_->send_timeout, std::move(done),
                            on_any_thread);
  });
}

void DefaultMQProducer::sendNoWait(Message message, SendSuccessFunction succeeded,
                                   SendFailureFunction failed) {
  impl_->send_no_wait(std::move(message), notify(std::move(succeeded), std::move(failed)));
}

MessageExt DefaultMQProducer::request(MessageToSend message, milliseconds timeout) {
  return impl_->request(message, {}, timeout);
}
MessageExt DefaultMQProducer::request(MessageToSend message, const MessageQueue& queue,
                                      milliseconds timeout) {
  return impl_->request(message, {.queue = &queue}, timeout);
}
MessageExt DefaultMQProducer::request(MessageToSend message, MessageQueueSelector* selector,
                                      void* arg, milliseconds timeout) {
  return request(std::move(message), function_of(selector, arg), timeout);
}
MessageExt DefaultMQProducer::request(MessageToSend message, const SelectQueueFunction& select,
                                      milliseconds timeout) {
  return impl_->request(message, {.select = &select}, timeout);
}
void DefaultMQProducer::request(MessageToSend message, RequestCallback* callback,
                                milliseconds timeout) {
  if (callback == nullptr) throw MQClientException("the request callback is null");
  request(
      std::move(message),
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
void DefaultMQProducer::request(MessageToSend message, RequestSuccessFunction replied,
                                milliseconds timeout) {
  request(
      std::move(message), std::move(replied),
      [](const MQException& failure) {
        client::client_log().warn("a request failed: {}", failure.what());
      },
      timeout);
}
void DefaultMQProducer::request(MessageToSend message, RequestSuccessFunction replied,
                                SendFailureFunction failed, milliseconds timeout) {
  impl_->request_async(message, {}, timeout,
                       [impl = impl_, replied = std::move(replied),
                        failed = std::move(failed)](Outcome<MessageExt> outcome) {
                         impl->post_callback([replied, failed, outcome = std::move(outcome)] {
                           run_callback([&] {
                             if (outcome) {
                               if (replied) replied(*outcome);
                             } else if (failed) {
                               call_with_exception(outcome.error(),
                                                   [&](MQException& failure) { failed(failure); });
                             }
                           });
                         });
                       });
}

void DefaultMQProducer::sendOneway(MessageToSend message) { impl_->send_oneway(message, {}); }
void DefaultMQProducer::sendOneway(MessageToSend message, const MessageQueue& queue) {
  impl_->send_oneway(message, {.queue = &queue});
}
void DefaultMQProducer::sendOneway(MessageToSend message, MessageQueueSelector* selector,
                                   void* arg) {
  sendOneway(std::move(message), function_of(selector, arg));
}
void DefaultMQProducer::sendOneway(MessageToSend message, const SelectQueueFunction& select) {
  impl_->send_oneway(message, {.select = &select});
}
void DefaultMQProducer::sendOneway(MessageToSend message, const SelectQueueByFunction& select,
                                   void* arg) {
  sendOneway(std::move(message), function_of(select, arg));
}

std::vector<MessageQueue> DefaultMQProducer::fetchPublishMessageQueues(const std::string& topic) {
  return impl_->fetch_publish_queues(topic);
}

}  // namespace rocketmq
