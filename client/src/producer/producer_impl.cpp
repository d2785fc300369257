#include "producer/producer_impl.hpp"

#include <spdlog/logger.h>

#include <algorithm>
#include <utility>

#include "producer/producer_settings.hpp"
#include "producer/trace_producer.hpp"
#include "rocketmq/client/client_log.hpp"
#include "rocketmq/client/message/message_checks.hpp"
#include "rocketmq/client/name_checks.hpp"
#include "rocketmq/client/own_code.hpp"
#include "rocketmq/client/topic_publish_info.hpp"

namespace rocketmq::client {

void ProducerImpl::start(const ProducerSettings& settings) {
  const std::scoped_lock lock(state_.mutex());
  if (state_.get() != ServiceState::Value::CreateJust)
    throw_failure(state_.cannot_start("producer"));
  // Nothing was begun: the setting can be changed and the start tried again.
  value_or_throw(check_producer(settings));
  state_.set(ServiceState::Value::StartFailed);
  settings_ = settings;
  settings_.group = settings_.name_space.wrap(settings_.group);
  settings_.make_instance_name_unique();
  instance_ = ClientInstance::join(settings_);
  if (const auto joined = join_instance(); !joined) {
    ClientInstance::leave(instance_);
    // Nothing was begun: another name can be set and the start tried again.
    state_.set(ServiceState::Value::CreateJust);
    throw_failure(joined.error());
  }
  state_.set(ServiceState::Value::Running);
  client_log().info("producer {} has started as {}", settings_.group, instance_->id());
}

Outcome<void> ProducerImpl::join_instance() {
  if (settings_.trace_enabled) {
    trace_ = start_trace(settings_, settings_.group, "PRODUCE");
  }
  sender_ = std::make_shared<Sender>(instance_, settings_, trace_);
  // The template topic leads to all brokers, which so hear of this producer before its first send.
  instance_->routes().add_publish_topic(settings_.create_topic_key);
  return instance_->add(shared_from_this());
}

bool ProducerImpl::is_in_own_code() const {
  return state_.is_running() &&
         (OwnCode::runs_for(own_code()) || ClientInstance::would_end_here(instance_));
}

void ProducerImpl::post_callback(UniqueFunction<void()> callback) const {
  instance_->callbacks().post([key = own_code(), callback = std::move(callback)]() mutable {
    const OwnCode own(key);
    callback();
  });
}

void ProducerImpl::shutdown() {
  if (is_in_own_code()) {
    throw_failure(client_failure("a producer cannot be shut down in one of its callbacks"));
  }
  const std::scoped_lock lock(state_.mutex());
  if (!state_.is_running()) return;
  state_.set(ServiceState::Value::ShutdownAlready);
  // In a callback of another client: those of this one need a thread.
  const CallbackExecutor::Blocked blocked(instance_->callbacks());
  if (!sender_->wait_until_idle(settings_.send_timeout)) {
    client_log().warn("producer {} shuts down although asynchronous sends have no answer yet",
                      settings_.group);
  }
  if (trace_ != nullptr) trace_->stop();
  instance_->remove_producer(settings_.group);
  ClientInstance::leave(instance_);
  // What was left has failed by now; in an instance that others still use it ends by its time-out.
  while (!sender_->wait_until_idle(settings_.send_timeout)) {
  }
}

const std::shared_ptr<ClientInstance>& ProducerImpl::instance() const {
  if (!state_.is_running()) throw_failure(state_.not_running("producer"));
  return instance_;
}

std::optional<MessageQueue> ProducerImpl::resolve(const Message& message, const Target& target) {
  const Namespace& name_space = settings_.name_space;
  const std::string topic = name_space.wrap(message.getTopic());
  if (target.queue != nullptr) {
    MessageQueue queue = name_space.wrap(*target.queue);
    if (queue.getTopic() != topic) {
      throw_failure(client_failure("message's topic not equal mq's topic"));
    }
    return queue;
  }
  if (target.select == nullptr) return std::nullopt;
  const auto info = value_or_throw(sender_->publish_info(topic));
  MessageQueue chosen;
  try {
    chosen = name_space.wrap(name_space.empty()
                                 ? (*target.select)(info->queues(), message)
                                 : (*target.select)(name_space.strip(info->queues()), message));
  } catch (const std::exception& thrown) {
    throw_failure(
        client_failure(std::string("select message queue threw exception. ") + thrown.what()));
  } catch (...) {
    throw_failure(client_failure("select message queue threw exception."));
  }
  const auto& queues = info->queues();
  if (std::find(queues.begin(), queues.end(), chosen) == queues.end()) {
    throw_failure(client_failure("select message queue return null, or no queue of the topic: " +
                                 chosen.toString()));
  }
  return chosen;
}

SendResult ProducerImpl::send(const MessageToSend& to_send, const Target& target,
                              milliseconds timeout) {
  (void)instance();
  Message& message = to_send.message();
  value_or_throw(check_message(message, settings_.max_message_size));
  const auto queue = resolve(message, target);
  const OutgoingMessage outgoing = prepare(message, settings_, to_send.givesBodyAway());
  return value_or_throw(queue ? sender_->send_to(*queue, outgoing, timeout)
                              : sender_->send(outgoing, timeout));
}

SendResult ProducerImpl::send_batch(std::vector<Message>& messages, const MessageQueue* queue,
                                    milliseconds timeout) {
  (void)instance();
  value_or_throw(check_batch(messages, settings_.max_message_size));
  const auto target = resolve(messages.front(), {.queue = queue});
  const OutgoingMessage outgoing = prepare_batch(messages, settings_);
  return value_or_throw(target ? sender_->send_to(*target, outgoing, timeout)
                               : sender_->send(outgoing, timeout));
}

void ProducerImpl::send_async(const MessageToSend& to_send, const Target& target,
                              milliseconds timeout, SendDone done, Sender::DoneOn done_on) {
  (void)instance();
  Message& message = to_send.message();
  value_or_throw(check_message(message, settings_.max_message_size));
  const auto queue = resolve(message, target);
  auto send = sender_->begin_async();
  prepare(message, settings_, to_send.givesBodyAway(), Sender::message_of(*send));
  value_or_throw(sender_->send_async(std::move(send), queue ? &*queue : nullptr, timeout, done,
                                     true, done_on));
}

void ProducerImpl::send_no_wait(Message message, SendDone done) {
  const auto refuse = [](SendDone& then, Failure failure) {
    Outcome<SendResult> outcome = std::move(failure);
    then(outcome);
  };
  if (!state_.is_running()) return refuse(done, state_.not_running("producer"));
  if (auto checked = check_message(message, settings_.max_message_size); !checked) {
    return refuse(done, checked.error());
  }
  const auto send_taken = [self = shared_from_this(), refuse](Message& taken, SendDone& then) {
    auto send = self->sender_->begin_async();
    prepare(taken, self->settings_, true, Sender::message_of(*send));
    auto begun = self->sender_->send_async(std::move(send), nullptr, self->settings_.send_timeout,
                                           then, false);
    if (!begun) refuse(then, begun.error());
  };
  const std::string topic = settings_.name_space.wrap(message.getTopic());
  if (instance_->routes().publish_info(topic) != nullptr) return send_taken(message, done);
  post_callback([send_taken, message = std::move(message), done = std::move(done),
                 counted = sender_->count_preparation()]() mutable { send_taken(message, done); });
}

void ProducerImpl::send_batch_async(std::vector<Message>& messages, milliseconds timeout,
                                    SendDone done, Sender::DoneOn done_on) {
  (void)instance();
  value_or_throw(check_batch(messages, settings_.max_message_size));
  auto send = sender_->begin_async();
  Sender::message_of(*send) = prepare_batch(messages, settings_);
  value_or_throw(sender_->send_async(std::move(send), nullptr, timeout, done, true, done_on));
}

void ProducerImpl::send_oneway(const MessageToSend& to_send, const Target& target) {
  (void)instance();
  Message& message = to_send.message();
  value_or_throw(check_message(message, settings_.max_message_size));
  const auto queue = resolve(message, target);
  value_or_throw(sender_->send_oneway(prepare(message, settings_, to_send.givesBodyAway()),
                                      queue ? &*queue : nullptr));
}

std::vector<MessageQueue> ProducerImpl::fetch_publish_queues(const std::string& topic) {
  value_or_throw(check_topic(topic));
  const std::string wire_topic = settings_.name_space.wrap(topic);
  const auto route = value_or_throw(instance()->refresh_route(wire_topic));
  auto queues = settings_.name_space.strip(writable_queues(wire_topic, *route));
  if (queues.empty())
    throw_failure(client_failure("Can not find Message Queue for this topic, " + topic));
  return queues;
}

void ProducerImpl::check_transaction(const std::string& address, MessageExt message,
                                     const remoting::CheckTransactionStateRequestHeader&) {
  client_log().warn(
      "broker {} asks for the transaction of message {}, but producer {} is not transactional",
      address, message.getMsgId(), settings_.group);
}

}  // namespace rocketmq::client
