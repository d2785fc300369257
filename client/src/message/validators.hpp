#pragma once

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <string>
#include <vector>

#include "instance/failure.hpp"
#include "instance/settings.hpp"
#include "rocketmq/Message.h"

namespace rocketmq::client {

struct LitePullSettings;
struct PullConsumerSettings;

/// A number that a user sets, and which values it may have.
struct SettingRange {
  const char* name;
  std::int64_t value;
  std::int64_t min;
  std::int64_t max;
};
/// For settings that have no bound but their type's.
inline constexpr std::int64_t int_setting_max = std::numeric_limits<int>::max();

/// Checks of what the user hands over; each failure says what is wrong with what.

/// Not blank, at most 255 bytes, legal characters, and not the default name of the kind of client.
Outcome<void> check_group(const std::string& group, const std::string& default_group,
                          const std::string& what);
/// Not blank, at most 127 bytes, legal characters.
Outcome<void> check_topic(const std::string& topic);
/// A topic that may be sent to, a body of 1…`body_bytes_max` bytes, and properties that fit.
Outcome<void> check_message(const Message& message, int body_bytes_max);
/// One topic, equal wait flags, no delay, no retry topic, not empty, and each message by
/// check_message.
Outcome<void> check_batch(const std::vector<Message>& messages, int body_bytes_max);
/// Names the first setting that is out of its range.
Outcome<void> check_ranges(std::initializer_list<SettingRange> ranges);
/// What all kinds of client have: name servers that can be read, times and numbers in their ranges.
Outcome<void> check_client(const ClientSettings& settings);
Outcome<void> check_producer(const ProducerSettings& settings);
/// The settings that all managed consumers have, and those of polling.
Outcome<void> check_lite_pull_consumer(const LitePullSettings& settings);
Outcome<void> check_pull_consumer(const PullConsumerSettings& settings);
Outcome<void> check_push_consumer(const PushConsumerSettings& settings);

}  // namespace rocketmq::client
