#pragma once

#include <cstdint>
#include <initializer_list>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "rocketmq/common/result.hpp"

namespace rocketmq {

/// Deepest nesting that parse_fastjson takes.
inline constexpr int json_depth_max = 64;

/// Reads JSON as published clients and Java's config files write it (wire.md §8): RFC 8259 plus integer keys without
/// quotes, whole objects as keys, single-quoted strings, unquoted identifiers as keys, trailing commas, comments, raw
/// control characters in strings. An object key becomes the string of its own JSON text in standard form (sorted members,
/// no white space). Errors (SystemError) name the position. Never throws, never recurses deeper than json_depth_max.
Result<nlohmann::json> parse_fastjson(std::string_view text);

/// Writes JSON without white space; bytes that are not UTF-8 become U+FFFD instead of an exception.
std::string dump_json(const nlohmann::json& value);
/// The same, indented by tabs as Java's config files are.
std::string dump_json_pretty(const nlohmann::json& value);

/// A whole number of 64 bits, also when it is written as text or as a double without a fraction.
std::optional<std::int64_t> json_number(const nlohmann::json& value);

/// Members of an object, tolerant of what clients send: numbers as strings, strings as numbers, absent or null members.
/// Each answers `fallback` when the member is absent, null or cannot be read as the type.
std::string json_text(const nlohmann::json& object, const char* member, std::string fallback = {});
std::int64_t json_int64(const nlohmann::json& object, const char* member, std::int64_t fallback = 0);
std::int32_t json_int32(const nlohmann::json& object, const char* member, std::int32_t fallback = 0);
bool json_bool(const nlohmann::json& object, const char* member, bool fallback = false);
/// An enum sent by name or by ordinal; `names` are in ordinal order. Answers the ordinal, `fallback` for what is unknown.
std::int32_t json_enum(const nlohmann::json& object, const char* member, std::initializer_list<std::string_view> names,
                       std::int32_t fallback);

}  // namespace rocketmq
