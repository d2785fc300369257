#pragma once

#include <map>
#include <memory>
#include <string>

#include "consumer/consumer_settings.hpp"
#include "rocketmq/DefaultMQPullConsumer.h"

namespace rocketmq::client {

/// What a pull consumer is set to. Written by the public setters, copied by start().
struct PullConsumerSettings : ConsumerSettings {
  milliseconds broker_suspend{20'000};
  milliseconds timeout_when_suspend{30'000};
  milliseconds pull_timeout{10'000};
  /// Topics of which the consumer takes its share; the listener may be null.
  std::map<std::string, std::shared_ptr<MessageQueueListener>> registered_topics;
};

/// The times of pulls that wait for messages, which two kinds of consumer have. Failure: names the
/// first one that is wrong.
Outcome<void> check_waiting_pulls(milliseconds broker_suspend, milliseconds timeout_when_suspend);
/// Failure: names the first setting that is wrong.
Outcome<void> check_pull_consumer(const PullConsumerSettings& settings);

}  // namespace rocketmq::client
