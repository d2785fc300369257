#include "producer/sender.hpp"

#include <spdlog/logger.h>

#include <algorithm>
#include <utility>

#include "rocketmq/client/client_log.hpp"
#include "rocketmq/common/sys_flag.hpp"

namespace rocketmq::client {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t async_sends_max = 65'535;
constexpr std::size_t async_bytes_max = 128 * 1024 * 1024;
/// A sender waits while more than this is to be sent to the broker.
constexpr std::size_t unsent_bytes_max = 1024 * 1024;
/// Ended sends that are kept for later ones: about 2 KiB each with bodies of 1 KiB.
constexpr std::size_t spare_sends_max = 4096;

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

/// One asynchronous send and its tries. Whoever waits holds it: the request under way, the timer
/// before a retry, the callback thread. It is used for one send after the other, so that its texts
/// keep their memory: made and freed on different threads they would cost more than the rest of the
/// send.
class Sender::AsyncSend {
 public:
  static void start(AsyncSendPtr self, std::size_t wait_over_bytes = 0) {
    AsyncSend& send = *self;
    ClientInstance& instance = *send.sender_->instance_;
    send.begun_ = SteadyClock::now();
    const milliseconds left = std::chrono::ceil<milliseconds>(send.deadline_ - send.begun_);
    if (left.count() <= 0) return finish(std::move(self), no_time_left("sendKernelImpl"));
    send.begun_ms_ = instance.clock().now_ms();
    thread_local remoting::RemotingCommand request;
    make_send_request(send.message_, send.sender_->settings_, send.queue_id_, send.begun_ms_,
                      request);
    // A copy: the send may have ended before the call returns.
    const std::string address = send.address_;
    instance.network().invoke_async_reusing(
        address, request, left,
        [self = std::move(self)](const Result<remoting::RemotingCommand>& answer) mutable {
          answered(std::move(self), answer);
        },
        wait_over_bytes);
  }

  static void finish(AsyncSendPtr self, Failure failure) {
    self->sender_->note_failure(self->message_.topic, failure);
    self->outcome_ = std::move(failure);
    finish(std::move(self));
  }

  /// Forgets what must not be kept until the next send.
  std::shared_ptr<Sender> let_go() {
    done_ = nullptr;
    info_.reset();
    if (message_.body.capacity() > kept_text_bytes_max) std::string().swap(message_.body);
    if (message_.properties.capacity() > kept_text_bytes_max)
      std::string().swap(message_.properties);
    if (message_.msg_id.capacity() > kept_text_bytes_max) std::string().swap(message_.msg_id);
    return std::move(sender_);
  }

  std::shared_ptr<Sender> sender_;
  OutgoingMessage message_;
  TopicPublishInfoPtr info_;  // null: only this broker may be tried
  Deadline deadline_;
  SendDone done_;
  DoneOn done_on_ = DoneOn::CallbackThread;
  std::int32_t queue_id_ = 0;
  std::string broker_name_;
  std::string address_;
  int tries_ = 0;
  bool is_under_way_ = false;

 private:
  /// More than this is not kept for the next send, in bytes of one text.
  static constexpr std::size_t kept_text_bytes_max = 8 * 1024;

  static void answered(AsyncSendPtr self, const Result<remoting::RemotingCommand>& answer) {
    AsyncSend& send = *self;
    Sender& sender = *send.sender_;
    sender.note_latency(send.broker_name_, send.begun_, !answer);
    if (answer) {
      if (!send.outcome_) send.outcome_ = SendResult();
      auto read = read_send_answer(*answer, send.message_, send.broker_name_, send.address_,
                                   *send.outcome_);
      if (!read) {
        sender.note_failure(send.message_.topic, read.error());
        send.outcome_ = read.error();
      }
      sender.trace(send.outcome_, send.message_, send.address_, send.begun_ms_);
      return finish(std::move(self));
    }
    Failure failure = remoting_failure(answer.error(), send.address_);
    const bool may_retry = send.tries_ < sender.settings_.retry_times_async &&
                           answer.error().code != ResponseCode::ShutDown &&
                           answer.error().code != ResponseCode::TooManyRequests &&
                           time_left(send.deadline_).count() > 0;
    if (!may_retry) return finish(std::move(self), std::move(failure));
    ++send.tries_;
    // The request stays the same, its queue id included; only the broker changes, where it is free.
    if (send.info_ != nullptr) {
      send.broker_name_ = sender.choose(*send.info_, send.broker_name_).getBrokerName();
    }
    const auto address = sender.instance_->routes().master_address(send.broker_name_);
    if (!address) return finish(std::move(self), std::move(failure));
    sender.note_failure(send.message_.topic, failure);
    send.address_ = sender.instance_->fast_address(*address);
    // Not on this stack: a network that fails at once would call us again and again.
    sender.instance_->timer().after(milliseconds(0),
                                    [self = std::move(self)]() mutable { start(std::move(self)); });
  }

  static void finish(AsyncSendPtr self) {
    self->is_under_way_ = false;
    if (self->done_on_ == DoneOn::AnyThread) return complete(std::move(self));
    ClientInstance& instance = *self->sender_->instance_;
    instance.post_callback([self = std::move(self)]() mutable { complete(std::move(self)); });
  }

  static void complete(AsyncSendPtr self) {
    std::exchange(self->done_, nullptr)(self->outcome_);
    const std::shared_ptr<Sender> sender = self->sender_;
    const std::size_t bytes = self->message_.body.size();
    self.reset();
    // Only now: who waits for the end of all sends waits for their callbacks as well.
    sender->limiter_.release(bytes);
  }

  Deadline begun_;
  std::int64_t begun_ms_ = 0;
  Outcome<SendResult> outcome_ = SendResult();
};

void Sender::Recycle::operator()(AsyncSend* send) const {
  if (send->is_under_way_) {
    // A retry that was waiting for its moment when the instance stopped.
    return AsyncSend::finish(
        AsyncSendPtr(send),
        remoting_failure({ResponseCode::ShutDown, "the client was shut down"}, send->address_));
  }
  std::unique_ptr<AsyncSend> owned(send);
  const std::shared_ptr<Sender> sender = send->let_go();
  const std::scoped_lock lock(sender->spare_mutex_);
  if (sender->spare_.size() < spare_sends_max) sender->spare_.push_back(std::move(owned));
}

Sender::~Sender() = default;

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
  auto address = instance_->master_address(queue->getBrokerName(), topic);
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
  auto address = instance_->master_address(queue->getBrokerName(), message.topic);
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
