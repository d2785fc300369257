#include "consumer/consumer_context.hpp"

#include <spdlog/logger.h>

#include <exception>
#include <utility>

#include "rocketmq/client/client_log.hpp"
#include "rocketmq/client/own_code.hpp"

namespace rocketmq::client {

void Subscriptions::put(SubscriptionData data) {
  const std::scoped_lock lock(mutex_);
  std::string topic = data.topic;
  by_topic_.insert_or_assign(std::move(topic),
                             std::make_shared<const SubscriptionData>(std::move(data)));
}

void Subscriptions::remove(const std::string& topic) {
  const std::scoped_lock lock(mutex_);
  by_topic_.erase(topic);
}

SubscriptionPtr Subscriptions::find(const std::string& topic) const {
  const std::scoped_lock lock(mutex_);
  const auto found = by_topic_.find(topic);
  return found == by_topic_.end() ? nullptr : found->second;
}

std::vector<SubscriptionData> Subscriptions::all() const {
  const std::scoped_lock lock(mutex_);
  std::vector<SubscriptionData> all;
  for (const auto& [topic, data] : by_topic_) all.push_back(*data);
  return all;
}

std::set<std::string> Subscriptions::topics() const {
  const std::scoped_lock lock(mutex_);
  std::set<std::string> topics;
  for (const auto& [topic, data] : by_topic_) topics.insert(topic);
  return topics;
}

void Subscriptions::set_version(const std::string& topic, std::int64_t version) {
  const std::scoped_lock lock(mutex_);
  const auto found = by_topic_.find(topic);
  if (found == by_topic_.end()) return;
  SubscriptionData changed = *found->second;
  changed.sub_version = version;
  found->second = std::make_shared<const SubscriptionData>(std::move(changed));
}

std::vector<ProcessQueuePtr> ProcessQueues::all() const {
  const std::scoped_lock lock(mutex_);
  std::vector<ProcessQueuePtr> all;
  for (const auto& [id, queue] : queues_) all.push_back(queue);
  return all;
}

std::vector<ProcessQueuePtr> ProcessQueues::of_topic(const std::string& topic) const {
  const std::scoped_lock lock(mutex_);
  std::vector<ProcessQueuePtr> some;
  for (const auto& [id, queue] : queues_) {
    if (id.getTopic() == topic) some.push_back(queue);
  }
  return some;
}

std::set<MessageQueue> ProcessQueues::owned() const {
  const std::scoped_lock lock(mutex_);
  std::set<MessageQueue> ids;
  for (const auto& [id, queue] : queues_) ids.insert(id);
  return ids;
}

ProcessQueuePtr ProcessQueues::find(const MessageQueue& queue) const {
  const std::scoped_lock lock(mutex_);
  const auto found = queues_.find(queue);
  return found == queues_.end() ? nullptr : found->second;
}

void ProcessQueues::add(ProcessQueuePtr queue) {
  const std::scoped_lock lock(mutex_);
  MessageQueue id = queue->queue();
  queues_.insert_or_assign(std::move(id), std::move(queue));
}

void ProcessQueues::remove(const ProcessQueuePtr& queue) {
  queue->drop();
  const std::scoped_lock lock(mutex_);
  const auto found = queues_.find(queue->queue());
  if (found != queues_.end() && found->second == queue) queues_.erase(found);
}

void ProcessQueues::drop_all() {
  const std::scoped_lock lock(mutex_);
  for (const auto& [id, queue] : queues_) queue->drop();
  queues_.clear();
}

void ConsumerContext::report(const Failure& failure) const {
  // A topic full of such messages is one line a second, and as many calls as the listener takes.
  if (const auto held_back = failures_log.admit())
    client_log().error("group {}: {} (and {} such before)", group(), failure.text, *held_back);
  if (!settings.error_listener) return;
  if (reports_pending->fetch_add(1, std::memory_order_relaxed) >= reports_pending_max) {
    reports_pending->fetch_sub(1, std::memory_order_relaxed);
    return;
  }
  instance->post_callback(
      [key = this, listener = settings.error_listener, failure, pending = reports_pending] {
        const OwnCode own(key);
        pending->fetch_sub(1, std::memory_order_relaxed);
        try {
          call_with_exception(failure, listener);
        } catch (const std::exception& thrown) {
          client_log().warn("an error listener threw: {}", thrown.what());
        } catch (...) {
          client_log().warn("an error listener threw something that is no std::exception");
        }
      });
}

void trace_end(const ConsumerContext& context, const std::string& request_id,
               const std::vector<MessageExt>& messages, std::int64_t begun_ms, bool succeeded,
               bool threw) {
  TraceConsumed outcome = succeeded ? TraceConsumed::Success : TraceConsumed::Failed;
  if (threw) outcome = TraceConsumed::Exception;
  const std::int64_t now_ms = context.now_ms();
  context.trace->consume_ended(request_id, messages, now_ms - begun_ms, outcome, now_ms);
}

}  // namespace rocketmq::client
