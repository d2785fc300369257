#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// Points in time as commands print and read them (spec/admin.md §1.6), in the local time zone; ms
// since 1970.
namespace rocketmq::mqadmin {

std::int64_t now_ms();
/// yyyy-MM-dd HH:mm:ss
std::string second_text(std::int64_t time_ms);
/// yyyy-MM-dd HH:mm:ss,SSS
std::string millisecond_text(std::int64_t time_ms);
/// yyyyMMddHHmmssSSS
std::string compact_text(std::int64_t time_ms);
/// Milliseconds since 1970, or yyyy-MM-dd#HH:mm:ss:SSS; nothing for anything else.
std::optional<std::int64_t> parse_time(std::string_view text);

}  // namespace rocketmq::mqadmin
