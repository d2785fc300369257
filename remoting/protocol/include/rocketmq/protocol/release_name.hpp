#pragma once

#include <cstdint>
#include <string>

namespace rocketmq::remoting {

/// The release whose ordinal a frame's `version` is, as tools print it: "V4_9_8", or
/// "V3_2_6_SNAPSHOT". Beyond the last one that has a number: "HIGHER_VERSION"
/// (spec/wire.md §2.4).
std::string release_name(std::int32_t version);

}  // namespace rocketmq::remoting
