#include <nlohmann/json.hpp>
#include <string>

#include "offset_table_json.hpp"
#include "push_consumer_impl.hpp"
#include "rocketmq/common/fastjson.hpp"

// The part of PushConsumerImpl that reports on itself: GET_CONSUMER_RUNNING_INFO (wire-requests.md
// G.10).
namespace rocketmq::client {
namespace {

constexpr std::size_t mebibyte = 1024 * 1024;

nlohmann::json properties_of(const ConsumerContext& context, bool is_orderly,
                             std::int64_t started_ms) {
  std::string name_servers;
  for (const std::string& address : context.instance->name_servers().addresses())
    name_servers += address + ";";
  const PushConsumerSettings& settings = context.settings;
  return {{"PROP_NAMESERVER_ADDR", name_servers},
          {"PROP_CONSUME_TYPE", "CONSUME_PASSIVELY"},
          {"PROP_CLIENT_VERSION", "V4_9_8"},
          {"PROP_CONSUMEORDERLY", is_orderly ? "true" : "false"},
          {"PROP_THREADPOOL_CORE_SIZE", std::to_string(settings.thread_min)},
          {"PROP_CONSUMER_START_TIMESTAMP", std::to_string(started_ms)},
          {"consumerGroup", settings.group},
          {"messageModel", settings.model == CLUSTERING ? "CLUSTERING" : "BROADCASTING"},
          {"consumeMessageBatchMaxSize", std::to_string(settings.batch_max_size)},
          {"pullBatchSize", std::to_string(settings.pull_batch_size)},
          {"pullInterval", std::to_string(settings.pull_interval_ms)},
          {"pullThresholdForQueue", std::to_string(settings.threshold_messages)},
          {"pullThresholdSizeForQueue", std::to_string(settings.threshold_mebibytes)},
          {"consumeConcurrentlyMaxSpan", std::to_string(settings.max_span)},
          {"consumeThreadMin", std::to_string(settings.thread_min)},
          {"consumeThreadMax", std::to_string(settings.thread_max)},
          {"instanceName", settings.instance_name}};
}

nlohmann::json queue_info(const ProcessQueue& queue, bool is_orderly) {
  const CachedMessages cached = queue.cached();
  return {{"cachedMsgCount", cached.count},
          {"cachedMsgMinOffset", cached.min_offset},
          {"cachedMsgMaxOffset", cached.max_offset},
          {"cachedMsgSizeInMiB", cached.bytes / mebibyte},
          {"commitOffset", queue.offset().get()},
          {"droped", queue.is_dropped()},
          {"lastConsumeTimestamp", queue.last_consume_ms()},
          {"lastPullTimestamp", queue.last_pull_ms()},
          {"lastLockTimestamp", 0},
          {"locked", is_orderly},
          {"transactionMsgCount", 0},
          {"transactionMsgMinOffset", 0},
          {"transactionMsgMaxOffset", 0},
          {"tryUnlockTimes", 0}};
}

nlohmann::json subscription_info(const SubscriptionData& data) {
  return {{"classFilterMode", data.class_filter_mode},
          {"codeSet", data.code_set},
          {"expressionType", data.expression_type},
          {"subString", data.sub_string},
          {"subVersion", data.sub_version},
          {"tagsSet", data.tags_set},
          {"topic", data.topic}};
}

}  // namespace

std::string PushConsumerImpl::running_info() const {
  std::string queues;
  for (const ProcessQueuePtr& queue : context_->queues.all()) {
    if (!queues.empty()) queues += ',';
    // A queue is a whole object as key, which no JSON library writes.
    queues +=
        encode_queue(queue->queue()) + ":" + dump_json(queue_info(*queue, service_->is_orderly()));
  }
  nlohmann::json subscriptions = nlohmann::json::array();
  for (const SubscriptionData& data : context_->subscriptions.all())
    subscriptions.push_back(subscription_info(data));
  return "{\"mqTable\":{" + queues + "},\"properties\":" +
         dump_json(properties_of(*context_, service_->is_orderly(), started_ms_)) +
         ",\"statusTable\":{},\"subscriptionSet\":" + dump_json(subscriptions) + "}";
}

}  // namespace rocketmq::client
