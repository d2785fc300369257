#include <spdlog/logger.h>

#include <algorithm>
#include <map>
#include <utility>

#include "consumer/push/orderly_service.hpp"
#include "rocketmq/client/client_log.hpp"
#include "rocketmq/protocol/heartbeat_data.hpp"

// The part of OrderlyService that locks queues at their brokers.
namespace rocketmq::client {
namespace {

constexpr milliseconds lock_timeout{1'000};
constexpr std::int64_t lock_valid_ms = 30'000;
constexpr milliseconds upkeep_period{20'000};
constexpr milliseconds first_try_delay{100};
constexpr milliseconds granted_delay{10};
constexpr milliseconds refused_delay{3'000};
/// How long a rebalance waits for a listener call under way.
constexpr milliseconds release_wait{1'000};

remoting::RemotingCommand lock_request(const ConsumerContext& context, remoting::RequestCode code,
                                       const std::vector<MessageQueue>& queues) {
  remoting::LockBatchRequestBody body;
  body.client_id = context.instance->id();
  body.consumer_group = context.group();
  for (const MessageQueue& queue : queues) {
    body.queues.push_back({queue.getTopic(), queue.getBrokerName(), queue.getQueueId()});
  }
  return make_request(code, encode_body(body));
}

std::vector<MessageQueue> read_granted(const remoting::RemotingCommand& answer) {
  std::vector<MessageQueue> granted;
  const auto queues = remoting::decode_locked_queues(answer.body);
  if (!queues) return granted;
  for (const MessageQueueId& id : *queues)
    granted.emplace_back(id.topic, id.broker_name, id.queue_id);
  return granted;
}

bool contains(const std::vector<MessageQueue>& queues, const MessageQueue& queue) {
  return std::find(queues.begin(), queues.end(), queue) != queues.end();
}

}  // namespace

bool OrderlyService::holds_lock(const ProcessQueue& queue) const {
  if (context_->is_broadcasting()) return true;
  return queue.orderly->is_locked && context_->now_ms() - queue.orderly->locked_ms < lock_valid_ms;
}

void OrderlyService::ask_lock(const std::string& broker_name, std::vector<MessageQueue> queues,
                              std::function<void(const std::vector<MessageQueue>& granted)> done) {
  const auto address = context_->instance->routes().master_address(broker_name);
  if (!address) return done({});
  context_->instance->network().invoke_async(
      context_->instance->fast_address(*address),
      lock_request(*context_, remoting::RequestCode::LockBatchMq, queues), lock_timeout,
      [done = std::move(done)](const Result<remoting::RemotingCommand>& answer) {
        const bool is_answered = answer && answer->response_code() == ResponseCode::Success;
        done(is_answered ? read_granted(*answer) : std::vector<MessageQueue>());
      });
}

bool OrderlyService::acquire(const MessageQueue& queue) {
  if (context_->is_broadcasting()) return true;
  const auto address = context_->instance->routes().master_address(queue.getBrokerName());
  if (!address) return false;
  const auto answer = context_->instance->call(
      context_->instance->fast_address(*address),
      lock_request(*context_, remoting::RequestCode::LockBatchMq, {queue}), lock_timeout);
  const bool is_granted = answer && contains(read_granted(*answer), queue);
  if (!is_granted) client_log().info("{} is not locked for this client yet", queue.toString());
  return is_granted;
}

bool OrderlyService::release(const ProcessQueuePtr& queue) {
  const std::unique_lock consuming(queue->orderly->consuming_mutex, release_wait);
  if (!consuming.owns_lock()) {
    client_log().info("{} is still being consumed and is kept until the next rebalance",
                      queue->queue().toString());
    return false;
  }
  queue->drop();
  if (context_->is_broadcasting()) return true;
  // The offset must be stored before another member can lock the queue; both go over one
  // connection, in this order.
  context_->offsets->persist(queue->queue());
  if (const auto address =
          context_->instance->routes().master_address(queue->queue().getBrokerName())) {
    auto request = lock_request(*context_, remoting::RequestCode::UnlockBatchMq, {queue->queue()});
    context_->instance->network().invoke_oneway(context_->instance->fast_address(*address),
                                                std::move(request), lock_timeout);
  }
  return true;
}

void OrderlyService::release_all() {
  if (context_->is_broadcasting()) return;
  std::map<std::string, std::vector<MessageQueue>> by_broker;
  for (const MessageQueue& queue : context_->queues.owned())
    by_broker[queue.getBrokerName()].push_back(queue);
  std::vector<std::pair<std::string, remoting::RemotingCommand>> requests;
  for (const auto& [broker_name, queues] : by_broker) {
    if (const auto address = context_->instance->routes().master_address(broker_name)) {
      requests.emplace_back(context_->instance->fast_address(*address),
                            lock_request(*context_, remoting::RequestCode::UnlockBatchMq, queues));
    }
  }
  context_->instance->call_all(std::move(requests), lock_timeout, "unlocking queues");
}

void OrderlyService::lock_then_run(const ProcessQueuePtr& queue) {
  context_->instance->timer().after(first_try_delay, [weak = weak_from_this(), queue] {
    const auto self = weak.lock();
    if (self == nullptr) return;
    self->ask_lock(queue->queue().getBrokerName(), {queue->queue()},
                   [weak, queue](const std::vector<MessageQueue>& granted) {
                     const auto service = weak.lock();
                     if (service == nullptr) return;
                     const bool is_granted = contains(granted, queue->queue());
                     if (is_granted) queue->orderly->locked_ms = service->context_->now_ms();
                     queue->orderly->is_locked = is_granted;
                     service->run_later(queue, is_granted ? granted_delay : refused_delay);
                   });
  });
}

void OrderlyService::schedule_lock_upkeep(milliseconds delay) {
  context_->instance->timer().after(delay, [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (self == nullptr || self->context_->is_stopping) return;
    self->renew_locks();
    self->schedule_lock_upkeep(upkeep_period);
  });
}

void OrderlyService::renew_locks() {
  std::map<std::string, std::vector<MessageQueue>> by_broker;
  for (const MessageQueue& queue : context_->queues.owned())
    by_broker[queue.getBrokerName()].push_back(queue);
  for (auto& [broker_name, queues] : by_broker) {
    auto asked = queues;
    ask_lock(
        broker_name, std::move(asked),
        [context = context_, queues = std::move(queues)](const std::vector<MessageQueue>& granted) {
          for (const MessageQueue& id : queues) {
            const ProcessQueuePtr queue = context->queues.find(id);
            if (queue == nullptr) continue;
            // A broker that does not reply has not refused: the lock expires by itself.
            if (contains(granted, id)) {
              queue->orderly->locked_ms = context->now_ms();
              queue->orderly->is_locked = true;
            } else if (!granted.empty()) {
              queue->orderly->is_locked = false;
            }
          }
        });
  }
}

}  // namespace rocketmq::client
