#include "message/validators.hpp"

#include <ctime>
#include <string_view>

#include "consumer/consume_timestamp.hpp"
#include "consumer/pull/lite_pull_consumer_impl.hpp"
#include "consumer/pull/pull_consumer_impl.hpp"
#include "instance/name_servers.hpp"
#include "message/compression.hpp"
#include "message/message_access.hpp"
#include "rocketmq/common/message_properties.hpp"
#include "rocketmq/common/names.hpp"

namespace rocketmq::client {
namespace {

constexpr std::size_t group_bytes_max = 255;
constexpr int message_illegal = static_cast<int>(ResponseCode::MessageIllegal);
/// Room that the properties which the client adds itself take: UNIQ_KEY, TRAN_MSG, PGROUP.
constexpr std::size_t own_properties_bytes_max = 256;

bool has_legal_characters(std::string_view name) {
  // is_valid_name also bounds the length; groups may be longer than topics.
  while (name.size() > name_bytes_max) {
    if (!is_valid_name(name.substr(0, name_bytes_max))) return false;
    name.remove_prefix(name_bytes_max);
  }
  return is_valid_name(name);
}

}  // namespace

Outcome<void> check_group(const std::string& group, const std::string& default_group,
                          const std::string& what) {
  if (group.empty()) return client_failure("the specified group is blank");
  if (group.size() > group_bytes_max) {
    return client_failure("the specified group is longer than group max length 255.");
  }
  if (!has_legal_characters(group)) {
    return client_failure("the specified group[" + group +
                          "] contains illegal characters, allowing only ^[%|a-zA-Z0-9_-]+$");
  }
  if (group == default_group) {
    return client_failure(what + " can not equal " + default_group +
                          ", please specify another one.");
  }
  return {};
}

Outcome<void> check_topic(const std::string& topic) {
  if (topic.empty()) return client_failure("The specified topic is blank");
  if (topic.size() > name_bytes_max) {
    return client_failure("The specified topic is longer than topic max length 127.");
  }
  if (!is_valid_name(topic)) {
    return client_failure("The specified topic[" + topic +
                          "] contains illegal characters, allowing only ^[%|a-zA-Z0-9_-]+$");
  }
  return {};
}

Outcome<void> check_message(const Message& message, int body_bytes_max) {
  if (auto topic = check_topic(message.getTopic()); !topic) return topic.error();
  if (is_forbidden_to_send(message.getTopic())) {
    return client_failure("Sending message to topic[" + message.getTopic() + "] is forbidden.");
  }
  if (message.getBody().empty())
    return client_failure("the message body length is zero", message_illegal);
  if (message.getBody().size() > static_cast<std::size_t>(body_bytes_max)) {
    return client_failure(
        "the message body size over max value, MAX: " + std::to_string(body_bytes_max),
        message_illegal);
  }
  if (MessageAccess::properties(message).size() + own_properties_bytes_max > properties_bytes_max) {
    return client_failure(
        "the message properties size over max value, MAX: " + std::to_string(properties_bytes_max),
        message_illegal);
  }
  return {};
}

Outcome<void> check_batch(const std::vector<Message>& messages, int body_bytes_max) {
  if (messages.empty()) return client_failure("the batch holds no message");
  const Message& first = messages.front();
  if (is_retry_topic(first.getTopic()))
    return client_failure("Retry Group is not supported for batching");
  std::size_t bytes = 0;
  for (const Message& message : messages) {
    if (auto checked = check_message(message, body_bytes_max); !checked) return checked.error();
    if (message.getTopic() != first.getTopic()) {
      return client_failure("The topic of the messages in one batch should be the same");
    }
    if (message.isWaitStoreMsgOK() != first.isWaitStoreMsgOK()) {
      return client_failure("The waitStoreMsgOK of the messages in one batch should the same");
    }
    if (message.getDelayTimeLevel() > 0)
      return client_failure("TimeDelayLevel is not supported for batching");
    bytes += message.getBody().size();
  }
  if (bytes > static_cast<std::size_t>(body_bytes_max)) {
    return client_failure(
        "the message body size over max value, MAX: " + std::to_string(body_bytes_max),
        message_illegal);
  }
  return {};
}

Outcome<void> check_producer(const ProducerSettings& settings) {
  if (auto group =
          check_group(settings.group, std::string(names::default_producer_group), "producerGroup");
      !group) {
    return group.error();
  }
  if (auto client = check_client(settings); !client) return client.error();
  if (auto topic = check_topic(settings.create_topic_key); !topic) return topic.error();
  return check_ranges(
      {{"sendMsgTimeout", settings.send_timeout.count(), 1, int_setting_max},
       {"retryTimesWhenSendFailed", settings.retry_times, 0, int_setting_max - 1},
       {"retryTimesWhenSendAsyncFailed", settings.retry_times_async, 0, int_setting_max},
       {"maxMessageSize", settings.max_message_size, 1, 1 << 30},
       {"compressMsgBodyOverHowmuch", settings.compress_over_bytes, 0, int_setting_max},
       {"compressLevel", settings.compress_level, 0, compression_level_max(settings.compress_type)},
       {"defaultTopicQueueNums", settings.default_topic_queue_nums, 1, 65535}});
}

Outcome<void> check_ranges(std::initializer_list<SettingRange> ranges) {
  for (const SettingRange& range : ranges) {
    if (range.value >= range.min && range.value <= range.max) continue;
    return client_failure(std::string(range.name) + " Out of range [" + std::to_string(range.min) +
                          ", " + std::to_string(range.max) + "]: " + std::to_string(range.value));
  }
  return {};
}

Outcome<void> check_client(const ClientSettings& settings) {
  if (const auto list = parse_name_servers(settings.effective_namesrv_addr()); !list) {
    return list.error();
  }
  return check_ranges(
      {{"pollNameServerInterval", settings.poll_name_server_interval.count(), 1, int_setting_max},
       {"heartbeatBrokerInterval", settings.heartbeat_interval.count(), 1, int_setting_max},
       {"persistConsumerOffsetInterval", settings.persist_offset_interval.count(), 1,
        int_setting_max},
       {"mqClientApiTimeout", settings.api_timeout.count(), 1, int_setting_max},
       {"pullTimeDelayMillsWhenException", settings.pull_delay_after_failure.count(), 0,
        int_setting_max},
       {"clientCallbackExecutorThreads", settings.callback_threads, 1, 1000}});
}

namespace {

/// What every consumer that the client pulls for must have.
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
  // -1 stands for none.
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

}  // namespace

Outcome<void> check_push_consumer(const PushConsumerSettings& settings) {
  if (settings.concurrent_listener == nullptr && settings.orderly_listener == nullptr) {
    return client_failure("messageListener is null");
  }
  return check_managed_consumer(settings);
}

namespace {

/// The times of pulls that wait for messages, which two kinds of consumer have.
template <class Settings>
Outcome<void> check_waiting_pulls(const Settings& settings) {
  auto ranges = check_ranges(
      {{"brokerSuspendMaxTimeMillis", settings.broker_suspend.count(), 0, int_setting_max},
       {"consumerTimeoutMillisWhenSuspend", settings.timeout_when_suspend.count(), 1,
        int_setting_max}});
  if (!ranges) return ranges.error();
  if (settings.timeout_when_suspend < settings.broker_suspend) {
    return client_failure(
        "Long polling mode, the consumer consumerTimeoutMillisWhenSuspend must greater than "
        "brokerSuspendMaxTimeMillis");
  }
  return {};
}

}  // namespace

Outcome<void> check_pull_consumer(const PullConsumerSettings& settings) {
  if (auto group =
          check_group(settings.group, std::string(names::default_consumer_group), "consumerGroup");
      !group) {
    return group.error();
  }
  if (settings.strategy == nullptr) return client_failure("allocateMessageQueueStrategy is null");
  if (auto client = check_client(settings); !client) return client.error();
  if (auto times = check_waiting_pulls(settings); !times) return times.error();
  return check_ranges(
      {{"consumerPullTimeoutMillis", settings.pull_timeout.count(), 1, int_setting_max},
       {"maxReconsumeTimes", settings.max_reconsume_times, -1, int_setting_max}});
}

Outcome<void> check_lite_pull_consumer(const LitePullSettings& settings) {
  if (auto checked = check_managed_consumer(settings); !checked) return checked.error();
  if (auto times = check_waiting_pulls(settings); !times) return times.error();
  return check_ranges(
      {{"autoCommitIntervalMillis", settings.auto_commit_interval.count(), 1'000, 1 << 30},
       {"pollTimeoutMillis", settings.poll_timeout.count(), 0, int_setting_max},
       {"pullThresholdForAll", settings.threshold_all, 1, 6'553'500}});
}

}  // namespace rocketmq::client
