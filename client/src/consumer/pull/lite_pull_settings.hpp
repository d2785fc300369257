#pragma once

#include "consumer/consumer_settings.hpp"

namespace rocketmq::client {

/// Beside what it shares with a push consumer: queues are pulled ahead by the same loop.
struct LitePullSettings : PushConsumerSettings {
  LitePullSettings() { pull_batch_size = 10; }

  bool auto_commit = true;
  milliseconds auto_commit_interval{5'000};
  milliseconds poll_timeout{5'000};
  int threshold_all = 10'000;
  milliseconds broker_suspend{20'000};
  milliseconds timeout_when_suspend{30'000};
};

/// Failure: names the first setting that is wrong.
Outcome<void> check_lite_pull_consumer(const LitePullSettings& settings);

}  // namespace rocketmq::client
