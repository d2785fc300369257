#include <array>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <mutex>
#include <optional>
#include <random>
#include <utility>

#include "producer/producer_impl.hpp"
#include "rocketmq/RequestCallback.h"
#include "rocketmq/client/message/message_access.hpp"
#include "rocketmq/client/message/message_checks.hpp"
#include "rocketmq/client/process_generation.hpp"
#include "rocketmq/common/message_properties.hpp"
#include "rocketmq/common/names.hpp"

// The part of ProducerImpl that sends requests and waits for their replies, and what makes a reply.
namespace rocketmq {
namespace client {
namespace {

/// A random id of the form 8-4-4-4-12 hexadecimal digits.
std::string make_correlation_id() {
  thread_local std::mt19937_64 random{std::random_device{}()};
  // A child that fork() made must not continue with the numbers of its parent.
  thread_local int generation = process_generation();
  if (std::exchange(generation, process_generation()) != process_generation()) {
    random.seed(std::random_device{}());
  }
  const std::uint64_t a = random();
  const std::uint64_t b = random();
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%08x-%04x-%04x-%04x-%012llx",
                static_cast<unsigned>(a >> 32), static_cast<unsigned>(a >> 16 & 0xFFFF),
                static_cast<unsigned>(a & 0xFFFF), static_cast<unsigned>(b >> 48),
                static_cast<unsigned long long>(b & 0xFFFF'FFFF'FFFF));
  return text.data();
}

Failure no_reply(const std::string& topic, milliseconds timeout) {
  return client_failure("the request to topic " + topic + " was sent, but no reply came within " +
                            std::to_string(timeout.count()) + " ms",
                        static_cast<int>(ResponseCode::ReplyTimeout));
}

}  // namespace

void ProducerImpl::request_async(const MessageToSend& to_send, const Target& target,
                                 milliseconds timeout, ReplyDone done) {
  (void)instance();
  Message& message = to_send.message();
  value_or_throw(check_message(message, settings_.max_message_size));
  const std::string id = make_correlation_id();
  MessageAccess::put(message, property::correlation_id, id);
  MessageAccess::put(message, property::reply_to_client, instance_->id());
  MessageAccess::put(message, property::time_to_live, std::to_string(timeout.count()));
  const std::string topic = settings_.name_space.wrap(message.getTopic());
  if (instance_->routes().publish_info(topic) == nullptr) {
    // The topic's brokers must know this client before they can pass it a reply.
    value_or_throw(sender_->publish_info(topic));
    instance_->heartbeat();
  }
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  if (!instance_->replies().add(id, deadline, std::move(done))) {
    throw_failure({FailureKind::Remoting, static_cast<int>(ResponseCode::TooManyRequests),
                   "too many requests wait for their replies"});
  }
  try {
    send_async(to_send, target, timeout,
               [instance = instance_, id](const Outcome<SendResult>& outcome) {
                 if (outcome) return;
                 if (const ReplyDone waiting = instance->replies().take(id)) {
                   waiting(client_failure("the request was not sent: " + outcome.error().text,
                                          outcome.error().code));
                 }
               });
  } catch (...) {
    (void)instance_->replies().take(id);
    throw;
  }
}

MessageExt ProducerImpl::request(const MessageToSend& message, const Target& target,
                                 milliseconds timeout) {
  struct Waiting {
    std::mutex mutex;
    std::condition_variable came;
    std::optional<Outcome<MessageExt>> outcome;  // guarded by mutex
  };
  const auto waiting = std::make_shared<Waiting>();
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  request_async(message, target, timeout, [waiting](Outcome<MessageExt> outcome) {
    const std::scoped_lock lock(waiting->mutex);
    waiting->outcome = std::move(outcome);
    waiting->came.notify_all();
  });
  std::unique_lock lock(waiting->mutex);
  waiting->came.wait_until(lock, deadline, [&] { return waiting->outcome.has_value(); });
  if (!waiting->outcome) throw_failure(no_reply(message.message().getTopic(), timeout));
  return value_or_throw(std::move(*waiting->outcome));
}

}  // namespace client

Message createReplyMessage(const Message& request, std::string body) {
  const std::string cluster = request.getProperty(property::cluster);
  if (cluster.empty()) {
    throw MQClientException(
        "create reply message fail, requestMessage error, property[CLUSTER] is null.",
        static_cast<int>(ResponseCode::CreateReplyFailed));
  }
  Message reply(cluster + "_" + std::string(names::reply_topic_suffix), std::move(body));
  using client::MessageAccess;
  MessageAccess::put(reply, property::message_type, "reply");
  for (const auto name :
       {property::correlation_id, property::reply_to_client, property::time_to_live}) {
    MessageAccess::put(reply, name, request.getProperty(name));
  }
  return reply;
}

}  // namespace rocketmq
