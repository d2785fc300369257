#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace rocketmq::client {

/// yyyyMMddHHmmss in local time as ms since 1970; nothing when it is not of that form.
std::optional<std::int64_t> parse_consume_timestamp(const std::string& text);
std::string format_consume_timestamp(std::int64_t time_ms);

/// Half an hour ago, where consumption by time begins by default.
std::string default_consume_timestamp();

}  // namespace rocketmq::client
