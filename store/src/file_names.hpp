#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rocketmq::store {

/// Name of a CommitLog or ConsumeQueue file: the position of its first byte in its stream, 20
/// digits.
std::string file_name_of(std::int64_t base);
/// The whole text as a decimal number without sign; nothing for anything else.
std::optional<std::int64_t> parse_number(std::string_view text);

}  // namespace rocketmq::store
