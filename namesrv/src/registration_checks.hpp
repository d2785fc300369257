#pragma once

#include <string_view>

#include "rocketmq/common/result.hpp"
#include "rocketmq/common/topic_config.hpp"
#include "route_info_manager.hpp"

namespace rocketmq::namesrv {

/// Longest broker name, cluster name or address that is taken, in bytes.
inline constexpr std::size_t registered_text_bytes_max = 255;
/// Most queues of a topic on one broker that are believed: clients make one object for each.
inline constexpr std::int32_t queue_nums_max = 65'535;

/// Refuses names and addresses that could not be published: every client would have to live with
/// them.
Result<void> check_identity(const BrokerIdentity& broker);
/// True for "host:port" without anything that JSON would escape or that clients split addresses at.
bool is_publishable_address(std::string_view address);
/// True for a topic that may enter the table. Besides valid names these are the system topics named
/// after a broker or a cluster, whose own names may contain dots.
bool is_acceptable_topic(std::string_view name, const TopicConfig& config,
                         const BrokerIdentity& broker);

}  // namespace rocketmq::namesrv
