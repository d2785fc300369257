#include "topics/lost_topics.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>

#include "limits.hpp"
#include "rocketmq/common/names.hpp"
#include "rocketmq/common/sys_flag.hpp"

namespace rocketmq::broker {

Result<void> restore_lost_topics(store::MessageReader& store, TopicConfigManager& topics) {
  store.wait_until_dispatched();
  std::map<std::string, std::int32_t> lost;
  for (const auto& queue : store.queues()) {
    if (!is_valid_name(queue.topic) || topics.shape_of(queue.topic)) continue;
    // Java brokers make a queue's directory before its first entry, and leave it after its last
    // one.
    const auto bounds = store.queue_bounds(queue.topic, queue.queue_id);
    if (bounds.max_offset <= bounds.min_offset) continue;
    std::int32_t& queue_nums = lost[queue.topic];
    queue_nums = std::max(queue_nums, std::min(queue.queue_id + 1, limits::queues_per_topic_max));
  }
  for (const auto& [topic, queue_nums] : lost) {
    spdlog::warn("topic {} is in the store but not in the table of topics; made again, {} queues",
                 topic, queue_nums);
    if (auto made = topics.find_or_create(topic, queue_nums, perm::read_write); !made)
      return made.error();
  }
  return {};
}

}  // namespace rocketmq::broker
