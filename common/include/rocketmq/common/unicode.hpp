#pragma once

#include <cstdint>
#include <string_view>

namespace rocketmq {

/// Takes the next code point off the front of `utf8`; U+FFFD for a malformed byte. Undefined when
/// empty.
char32_t next_code_point(std::string_view& utf8);

}  // namespace rocketmq
