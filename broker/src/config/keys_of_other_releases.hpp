#pragma once

#include <string>
#include <vector>

namespace rocketmq::broker {

/// Keys that published brokers know and this one has no use for: they size thread pools and buffers
/// that do not exist here, or switch features that are not offered. Files that carry them must keep
/// working, without a warning each.
std::vector<std::string> keys_of_other_releases();

}  // namespace rocketmq::broker
