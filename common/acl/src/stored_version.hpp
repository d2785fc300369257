#pragma once

#include <yaml-cpp/yaml.h>

#include <cstdint>

#include "rocketmq/common/data_version.hpp"
#include "rocketmq/common/text.hpp"

namespace rocketmq::acl {

/// The key dataVersion, which requests write; what is malformed counts as none.
inline DataVersion stored_version(const YAML::Node& list) {
  DataVersion version;
  if (!list.IsDefined() || !list.IsSequence() || list.size() == 0 || !list[0].IsMap())
    return version;
  const auto number = [&list](const char* key) {
    const YAML::Node node = list[0][key];
    return node.IsDefined() && node.IsScalar()
               ? whole_number<std::int64_t>(node.Scalar()).value_or(0)
               : 0;
  };
  version.counter = number("counter");
  version.timestamp_ms = number("timestamp");
  return version;
}

}  // namespace rocketmq::acl
