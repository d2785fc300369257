#include "consumer/pull/pull_consumer_settings.hpp"

#include "rocketmq/client/name_checks.hpp"
#include "rocketmq/client/setting_checks.hpp"
#include "rocketmq/common/names.hpp"

namespace rocketmq::client {

Outcome<void> check_waiting_pulls(milliseconds broker_suspend, milliseconds timeout_when_suspend) {
  auto ranges = check_ranges(
      {{"brokerSuspendMaxTimeMillis", broker_suspend.count(), 0, int_setting_max},
       {"consumerTimeoutMillisWhenSuspend", timeout_when_suspend.count(), 1, int_setting_max}});
  if (!ranges) return ranges.error();
  if (timeout_when_suspend < broker_suspend) {
    return client_failure(
        "Long polling mode, the consumer consumerTimeoutMillisWhenSuspend must greater than "
        "brokerSuspendMaxTimeMillis");
  }
  return {};
}

Outcome<void> check_pull_consumer(const PullConsumerSettings& settings) {
  if (auto group =
          check_group(settings.group, std::string(names::default_consumer_group), "consumerGroup");
      !group) {
    return group.error();
  }
  if (settings.strategy == nullptr) return client_failure("allocateMessageQueueStrategy is null");
  if (auto client = check_client(settings); !client) return client.error();
  if (auto times = check_waiting_pulls(settings.broker_suspend, settings.timeout_when_suspend);
      !times)
    return times.error();
  return check_ranges(
      {{"consumerPullTimeoutMillis", settings.pull_timeout.count(), 1, int_setting_max},
       {"maxReconsumeTimes", settings.max_reconsume_times, -1, int_setting_max}});
}

}  // namespace rocketmq::client
