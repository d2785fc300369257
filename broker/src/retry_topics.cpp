#include "retry_topics.hpp"

#include <random>

namespace rocketmq::broker {

std::int32_t random_queue(std::int32_t queue_nums) {
  thread_local std::minstd_rand generator(std::random_device{}());
  return queue_nums <= 1
             ? 0
             : static_cast<std::int32_t>(generator() % static_cast<std::uint32_t>(queue_nums));
}

}  // namespace rocketmq::broker
