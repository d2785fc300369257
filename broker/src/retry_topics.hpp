#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "rocketmq/common/names.hpp"
#include "rocketmq/common/subscription_group_config.hpp"
#include "rocketmq/common/sys_flag.hpp"
#include "rocketmq/remoting/remoting_command.hpp"
#include "topic_config_manager.hpp"

namespace rocketmq::broker {

/// How often a message may be consumed again before it is a dead letter: the client's limit when it
/// is recent enough to send one, else the group's (broker.md §7.2).
inline std::int32_t max_reconsume_times(const SubscriptionGroupConfig& group,
                                        std::optional<std::int32_t> from_client,
                                        std::int32_t client_version) {
  if (from_client && client_version >= remoting::version::v3_4_9) return *from_client;
  return group.retry_max_times;
}

/// %DLQ%<group>, made readable as well, so that dead letters can be looked at.
inline Result<TopicShape> find_or_create_dlq(TopicConfigManager& topics, std::string_view group) {
  return topics.find_or_create(dlq_topic_of(group), 1, perm::read_write);
}

/// %RETRY%<group>. `unit_mode` marks it as a unit's.
inline Result<TopicShape> find_or_create_retry(TopicConfigManager& topics,
                                               const SubscriptionGroupConfig& group,
                                               bool unit_mode) {
  constexpr std::int32_t has_unit_subscription = 0x2;
  return topics.find_or_create(retry_topic_of(group.group_name), group.retry_queue_nums,
                               perm::read_write, unit_mode ? has_unit_subscription : 0);
}

/// A queue index, taken at random from 0…`queue_nums`-1.
std::int32_t random_queue(std::int32_t queue_nums);

}  // namespace rocketmq::broker
