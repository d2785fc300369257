#include "consumer/push/orderly_service.hpp"

#include <spdlog/logger.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "consumer/push/listener_call.hpp"
#include "consumer/push/send_back.hpp"
#include "rocketmq/client/client_log.hpp"
#include "rocketmq/client/message/message_access.hpp"
#include "rocketmq/client/message/message_codec.hpp"

namespace rocketmq::client {
namespace {

using SteadyClock = std::chrono::steady_clock;

/// After so long a queue lets others run.
constexpr std::chrono::seconds run_max{60};
constexpr milliseconds yield_delay{10};
constexpr std::int64_t suspend_min_ms = 10;
constexpr std::int64_t suspend_max_ms = 30'000;

constexpr auto suspended = ConsumeOrderlyStatus::SUSPEND_CURRENT_QUEUE_A_MOMENT;

const char* direct_result(ConsumeOrderlyStatus status) {
  switch (status) {
    case ConsumeOrderlyStatus::SUCCESS: return "CR_SUCCESS";
    case ConsumeOrderlyStatus::ROLLBACK: return "CR_ROLLBACK";
    case ConsumeOrderlyStatus::COMMIT: return "CR_COMMIT";
    case ConsumeOrderlyStatus::SUSPEND_CURRENT_QUEUE_A_MOMENT: return "CR_LATER";
  }
  return "CR_LATER";
}

}  // namespace

OrderlyService::OrderlyService(ConsumerContextPtr context)
    : context_(std::move(context)), pool_("rmq-consume", context_->settings.thread_min) {}

void OrderlyService::start() {
  pool_.start();
  if (!context_->is_broadcasting()) schedule_lock_upkeep(milliseconds(1'000));
}

void OrderlyService::stop_taking(milliseconds wait) {
  pool_.stop_taking();
  if (!pool_.wait_until_idle(wait)) {
    client_log().warn(
        "group {}: listener calls still run after {} ms; their messages will be delivered again",
        context_->group(), wait.count());
  }
}

void OrderlyService::adopt(ProcessQueue& queue) {
  queue.orderly = std::make_shared<OrderlyQueue>();
  queue.orderly->is_locked = true;
  queue.orderly->locked_ms = context_->now_ms();
}

void OrderlyService::submit(const ProcessQueuePtr& queue, PulledMessages messages) {
  {
    const std::scoped_lock lock(queue->orderly->mutex);
    queue->orderly->pulled.push_back(std::move(messages));
    if (queue->orderly->is_submitted) return;
    queue->orderly->is_submitted = true;
  }
  post_run(queue);
}

void OrderlyService::post_run(const ProcessQueuePtr& queue) {
  pool_.post(std::make_shared<OneCall>([this, queue] { run(queue); }));
}

void OrderlyService::run_later(const ProcessQueuePtr& queue, milliseconds delay) {
  context_->instance->timer().after(delay, [self = weak_from_this(), queue] {
    if (const auto service = self.lock()) service->post_run(queue);
  });
}

std::vector<MessageExt> OrderlyService::take(ProcessQueue& queue) {
  std::vector<MessageExt> messages;
  OrderlyQueue& state = *queue.orderly;
  const auto wanted = static_cast<std::size_t>(context_->settings.batch_max_size);
  std::unique_lock lock(state.mutex);
  while (state.pending.size() < wanted && !state.pulled.empty()) {
    const PulledMessages next = std::move(state.pulled.front());
    state.pulled.pop_front();
    // The I/O thread is not to wait meanwhile. No other thread takes any: one runs the queue.
    lock.unlock();
    auto decoded = next.decode_all(queue.queue().getBrokerName());
    lock.lock();
    std::move(decoded.begin(), decoded.end(), std::back_inserter(state.pending));
  }
  const auto count = std::min(state.pending.size(), wanted);
  for (std::size_t i = 0; i < count; ++i) {
    // One whose body cannot be read makes a batch of its own: those before it are not to wait.
    const bool is_unreadable = MessageAccess::body_error(state.pending.front()) != nullptr;
    if (is_unreadable && i > 0) break;
    messages.push_back(std::move(state.pending.front()));
    state.pending.pop_front();
    if (is_unreadable) break;
  }
  if (messages.empty()) state.is_submitted = false;
  return messages;
}

void OrderlyService::run(const ProcessQueuePtr& queue) {
  const std::scoped_lock consuming(queue->orderly->consuming_mutex);
  const auto end = SteadyClock::now() + run_max;
  while (!queue->is_dropped() && !context_->is_stopping) {
    if (!holds_lock(*queue)) return lock_then_run(queue);
    if (SteadyClock::now() > end) return run_later(queue, yield_delay);
    std::vector<MessageExt> messages = take(*queue);
    if (messages.empty()) return;
    std::int64_t suspend_ms = context_->settings.suspend_queue_ms;
    if (consume(queue, std::move(messages), suspend_ms) == Next::Suspend) {
      return run_later(queue, milliseconds(std::clamp(suspend_ms, suspend_min_ms, suspend_max_ms)));
    }
  }
}

OrderlyService::Next OrderlyService::consume(const ProcessQueuePtr& queue,
                                             std::vector<MessageExt> messages,
                                             std::int64_t& suspend_ms) {
  const std::int64_t begin_ms = context_->now_ms();
  queue->begin(messages, begin_ms);
  for (MessageExt& message : messages) {
    show_to_user(message, *context_);
    MessageAccess::set_consume_start(message, begin_ms);
  }
  if (MessageAccess::body_error(messages.front()) != nullptr) [[unlikely]] {
    context_->report(unreadable_body(messages.front()));
    queue->stats->add_consumed(0, 0, 1);
    return suspend(*queue, std::move(messages));
  }
  ConsumeOrderlyContext listener_context{.messageQueue =
                                             context_->settings.name_space.strip(queue->queue())};
  std::string thrown;
  const std::string traced = context_->trace == nullptr
                                 ? std::string()
                                 : context_->trace->consume_begins(messages, begin_ms);
  const auto status = call_listener(*context_->settings.orderly_listener, messages,
                                    listener_context, suspended, thrown);
  const bool is_success =
      status == ConsumeOrderlyStatus::SUCCESS || status == ConsumeOrderlyStatus::COMMIT;
  if (context_->trace != nullptr) {
    trace_end(*context_, traced, messages, begin_ms, is_success, !thrown.empty());
  }
  if (!thrown.empty())
    client_log().warn("the listener of group {} threw: {}", context_->group(), thrown);
  const auto count = static_cast<std::int64_t>(messages.size());
  queue->stats->add_consumed(context_->now_ms() - begin_ms, is_success ? count : 0,
                             is_success ? 0 : count);
  if (listener_context.suspendCurrentQueueTimeMillis >= 0) {
    suspend_ms = listener_context.suspendCurrentQueueTimeMillis;
  }
  return settle(*queue, std::move(messages), status, listener_context.autoCommit);
}

OrderlyService::Next OrderlyService::settle(ProcessQueue& queue, std::vector<MessageExt> messages,
                                            ConsumeOrderlyStatus status, bool auto_commit) {
  if (status == ConsumeOrderlyStatus::SUSPEND_CURRENT_QUEUE_A_MOMENT)
    return suspend(queue, std::move(messages));
  if (auto_commit) {
    if (status != ConsumeOrderlyStatus::SUCCESS) {
      client_log().warn(
          "group {}: COMMIT and ROLLBACK have no meaning with autoCommit; the messages of {} count "
          "as done",
          context_->group(), queue.queue().toString());
    }
    acknowledge(queue, messages);
    return Next::GoOn;
  }
  std::vector<MessageExt> uncommitted;
  {
    const std::scoped_lock lock(queue.orderly->mutex);
    auto& kept = queue.orderly->uncommitted;
    std::move(messages.begin(), messages.end(), std::back_inserter(kept));
    if (status == ConsumeOrderlyStatus::SUCCESS) return Next::GoOn;
    uncommitted.swap(kept);
  }
  if (status == ConsumeOrderlyStatus::COMMIT) {
    acknowledge(queue, uncommitted);
    return Next::GoOn;
  }
  put_back(queue, std::move(uncommitted));
  return Next::Suspend;
}

void OrderlyService::acknowledge(ProcessQueue& queue, const std::vector<MessageExt>& messages) {
  const std::int64_t offset = queue.remove(messages);
  if (offset >= 0 && !queue.is_dropped()) queue.offset().set(offset);
}

OrderlyService::Next OrderlyService::suspend(ProcessQueue& queue,
                                             std::vector<MessageExt> messages) {
  const int times_max = max_reconsume_times(context_->settings);
  std::vector<MessageExt> given_up;
  std::vector<MessageExt> again;
  bool is_hopeless = false;
  for (MessageExt& message : messages) {
    // The retry topic turns a message that was retried too often into a dead letter.
    // A shutdown waits for one that cannot be sent there, not for a list of them.
    if (message.getReconsumeTimes() >= times_max && !context_->is_broadcasting() &&
        !(is_hopeless && context_->is_stopping)) {
      if (send_to_retry_topic(*context_, message, message.getReconsumeTimes())) {
        given_up.push_back(std::move(message));
        continue;
      }
      is_hopeless = true;
    }
    MessageAccess::set_reconsume_times(message, message.getReconsumeTimes() + 1);
    again.push_back(std::move(message));
  }
  if (!given_up.empty()) acknowledge(queue, given_up);
  if (again.empty()) return Next::GoOn;
  put_back(queue, std::move(again));
  return Next::Suspend;
}

void OrderlyService::put_back(ProcessQueue& queue, std::vector<MessageExt> messages) {
  const std::scoped_lock lock(queue.orderly->mutex);
  auto& pending = queue.orderly->pending;
  pending.insert(pending.begin(), std::make_move_iterator(messages.begin()),
                 std::make_move_iterator(messages.end()));
}

void OrderlyService::consume_directly(MessageExt message,
                                      std::function<void(Result<std::string>)> done) {
  const auto call = [this](const MessageExt& shown, MessageQueue queue) {
    ConsumeOrderlyContext listener_context{.messageQueue = std::move(queue)};
    DirectOutcome outcome{.is_orderly = true};
    const auto status = call_listener(*context_->settings.orderly_listener, {shown},
                                      listener_context, suspended, outcome.thrown);
    outcome.auto_commit = listener_context.autoCommit;
    outcome.result = direct_result(status);
    return outcome;
  };
  consume_directly_on(pool_, *context_, std::move(message), call, std::move(done));
}

}  // namespace rocketmq::client
