#pragma once

#include <string>

#include "rocketmq/protocol/admin_bodies.hpp"

/// Bodies of admin_bodies.hpp with the members that came with 5.x: tools of 5.x take what is
/// missing for 0, and show what they compute of it.
namespace rocketmq::remoting {

/// With the messages put a second.
std::string encode_body_5x(const TopicStatsTable& table, double topic_put_tps);
/// With the entry of each queue that is pulled next. It is not kept here: as far as a tool sees,
/// nothing is pulled that is not consumed.
std::string encode_body_5x(const ConsumeStats& stats);

}  // namespace rocketmq::remoting
