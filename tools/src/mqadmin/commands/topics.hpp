#pragma once

#include <string>
#include <vector>

#include "mqadmin/commands/brokers.hpp"
#include "mqadmin/frame/context.hpp"
#include "rocketmq/common/topic_config.hpp"
#include "rocketmq/protocol/route_data.hpp"

namespace rocketmq::mqadmin {

/// The template of topics that producers make.
inline constexpr const char* default_topic = "TBW102";

/// `RW-`: R or -, W or -, X or -.
std::string perm_text(int perm);
/// `TopicConfig [topicName=…]`
std::string topic_text(const TopicConfig& topic);
/// JSON over many lines, indented by tabs, with bare numbers as keys, which is how scripts know it.
std::string route_text(const remoting::TopicRouteData& route);

/// Deletes a topic at these brokers of a cluster, then at the name servers, and says so. Ends at
/// the first failure.
Outcome<void> delete_topic_everywhere(Context& context, const std::string& topic,
                                      const std::string& cluster,
                                      const std::vector<Broker>& masters);

}  // namespace rocketmq::mqadmin
