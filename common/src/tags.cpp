#include "rocketmq/common/tags.hpp"

#include "rocketmq/common/unicode.hpp"

namespace rocketmq {

std::int32_t java_string_hash(std::string_view utf8) {
  std::uint32_t hash = 0;
  while (!utf8.empty()) {
    const char32_t point = next_code_point(utf8);
    if (point < 0x10000) {
      hash = 31 * hash + point;
    } else {
      const char32_t above = point - 0x10000;
      hash = 31 * hash + (0xD800 + (above >> 10));
      hash = 31 * hash + (0xDC00 + (above & 0x3FF));
    }
  }
  return static_cast<std::int32_t>(hash);
}

std::int64_t tags_code_of(std::string_view tags) {
  return tags.empty() ? 0 : java_string_hash(tags);
}

}  // namespace rocketmq
