#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "rocketmq/common/result.hpp"

namespace rocketmq {

/// A tree of what a JsonReader reads, for tests and tools; the daemons read bodies and files
/// without one. An object key becomes the string of its own JSON text in standard form (sorted
/// members, no white space).
Result<nlohmann::json> parse_fastjson(std::string_view text);

/// Writes JSON without white space; bytes that are not UTF-8 become U+FFFD instead of an exception.
std::string dump_json(const nlohmann::json& value);
/// The same, indented by tabs as Java's config files are.
std::string dump_json_pretty(const nlohmann::json& value);

}  // namespace rocketmq
