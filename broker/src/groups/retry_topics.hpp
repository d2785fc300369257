#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "rocketmq/common/names.hpp"
#include "rocketmq/common/subscription_group_config.hpp"
#include "rocketmq/common/sys_flag.hpp"
#include "rocketmq/protocol/remoting_command.hpp"
#include "topics/topic_config_manager.hpp"

namespace rocketmq::broker {

/// How often a message may be consumed again before it is a dead letter: the client's limit when it
/// is recent enough to send one, else the group's (spec/broker.md §7.2).
inline std::int32_t max_reconsume_times(const SubscriptionGroupConfig& group,
                                        std::optional<std::int32_t> from_client,
                                        std::int32_t client_version) {
  if (from_client && client_version >= remoting::version::v3_4_9) return *from_client;
  return group.retry_max_times;
}

/// %DLQ%<group>, made readable as well, so that dead letters can be looked at.
inline Result<TopicShape> find_or_create_dlq(TopicConfigManager& topics, std::string_view group,
                                             Budget::Peer maker) {
  return topics.find_or_create(dlq_topic_of(group), 1, perm::read_write, 0, maker);
}

/// %RETRY%<group>, with at least as many queues as the group is set to. `unit_mode` marks it as a
/// unit's.
Result<TopicShape> find_or_create_retry(TopicConfigManager& topics,
                                        const SubscriptionGroupConfig& group, bool unit_mode,
                                        Budget::Peer maker);

/// A queue index, taken at random from those below `queue_nums`.
std::int32_t random_queue(std::int32_t queue_nums);
/// The same of a topic: of the queues that consumers read.
inline std::int32_t random_queue(const TopicShape& topic) {
  return random_queue(topic.queues_that_are_read());
}
/// The same of a retry topic, of which the group wants to use no more than its retryQueueNums.
inline std::int32_t random_queue(const TopicShape& retry, const SubscriptionGroupConfig& group) {
  return random_queue(std::min(retry.queues_that_are_read(), group.retry_queue_nums));
}

}  // namespace rocketmq::broker
