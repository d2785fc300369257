#include "consumer/push/concurrent_service.hpp"

#include <spdlog/logger.h>

#include <algorithm>
#include <atomic>
#include <iterator>
#include <utility>

#include "consumer/push/listener_call.hpp"
#include "consumer/push/send_back.hpp"
#include "rocketmq/client/client_log.hpp"
#include "rocketmq/client/message/message_access.hpp"
#include "rocketmq/client/message/message_codec.hpp"
#include "rocketmq/protocol/send_headers.hpp"

namespace rocketmq::client {
namespace {

constexpr milliseconds consume_again_delay{5'000};
constexpr std::size_t expired_looked_at = 16;
constexpr int expired_delay_level = 3;

/// What a listener thread keeps of the messages of its last call, to decode the next ones into.
constexpr std::size_t kept_body_bytes_max = 256 * 1024;

std::vector<MessageExt>& messages_of_this_thread() {
  thread_local std::vector<MessageExt> messages;
  return messages;
}

void release_large(std::vector<MessageExt>& messages) {
  std::size_t bytes = 0;
  for (const MessageExt& message : messages) bytes += message.getBody().capacity();
  if (bytes > kept_body_bytes_max) std::vector<MessageExt>().swap(messages);
}

}  // namespace

/// Messages of one queue cut into listener calls, which threads claim one by one.
class ConcurrentService::ListenerCalls : public ConsumeWork {
 public:
  ListenerCalls(ConcurrentService& service, ProcessQueuePtr queue, std::size_t count)
      : service_(service),
        queue_(std::move(queue)),
        count_(count),
        per_call_(static_cast<std::size_t>(service.context_->settings.batch_max_size)) {}

  bool has_more() const final { return next_.load(std::memory_order_relaxed) < count_; }
  std::optional<std::size_t> claim() final {
    if (!has_more()) return std::nullopt;
    const std::size_t begin = next_.fetch_add(per_call_, std::memory_order_relaxed);
    if (begin >= count_) return std::nullopt;
    return begin;
  }
  void run(std::size_t begin) final { run(begin, std::min(begin + per_call_, count_)); }

 protected:
  ConcurrentService& service_;  // owns the pool that runs this
  const ProcessQueuePtr queue_;

 private:
  virtual void run(std::size_t begin, std::size_t end) = 0;

  const std::size_t count_;
  const std::size_t per_call_;
  std::atomic<std::size_t> next_{0};
};

/// The messages of one pull.
class ConcurrentService::PulledBatch final : public ListenerCalls {
 public:
  PulledBatch(ConcurrentService& service, ProcessQueuePtr queue, PulledMessages messages)
      : ListenerCalls(service, std::move(queue), messages.size()), messages_(std::move(messages)) {}

 private:
  void run(std::size_t begin, std::size_t end) override {
    if (queue_->is_dropped()) return;
    std::vector<MessageExt>& messages = messages_of_this_thread();
    messages_.decode(begin, end, queue_->queue().getBrokerName(), messages);
    service_.consume(queue_, messages);
    release_large(messages);
  }

  const PulledMessages messages_;
};

/// Messages that failed and could not be sent back.
class ConcurrentService::FailedBatch final : public ListenerCalls {
 public:
  FailedBatch(ConcurrentService& service, ProcessQueuePtr queue, std::vector<MessageExt> messages)
      : ListenerCalls(service, std::move(queue), messages.size()), messages_(std::move(messages)) {}

 private:
  void run(std::size_t begin, std::size_t end) override {
    const auto at = [this](std::size_t index) {
      return std::make_move_iterator(messages_.begin() + static_cast<std::ptrdiff_t>(index));
    };
    std::vector<MessageExt> messages(at(begin), at(end));
    service_.consume(queue_, messages);
  }

  std::vector<MessageExt> messages_;
};

ConcurrentService::ConcurrentService(ConsumerContextPtr context)
    : context_(std::move(context)), pool_("rmq-consume", context_->settings.thread_min) {}

void ConcurrentService::start() {
  pool_.start();
  schedule_expiry_check();
}

void ConcurrentService::stop_taking(milliseconds wait) {
  pool_.stop_taking();
  if (!pool_.wait_until_idle(wait)) {
    client_log().warn(
        "group {}: listener calls still run after {} ms; their messages will be delivered again",
        context_->group(), wait.count());
  }
}

void ConcurrentService::submit(const ProcessQueuePtr& queue, PulledMessages messages) {
  pool_.post(std::make_shared<PulledBatch>(*this, queue, std::move(messages)));
}

void ConcurrentService::consume_directly(MessageExt message,
                                         std::function<void(Result<std::string>)> done) {
  const auto call = [this](const MessageExt& shown, MessageQueue queue) {
    ConsumeConcurrentlyContext listener_context{.messageQueue = std::move(queue)};
    DirectOutcome outcome;
    const auto status = call_listener(*context_->settings.concurrent_listener, {shown},
                                      listener_context, RECONSUME_LATER, outcome.thrown);
    if (status == CONSUME_SUCCESS) outcome.result = "CR_SUCCESS";
    return outcome;
  };
  consume_directly_on(pool_, *context_, std::move(message), call, std::move(done));
}

void ConcurrentService::consume(const ProcessQueuePtr& queue, std::vector<MessageExt>& messages) {
  if (queue->is_dropped()) return;
  if (first_unreadable(messages) != messages.cend()) [[unlikely]] {
    settle_unreadable(queue, messages);
    if (messages.empty()) return;
  }
  const std::int64_t begin_ms = context_->now_ms();
  queue->begin(messages, begin_ms);
  for (MessageExt& message : messages) {
    show_to_user(message, *context_);
    MessageAccess::set_consume_start(message, begin_ms);
  }
  ConsumeConcurrentlyContext listener_context{
      .messageQueue = context_->settings.name_space.strip(queue->queue())};
  std::string thrown;
  const std::string traced = context_->trace == nullptr
                                 ? std::string()
                                 : context_->trace->consume_begins(messages, begin_ms);
  const auto status = call_listener(*context_->settings.concurrent_listener, messages,
                                    listener_context, RECONSUME_LATER, thrown);
  if (context_->trace != nullptr) {
    trace_end(*context_, traced, messages, begin_ms, status == CONSUME_SUCCESS, !thrown.empty());
  }
  if (!thrown.empty())
    client_log().warn("the listener of group {} threw: {}", context_->group(), thrown);
  if (queue->is_dropped())
    return;  // another member has the queue now, and gets the messages as well

  std::size_t succeeded = 0;
  if (status == CONSUME_SUCCESS && listener_context.ackIndex >= 0) {
    succeeded = std::min(messages.size(), static_cast<std::size_t>(listener_context.ackIndex) + 1);
  }
  queue->stats->add_consumed(context_->now_ms() - begin_ms, static_cast<std::int64_t>(succeeded),
                             static_cast<std::int64_t>(messages.size() - succeeded));
  std::vector<MessageExt> kept;
  if (succeeded < messages.size()) [[unlikely]] {
    kept = settle_failed(messages, succeeded, listener_context);
  }
  const std::int64_t offset = queue->remove(messages);
  if (offset >= 0 && !queue->is_dropped()) queue->offset().raise(offset);
  if (!kept.empty()) consume_again_later(queue, std::move(kept));
}

void ConcurrentService::settle_unreadable(const ProcessQueuePtr& queue,
                                          std::vector<MessageExt>& messages) {
  const auto first = std::stable_partition(
      messages.begin(), messages.end(),
      [](const MessageExt& message) { return MessageAccess::body_error(message) == nullptr; });
  std::vector<MessageExt> unreadable(std::make_move_iterator(first),
                                     std::make_move_iterator(messages.end()));
  messages.erase(first, messages.end());
  for (MessageExt& message : unreadable) {
    show_to_user(message, *context_);
    context_->report(unreadable_body(message));
  }
  queue->stats->add_consumed(0, 0, static_cast<std::int64_t>(unreadable.size()));
  auto kept = settle_failed(unreadable, 0,
                            {.messageQueue = context_->settings.name_space.strip(queue->queue())});
  const std::int64_t offset = queue->remove(unreadable);
  if (offset >= 0 && !queue->is_dropped()) queue->offset().raise(offset);
  if (!kept.empty()) consume_again_later(queue, std::move(kept));
}

std::vector<MessageExt> ConcurrentService::settle_failed(
    std::vector<MessageExt>& messages, std::size_t first_failed,
    const ConsumeConcurrentlyContext& listener_context) {
  std::vector<MessageExt> kept;
  std::vector<MessageExt> done;
  bool is_hopeless = false;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    MessageExt& message = messages[i];
    if (i < first_failed) {
      done.push_back(std::move(message));
      continue;
    }
    if (context_->is_broadcasting()) {
      client_log().warn("broadcasting: message {} failed and is not delivered again",
                        message.getMsgId());
      done.push_back(std::move(message));
      continue;
    }
    // A shutdown waits for one message that cannot be sent back, not for a list of them: they stay
    // unfinished, and the next owner of the queue gets them.
    if (is_hopeless && context_->is_stopping) {
      kept.push_back(std::move(message));
      continue;
    }
    const auto sent = send_back(*context_, message, listener_context.delayLevelWhenNextConsume,
                                listener_context.messageQueue.getBrokerName());
    if (sent) {
      done.push_back(std::move(message));
    } else {
      client_log().warn("message {} is consumed again in 5 s: {}", message.getMsgId(),
                        sent.error().text);
      MessageAccess::set_reconsume_times(message, message.getReconsumeTimes() + 1);
      kept.push_back(std::move(message));
      is_hopeless = true;
    }
  }
  messages = std::move(done);
  return kept;
}

void ConcurrentService::consume_again_later(const ProcessQueuePtr& queue,
                                            std::vector<MessageExt> messages) {
  auto batch = std::make_shared<FailedBatch>(*this, queue, std::move(messages));
  context_->instance->timer().after(consume_again_delay,
                                    [self = weak_from_this(), batch = std::move(batch)] {
                                      if (const auto service = self.lock())
                                        service->pool_.post(batch);
                                    });
}

void ConcurrentService::schedule_expiry_check() {
  const auto period = std::chrono::minutes(context_->settings.consume_timeout_minutes);
  context_->instance->timer().after(period, [self = weak_from_this()] {
    const auto service = self.lock();
    if (service == nullptr || service->context_->is_stopping) return;
    service->send_expired_back();
    service->schedule_expiry_check();
  });
}

void ConcurrentService::send_expired_back() {
  const auto allowed = std::chrono::minutes(context_->settings.consume_timeout_minutes);
  const std::int64_t started_before_ms = context_->now_ms() - milliseconds(allowed).count();
  for (const ProcessQueuePtr& queue : context_->queues.all()) {
    const auto address =
        context_->instance->routes().master_address(queue->queue().getBrokerName());
    if (!address || context_->is_broadcasting()) continue;
    for (const ExpiredMessage& message : queue->expired(started_before_ms, expired_looked_at)) {
      remoting::ConsumerSendMsgBackRequestHeader header;
      header.offset = message.physical_offset;
      header.group = context_->group();
      header.delayLevel = expired_delay_level;
      header.maxReconsumeTimes = max_reconsume_times(context_->settings);
      context_->instance->network().invoke_async(
          context_->instance->fast_address(*address),
          make_request(remoting::RequestCode::ConsumerSendMsgBack, header), milliseconds(5'000),
          [queue, offset = message.queue_offset](const Result<remoting::RemotingCommand>& answer) {
            if (!answer || answer->response_code() != ResponseCode::Success) return;
            const std::int64_t committable = queue->remove(offset);
            if (committable >= 0 && !queue->is_dropped()) queue->offset().raise(committable);
          });
    }
  }
}

}  // namespace rocketmq::client
