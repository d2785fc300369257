#include "sender.hpp"

#include <algorithm>
#include <utility>

#include "client_log.hpp"
#include "rocketmq/common/sys_flag.hpp"

namespace rocketmq::client {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t async_sends_max = 65'535;
constexpr std::size_t async_bytes_max = 128 * 1024 * 1024;

milliseconds time_left(SteadyClock::time_point deadline) {
  return std::chrono::ceil<milliseconds>(deadline - SteadyClock::now());
}

Failure no_time_left(const char* where) {
  return {FailureKind::Remoting, static_cast<int>(ResponseCode::TooManyRequests),
          std::string(where) + " call timeout"};
}

/// The code of a send that was given up, by its last failure.
int code_of(const Failure& failure) {
  if (failure.kind == FailureKind::Broker) return failure.code;
  switch (static_cast<ResponseCode>(failure.code)) {
    case ResponseCode::ConnectFailed:
    case ResponseCode::RequestTimeout:
    case ResponseCode::BrokerNotExist:
      return failure.code;
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

/// Whether another try may help: anything but an answer that says no for good.
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

Outcome<TopicPublishInfoPtr> Sender::publish_info(const std::string& topic) {
  return instance_->publish_info(topic, settings_.create_topic_key,
                                 settings_.default_topic_queue_nums);
}

MessageQueue Sender::choose(const TopicPublishInfo& info, std::string_view failed_broker) {
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
  const auto address = instance_->master_address(queue.getBrokerName(), message.topic);
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

Outcome<SendResult> Sender::send_to(const MessageQueue& queue, const OutgoingMessage& message,
                                    milliseconds timeout) {
  return send_once(queue, message, timeout);
}

Outcome<SendResult> Sender::send(const OutgoingMessage& message, milliseconds timeout) {
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
    client_log().warn("sending to {} failed: {}", queue.toString(), tries.last.text);
    if (!is_worth_retrying(tries.last, settings_)) return tries.last;
  }
  if (stored_somehow) return stored_somehow;
  return tries.give_up(message.topic,
                       std::chrono::duration_cast<milliseconds>(SteadyClock::now() - start));
}

/// One asynchronous send and its tries. Held alive by the request under way.
class Sender::AsyncSend : public std::enable_shared_from_this<AsyncSend> {
 public:
  AsyncSend(std::shared_ptr<Sender> sender, OutgoingMessage message, MessageQueue queue,
            TopicPublishInfoPtr info, Deadline deadline, SendDone done)
      : sender_(std::move(sender)),
        message_(std::move(message)),
        queue_(std::move(queue)),
        info_(std::move(info)),
        deadline_(deadline),
        done_(std::move(done)),
        broker_name_(queue_.getBrokerName()) {}
  ~AsyncSend() {
    // A retry that was waiting for its moment when the instance stopped.
    if (!is_finished_) {
      finish(remoting_failure({ResponseCode::ShutDown, "the client was shut down"}, address_));
    }
  }
  AsyncSend(const AsyncSend&) = delete;
  AsyncSend& operator=(const AsyncSend&) = delete;

  void start(std::string address) {
    address_ = sender_->instance_->fast_address(std::move(address));
    begun_ = SteadyClock::now();
    const milliseconds left = time_left(deadline_);
    if (left.count() <= 0) return finish(no_time_left("sendKernelImpl"));
    begun_ms_ = sender_->instance_->clock().now_ms();
    auto request = make_send_request(message_, sender_->settings_, queue_.getQueueId(), begun_ms_);
    sender_->instance_->network().invoke_async(
        address_, std::move(request), left,
        [self = shared_from_this()](Result<remoting::RemotingCommand> answer) {
          self->answered(std::move(answer));
        });
  }

 private:
  void answered(Result<remoting::RemotingCommand> answer) {
    sender_->note_latency(broker_name_, begun_, !answer);
    if (answer) {
      auto outcome = read_send_answer(*answer, message_, broker_name_, address_);
      sender_->trace(outcome, message_, address_, begun_ms_);
      return finish(std::move(outcome));
    }
    const Failure failure = remoting_failure(answer.error(), address_);
    const bool may_retry = tries_ < sender_->settings_.retry_times_async &&
                           answer.error().code != ResponseCode::ShutDown &&
                           answer.error().code != ResponseCode::TooManyRequests &&
                           time_left(deadline_).count() > 0;
    if (!may_retry) return finish(failure);
    ++tries_;
    // The request stays the same, its queue id included; only the broker changes, where it is free.
    if (info_ != nullptr) broker_name_ = sender_->choose(*info_, broker_name_).getBrokerName();
    auto address = sender_->instance_->routes().master_address(broker_name_);
    if (!address) return finish(failure);
    client_log().warn("an asynchronous send goes to {} after {}", *address, failure.text);
    // Not on this stack: a network that fails at once would call us again and again.
    sender_->instance_->timer().after(
        milliseconds(0),
        [self = shared_from_this(), to = std::move(*address)] { self->start(to); });
  }

  void finish(Outcome<SendResult> outcome) {
    is_finished_ = true;
    sender_->instance_->callbacks().post([sender = sender_, bytes = message_.body.size(),
                                          done = std::move(done_),
                                          outcome = std::move(outcome)]() mutable {
      std::exchange(done, nullptr)(std::move(outcome));
      // Only now: who waits for the end of all sends waits for their callbacks as well.
      sender->limiter_.release(bytes);
    });
  }

  const std::shared_ptr<Sender> sender_;
  const OutgoingMessage message_;
  const MessageQueue queue_;
  const TopicPublishInfoPtr info_;  // null: only this broker may be tried
  const Deadline deadline_;
  SendDone done_;
  std::string broker_name_;
  std::string address_;
  Deadline begun_;
  std::int64_t begun_ms_ = 0;
  int tries_ = 0;
  bool is_finished_ = false;
};

Outcome<void> Sender::send_async(OutgoingMessage message, const MessageQueue* queue,
                                 milliseconds timeout, SendDone done, bool may_wait) {
  const auto deadline = SteadyClock::now() + timeout;
  TopicPublishInfoPtr info;
  MessageQueue chosen;
  if (queue == nullptr) {
    auto found = publish_info(message.topic);
    if (!found) return found.error();
    info = std::move(*found);
    chosen = choose(*info);
    queue = &chosen;
  }
  auto address = instance_->master_address(queue->getBrokerName(), message.topic);
  if (!address) return address.error();
  // A callback must not wait for room: the room is made by callbacks.
  const std::size_t bytes = message.body.size();
  const milliseconds wait_max =
      may_wait ? std::max(time_left(deadline), milliseconds(0)) : milliseconds(0);
  if (may_wait && instance_->callbacks().runs_this_thread()) {
    limiter_.acquire_now(bytes);
  } else if (!limiter_.acquire(bytes, wait_max)) {
    return Failure{
        FailureKind::Remoting, static_cast<int>(ResponseCode::TooManyRequests),
        "send message tryAcquire semaphore timeout: too many asynchronous sends are under way"};
  }
  std::make_shared<AsyncSend>(shared_from_this(), std::move(message), *queue, info, deadline,
                              std::move(done))
      ->start(std::move(*address));
  return {};
}

Outcome<void> Sender::send_oneway(const OutgoingMessage& message, const MessageQueue* queue) {
  TopicPublishInfoPtr info;
  MessageQueue chosen;
  if (queue == nullptr) {
    auto found = publish_info(message.topic);
    if (!found) return found.error();
    info = std::move(*found);
    chosen = choose(*info);
    queue = &chosen;
  }
  auto address = instance_->master_address(queue->getBrokerName(), message.topic);
  if (!address) return address.error();
  auto request =
      make_send_request(message, settings_, queue->getQueueId(), instance_->clock().now_ms());
  instance_->network().invoke_oneway(instance_->fast_address(std::move(*address)),
                                     std::move(request), settings_.send_timeout);
  return {};
}

}  // namespace rocketmq::client
