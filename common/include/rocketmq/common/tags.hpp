#pragma once

#include <cstdint>
#include <string_view>

namespace rocketmq {

/// Java's String.hashCode of UTF-8 text: h = 31·h + c over UTF-16 code units, in 32-bit wrap-around
/// arithmetic. Malformed UTF-8 counts as U+FFFD, as Java's decoder makes it.
std::int32_t java_string_hash(std::string_view utf8);

/// What a ConsumeQueue unit stores for a message's TAGS: 0 without tags, else the sign-extended
/// hash of the whole text.
std::int64_t tags_code_of(std::string_view tags);

}  // namespace rocketmq
