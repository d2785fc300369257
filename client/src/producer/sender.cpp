#include "producer/sender.hpp"

#include <spdlog/logger.h>

#include <algorithm>
#include <utility>

#include "producer/async_send.hpp"
#include "rocketmq/client/client_log.hpp"
#include "rocketmq/common/sys_flag.hpp"

namespace rocketmq::client {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t async_sends_max = 65'535;
constexpr std::size_t async_bytes_max = 128 * 1024 * 1024;
/// A sender waits while more than this is to be sent to the broker.
constexpr std::size_t unsent_bytes_max = 1024 * 1024;

/// The code of a send that was abandoned, by its last failure.
int code_of(const Failure& failure) {
  if (failure.kind == FailureKind::Broker) return failure.code;
  switch (static_cast<ResponseCode>(failure.code)) {
    case ResponseCode::ConnectFailed:
    case ResponseCode::RequestTimeout:
    case ResponseCode::BrokerNotExist: return failure.code;
    default:
      return failure.kind == FailureKind::Remoting ? static_cast<int>(ResponseCode::ConnectFailed)
                                                   : failure.code;
  }
}

/// The tries of one synchronous send, for the text that explains a failure.
struct Tries {
  int count = 0;
  std::string brokers;
  std::string last_broker;
  Failure last;

  void add(const std::string& broker_name) {
    ++count;
    if (!brokers.empty()) brokers += ", ";
    brokers += broker_name;
    last_broker = broker_name;
  }
  Failure give_up(const std::string& topic, milliseconds cost) const {
    return client_failure("Send [" + std::to_string(count) + "] times, still failed, cost [" +
                              std::to_string(cost.count()) + "]ms, Topic: " + topic +
                              ", BrokersSent: [" + brokers + "], last failure: " + last.text,
                          code_of(last));
  }
};

/// Whether another try may help: after anything but a final refusal.
bool is_worth_retrying(const Failure& failure, const ProducerSettings& settings) {
  if (failure.code == static_cast<int>(ResponseCode::ShutDown)) return false;
  return failure.kind != FailureKind::Broker ||
         settings.retry_response_codes.contains(failure.code);
}

}  // namespace

Sender::Sender(std::shared_ptr<ClientInstance> instance, ProducerSettings settings,
               std::shared_ptr<TraceLog> trace)
    : instance_(std::move(instance)),
      settings_(std::move(settings)),
      limiter_(async_sends_max, async_bytes_max),
      trace_(std::move(trace)) {}

milliseconds Sender::time_left(Deadline deadline) {
  return std::chrono::ceil<milliseconds>(deadline - SteadyClock::now());
}

Failure Sender::no_time_left(const char* where) {
  return {FailureKind::Remoting, static_cast<int>(ResponseCode::TooManyRequests),
          std::string(where) + " call timeout"};
}

Outcome<TopicPublishInfoPtr> Sender::publish_info(const std::string& topic) {
  return instance_->publish_info(topic, settings_.create_topic_key,
                                 settings_.default_topic_queue_nums);
}

Outcome<std::string> Sender::address_of(const MessageQueue& queue, const std::string& topic,
                                        const TopicPublishInfo* info) {
  TopicPublishInfoPtr known;
  if (info == nullptr) {
    known = instance_->routes().publish_info(topic);
    info = known.get();
  }
  const BrokerHandle* broker = info == nullptr ? nullptr : info->broker(queue.getBrokerName());
  if (broker != nullptr && !broker->address.empty()) [[likely]]
    return broker->address;
  return instance_->master_address(queue.getBrokerName(), topic);
}

const MessageQueue& Sender::choose(const TopicPublishInfo& info, std::string_view failed_broker) {
  if (!settings_.latency_fault_enable) return info.choose(failed_broker);
  const auto now = SteadyClock::now();
  const MessageQueue* available = info.choose_where(
      [&](const MessageQueue& queue) { return latency_.is_available(queue.getBrokerName(), now); });
  if (available != nullptr) return *available;
  if (const auto better = latency_.pick_better(now)) {
    const MessageQueue* queue = info.choose_where(
        [&](const MessageQueue& candidate) { return candidate.getBrokerName() == *better; });
    if (queue != nullptr) return *queue;
    latency_.forget(*better);
  }
  return info.choose(failed_broker);
}

void Sender::trace(const Outcome<SendResult>& outcome, const OutgoingMessage& message,
                   const std::string& address, std::int64_t begun_ms) const {
  if (trace_ == nullptr || !outcome) return;
  const bool is_half = (message.sys_flag & sys_flag::transaction_prepared) != 0;
  trace_->sent(*outcome, message.properties, address, message.body.size(), is_half, begun_ms,
               instance_->clock().now_ms());
}

void Sender::note_latency(const std::string& broker, Deadline begun, bool failed) {
  if (!settings_.latency_fault_enable) return;
  const auto now = SteadyClock::now();
  latency_.record(broker, std::chrono::duration_cast<milliseconds>(now - begun), failed, now);
}

Outcome<SendResult> Sender::send_once(const MessageQueue& queue, const OutgoingMessage& message,
                                      milliseconds timeout) {
  const auto address = address_of(queue, message.topic, nullptr);
  if (!address) return address.error();
  const std::string to = instance_->fast_address(*address);
  const std::int64_t begun_ms = instance_->clock().now_ms();
  auto request = make_send_request(message, settings_, queue.getQueueId(), begun_ms);
  const auto begun = SteadyClock::now();
  auto answer = instance_->network().invoke(to, std::move(request), timeout);
  note_latency(queue.getBrokerName(), begun, !answer);
  if (!answer) return remoting_failure(answer.error(), to);
  auto outcome = read_send_answer(*answer, message, queue.getBrokerName(), to);
  trace(outcome, message, to, begun_ms);
  return outcome;
}

void Sender::note_failure(std::string_view topic, const Failure& failure) {
  if (const auto held_back = failures_.admit()) {
    client_log().warn("a send of {} to topic {} failed: {} (and {} such before)", settings_.group,
                      topic, failure.text, *held_back);
  }
}

Outcome<SendResult> Sender::send_to(const MessageQueue& queue, const OutgoingMessage& message,
                                    milliseconds timeout) {
  auto sent = send_once(queue, message, timeout);
  if (!sent) note_failure(message.topic, sent.error());
  return sent;
}

Outcome<SendResult> Sender::send(const OutgoingMessage& message, milliseconds timeout) {
  auto sent = send_with_retries(message, timeout);
  if (!sent) note_failure(message.topic, sent.error());
  return sent;
}

Outcome<SendResult> Sender::send_with_retries(const OutgoingMessage& message,
                                              milliseconds timeout) {
  const auto start = SteadyClock::now();
  const auto deadline = start + timeout;
  const auto info = publish_info(message.topic);
  if (!info) return info.error();

  Tries tries;
  Outcome<SendResult> stored_somehow =
      Failure{};  // stored, but not as safely as the broker is configured for
  for (int i = 0; i <= settings_.retry_times; ++i) {
    const MessageQueue queue = choose(**info, tries.last_broker);
    const milliseconds left = time_left(deadline);
    if (left.count() <= 0) {
      if (stored_somehow) return stored_somehow;
      return no_time_left("sendDefaultImpl");
    }
    tries.add(queue.getBrokerName());
    auto result = send_once(queue, message, left);
    if (result) {
      if (result->getSendStatus() == SEND_OK || !settings_.retry_another_broker_when_not_ok)
        return result;
      stored_somehow = std::move(result);
      continue;
    }
    tries.last = result.error();
    if (!is_worth_retrying(tries.last, settings_)) return tries.last;
    note_failure(message.topic, tries.last);
  }
  if (stored_somehow) return stored_somehow;
  return tries.give_up(message.topic,
                       std::chrono::duration_cast<milliseconds>(SteadyClock::now() - start));
}

Sender::~Sender() = default;

std::shared_ptr<void> Sender::count_preparation() {
  limiter_.acquire_now(0);
  return {this, [self = shared_from_this()](void*) { self->limiter_.release(0); }};
}

Sender::AsyncSendPtr Sender::begin_async() {
  std::unique_ptr<AsyncSend> send;
  {
    const std::scoped_lock lock(spare_mutex_);
    if (!spare_.empty()) {
      send = std::move(spare_.back());
      spare_.pop_back();
    }
  }
  if (send == nullptr) send = std::make_unique<AsyncSend>();
  send->sender_ = shared_from_this();
  return AsyncSendPtr(send.release());
}

OutgoingMessage& Sender::message_of(AsyncSend& send) { return send.message_; }

Outcome<void> Sender::send_async(AsyncSendPtr send, const MessageQueue* queue, milliseconds timeout,
                                 SendDone& done, bool may_wait, DoneOn done_on) {
  const auto refuse = [&](Failure failure) -> Outcome<void> {
    note_failure(send->message_.topic, failure);
    return failure;
  };
  const auto deadline = SteadyClock::now() + timeout;
  const std::string& topic = send->message_.topic;
  if (queue == nullptr) {
    auto found = publish_info(topic);
    if (!found) return refuse(found.error());
    send->info_ = std::move(*found);
    queue = &choose(*send->info_);
  }
  auto address = address_of(*queue, topic, send->info_.get());
  if (!address) return refuse(address.error());
  // A callback must not wait for room: the room is made by callbacks.
  const std::size_t bytes = send->message_.body.size();
  const bool is_in_callback = instance_->callbacks().runs_this_thread();
  if (may_wait && is_in_callback) {
    limiter_.acquire_now(bytes);
  } else if (!limiter_.acquire(bytes, may_wait ? timeout : milliseconds(0))) {
    return refuse(
        {FailureKind::Remoting, static_cast<int>(ResponseCode::TooManyRequests),
         "send message tryAcquire semaphore timeout: too many asynchronous sends are under way"});
  }
  send->deadline_ = deadline;
  send->done_ = std::move(done);
  send->done_on_ = done_on;
  send->queue_id_ = queue->getQueueId();
  send->broker_name_ = queue->getBrokerName();
  send->address_ = instance_->fast_address(std::move(*address));
  send->tries_ = 0;
  send->is_under_way_ = true;
  AsyncSend::start(std::move(send), may_wait && !is_in_callback ? unsent_bytes_max : 0);
  return {};
}

Outcome<void> Sender::send_oneway(const OutgoingMessage& message, const MessageQueue* queue) {
  auto begun = begin_oneway(message, queue);
  if (!begun) note_failure(message.topic, begun.error());
  return begun;
}

Outcome<void> Sender::begin_oneway(const OutgoingMessage& message, const MessageQueue* queue) {
  TopicPublishInfoPtr info;
  MessageQueue chosen;
  if (queue == nullptr) {
    auto found = publish_info(message.topic);
    if (!found) return found.error();
    info = std::move(*found);
    chosen = choose(*info);
    queue = &chosen;
  }
  auto address = address_of(*queue, message.topic, info.get());
  if (!address) return address.error();
  auto request =
      make_send_request(message, settings_, queue->getQueueId(), instance_->clock().now_ms());
  instance_->network().invoke_oneway(
      instance_->fast_address(std::move(*address)), std::move(request), settings_.send_timeout,
      [self = shared_from_this()](Error error) {
        self->note_failure("of a one-way message", remoting_failure(error, {}));
      });
  return {};
}

}  // namespace rocketmq::client
