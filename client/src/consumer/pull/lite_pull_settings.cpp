#include "consumer/pull/lite_pull_settings.hpp"

#include "consumer/pull/pull_consumer_settings.hpp"
#include "rocketmq/client/setting_checks.hpp"

namespace rocketmq::client {

Outcome<void> check_lite_pull_consumer(const LitePullSettings& settings) {
  if (auto checked = check_managed_consumer(settings); !checked) return checked.error();
  if (auto times = check_waiting_pulls(settings.broker_suspend, settings.timeout_when_suspend);
      !times)
    return times.error();
  return check_ranges(
      {{"autoCommitIntervalMillis", settings.auto_commit_interval.count(), 1'000, 1 << 30},
       {"pollTimeoutMillis", settings.poll_timeout.count(), 0, int_setting_max},
       {"pullThresholdForAll", settings.threshold_all, 1, 6'553'500}});
}

}  // namespace rocketmq::client
