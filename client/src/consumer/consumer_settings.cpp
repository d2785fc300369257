#include "consumer/consumer_settings.hpp"

#include "rocketmq/client/name_checks.hpp"
#include "rocketmq/client/setting_checks.hpp"
#include "rocketmq/common/names.hpp"

namespace rocketmq::client {

Outcome<void> check_managed_consumer(const PushConsumerSettings& settings) {
  if (auto group =
          check_group(settings.group, std::string(names::default_consumer_group), "consumerGroup");
      !group) {
    return group.error();
  }
  if (settings.strategy == nullptr) return client_failure("allocateMessageQueueStrategy is null");
  if (!parse_consume_timestamp(settings.consume_timestamp)) {
    return client_failure(
        "consumeTimestamp is invalid, the valid format is yyyyMMddHHmmss, but received " +
        settings.consume_timestamp);
  }
  if (auto client = check_client(settings); !client) return client.error();
  // -1 means none.
  const auto or_none = [](int value) { return value == -1 ? 1 : value; };
  auto ranges = check_ranges(
      {{"consumeThreadMin", settings.thread_min, 1, 1000},
       {"consumeThreadMax", settings.thread_max, 1, 1000},
       {"consumeConcurrentlyMaxSpan", settings.max_span, 1, 65535},
       {"pullThresholdForQueue", settings.threshold_messages, 1, 65535},
       {"pullThresholdSizeForQueue", settings.threshold_mebibytes, 1, 1024},
       {"pullThresholdForTopic", or_none(settings.threshold_topic_messages), 1, 6'553'500},
       {"pullThresholdSizeForTopic", or_none(settings.threshold_topic_mebibytes), 1, 102'400},
       {"pullInterval", settings.pull_interval_ms, 0, 65535},
       {"consumeMessageBatchMaxSize", settings.batch_max_size, 1, 1024},
       {"pullBatchSize", settings.pull_batch_size, 1, 1024},
       {"maxReconsumeTimes", settings.max_reconsume_times, -1, int_setting_max},
       {"suspendCurrentQueueTimeMillis", settings.suspend_queue_ms, 10, 30'000},
       {"consumeTimeout", settings.consume_timeout_minutes, 1, 1 << 20},
       {"awaitTerminationMillisWhenShutdown", settings.await_termination_ms, 0, int_setting_max}});
  if (!ranges) return ranges.error();
  if (settings.thread_min > settings.thread_max) {
    return client_failure("consumeThreadMin (" + std::to_string(settings.thread_min) +
                          ") is larger than consumeThreadMax (" +
                          std::to_string(settings.thread_max) + ")");
  }
  return {};
}

Outcome<void> check_push_consumer(const PushConsumerSettings& settings) {
  if (settings.concurrent_listener == nullptr && settings.orderly_listener == nullptr) {
    return client_failure("messageListener is null");
  }
  return check_managed_consumer(settings);
}

}  // namespace rocketmq::client
