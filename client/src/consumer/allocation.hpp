#pragma once

#include <optional>
#include <string>
#include <vector>

#include "consumer/consumer_settings.hpp"
#include "instance/client_instance.hpp"
#include "rocketmq/MessageQueue.h"

namespace rocketmq::client {

/// The queues of a topic, and those of them that are this client's.
struct Allocation {
  std::vector<MessageQueue> all;
  std::vector<MessageQueue> mine;
};

/// Decides which queues of a topic are this client's: all for broadcasting, else what the strategy
/// says of the group's present members. Nothing when the route or the members are not known:
/// everything stays as it is. Asks a broker.
std::optional<Allocation> allocate_queues(ClientInstance& instance,
                                          const ConsumerSettings& settings,
                                          const std::string& topic);

}  // namespace rocketmq::client
