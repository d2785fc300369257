#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "rocketmq/common/data_version.hpp"
#include "rocketmq/common/fastjson.hpp"

namespace rocketmq::broker {

/// The data version of a table that has none of its own, as JSON, for slaves of 5.x, which need one
/// (spec/ha.md §6). `count` grows with each response, so that none takes the table for unchanged.
inline std::string version_for_slave(std::int64_t now_ms, std::int64_t count) {
  return dump_json(nlohmann::json(DataVersion{.timestamp_ms = now_ms, .counter = count}));
}

}  // namespace rocketmq::broker
