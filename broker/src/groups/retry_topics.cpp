#include "groups/retry_topics.hpp"

#include <random>

namespace rocketmq::broker {

Result<TopicShape> find_or_create_retry(TopicConfigManager& topics,
                                        const SubscriptionGroupConfig& group, bool unit_mode,
                                        Budget::Peer maker) {
  constexpr std::int32_t has_unit_subscription = 0x2;
  const std::string topic = retry_topic_of(group.group_name);
  if (const auto grown = topics.grow(topic, group.retry_queue_nums)) return *grown;
  return topics.find_or_create(topic, group.retry_queue_nums, perm::read_write,
                               unit_mode ? has_unit_subscription : 0, maker);
}

std::int32_t random_queue(std::int32_t queue_nums) {
  thread_local std::minstd_rand generator(std::random_device{}());
  return queue_nums <= 1
             ? 0
             : static_cast<std::int32_t>(generator() % static_cast<std::uint32_t>(queue_nums));
}

}  // namespace rocketmq::broker
