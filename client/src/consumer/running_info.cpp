#include <nlohmann/json.hpp>
#include <string>

#include "consumer/managed_consumer.hpp"
#include "consumer/pull/pull_consumer_impl.hpp"
#include "consumer/push/orderly_service.hpp"
#include "consumer/subscription.hpp"
#include "rocketmq/client/offset_table_json.hpp"
#include "rocketmq/common/fastjson.hpp"

// What consumers report of themselves: GET_CONSUMER_RUNNING_INFO (spec/wire-requests.md
// G.10).
namespace rocketmq::client {
namespace {

nlohmann::json properties_of(const ConsumerContext& context, remoting::ConsumeType type,
                             const ConsumeService& service, std::int64_t started_ms) {
  std::string name_servers;
  for (const std::string& address : context.instance->name_servers().addresses())
    name_servers += address + ";";
  const PushConsumerSettings& settings = context.settings;
  return {{"PROP_NAMESERVER_ADDR", name_servers},
          {"PROP_CONSUME_TYPE", std::string(remoting::to_string(type))},
          {"PROP_CLIENT_VERSION", "V4_9_8"},
          {"PROP_CONSUMEORDERLY", service.is_orderly() ? "true" : "false"},
          {"PROP_THREADPOOL_CORE_SIZE", std::to_string(service.threads())},
          {"PROP_CONSUMER_START_TIMESTAMP", std::to_string(started_ms)},
          {"consumerGroup", settings.group},
          {"messageModel", settings.model == CLUSTERING ? "CLUSTERING" : "BROADCASTING"},
          {"consumeMessageBatchMaxSize", std::to_string(settings.batch_max_size)},
          {"pullBatchSize", std::to_string(settings.pull_batch_size)},
          {"pullInterval", std::to_string(settings.pull_interval_ms)},
          {"pullThresholdForQueue", std::to_string(settings.threshold_messages)},
          {"pullThresholdSizeForQueue", std::to_string(settings.threshold_mebibytes)},
          {"pullThresholdForTopic", std::to_string(settings.threshold_topic_messages)},
          {"pullThresholdSizeForTopic", std::to_string(settings.threshold_topic_mebibytes)},
          {"postSubscriptionWhenPull", settings.post_subscription_when_pull ? "true" : "false"},
          {"maxReconsumeTimes", std::to_string(settings.max_reconsume_times)},
          {"suspendCurrentQueueTimeMillis", std::to_string(settings.suspend_queue_ms)},
          {"consumeTimeout", std::to_string(settings.consume_timeout_minutes)},
          {"consumeConcurrentlyMaxSpan", std::to_string(settings.max_span)},
          {"consumeThreadMin", std::to_string(settings.thread_min)},
          {"consumeThreadMax", std::to_string(settings.thread_max)},
          {"instanceName", settings.instance_name}};
}

nlohmann::json queue_info(const ProcessQueue& queue) {
  const CachedMessages cached = queue.cached();
  const OrderlyQueue* orderly = queue.orderly.get();
  // What an orderly listener consumed with autoCommit=false and has not committed yet.
  std::size_t uncommitted = 0;
  std::int64_t uncommitted_min = 0;
  std::int64_t uncommitted_max = 0;
  if (orderly != nullptr) {
    const std::scoped_lock lock(queue.orderly->mutex);
    uncommitted = orderly->uncommitted.size();
    if (uncommitted > 0) {
      uncommitted_min = orderly->uncommitted.front().getQueueOffset();
      uncommitted_max = orderly->uncommitted.back().getQueueOffset();
    }
  }
  return {{"cachedMsgCount", cached.count},
          {"cachedMsgMinOffset", cached.min_offset},
          {"cachedMsgMaxOffset", cached.max_offset},
          {"cachedMsgSizeInMiB", cached.bytes / mebibyte},
          {"commitOffset", queue.offset().get()},
          {"droped", queue.is_dropped()},
          {"lastConsumeTimestamp", queue.last_consume_ms()},
          {"lastPullTimestamp", queue.last_pull_ms()},
          {"lastLockTimestamp", orderly == nullptr ? 0 : orderly->locked_ms.load()},
          {"locked", orderly != nullptr && orderly->is_locked.load()},
          {"transactionMsgCount", uncommitted},
          {"transactionMsgMinOffset", uncommitted_min},
          {"transactionMsgMaxOffset", uncommitted_max},
          {"tryUnlockTimes", 0}};
}

nlohmann::json status_info(const TopicFigures& figures) {
  return {{"consumeFailedMsgs", figures.consume_failed},
          {"consumeFailedTPS", figures.consume_failed_tps},
          {"consumeOKTPS", figures.consume_ok_tps},
          {"consumeRT", figures.consume_rt_ms},
          {"pullRT", figures.pull_rt_ms},
          {"pullTPS", figures.pull_tps}};
}

}  // namespace

std::string ManagedConsumer::running_info() const {
  std::string queues;
  for (const ProcessQueuePtr& queue : context_->queues.all()) {
    if (!queues.empty()) queues += ',';
    // A queue is a whole object as key, which no JSON library writes.
    queues += encode_queue(queue->queue()) + ":" + dump_json(queue_info(*queue));
  }
  std::string subscriptions;
  nlohmann::json status = nlohmann::json::object();
  for (const SubscriptionData& data : context_->subscriptions.all()) {
    if (!subscriptions.empty()) subscriptions += ',';
    subscriptions += encode_subscription(data);
    status[data.topic] = status_info(context_->stats.figures(data.topic, context_->now_ms()));
  }
  return "{\"mqTable\":{" + queues + "},\"properties\":" +
         dump_json(properties_of(*context_, consume_type(), *service_, started_ms_)) +
         ",\"statusTable\":" + dump_json(status) + ",\"subscriptionSet\":[" + subscriptions + "]}";
}

std::string PullConsumerImpl::running_info() const {
  std::string name_servers;
  for (const std::string& address : instance_->name_servers().addresses())
    name_servers += address + ";";
  const nlohmann::json properties{{"PROP_NAMESERVER_ADDR", name_servers},
                                  {"PROP_CONSUME_TYPE", "CONSUME_ACTIVELY"},
                                  {"PROP_CLIENT_VERSION", "V4_9_8"},
                                  {"PROP_CONSUMER_START_TIMESTAMP", std::to_string(started_ms_)},
                                  {"consumerGroup", settings_.group}};
  std::string subscriptions;
  for (const SubscriptionData& data : heartbeat_data().subscriptions) {
    if (!subscriptions.empty()) subscriptions += ',';
    subscriptions += encode_subscription(data);
  }
  return R"({"mqTable":{},"properties":)" + dump_json(properties) +
         R"(,"statusTable":{},"subscriptionSet":[)" + subscriptions + "]}";
}

}  // namespace rocketmq::client
