#include "rocketmq/common/unicode.hpp"

namespace rocketmq {
namespace {

constexpr char32_t replacement = 0xFFFD;

bool is_continuation(std::string_view text, std::size_t at) {
  return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80;
}

}  // namespace

char32_t next_code_point(std::string_view& utf8) {
  const auto lead = static_cast<unsigned char>(utf8[0]);
  if (lead < 0x80) {
    utf8.remove_prefix(1);
    return lead;
  }
  const std::size_t length = lead >= 0xF0 && lead <= 0xF4  ? 4
                             : lead >= 0xE0 && lead < 0xF0 ? 3
                             : lead >= 0xC2 && lead < 0xE0 ? 2
                                                           : 0;
  if (length == 0) {
    utf8.remove_prefix(1);
    return replacement;
  }
  char32_t point = lead & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if (!is_continuation(utf8, i)) {
      utf8.remove_prefix(i);
      return replacement;
    }
    point = (point << 6) | (static_cast<unsigned char>(utf8[i]) & 0x3FU);
  }
  constexpr char32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
  utf8.remove_prefix(length);
  return point < smallest[length] || surrogate || point > 0x10FFFF ? replacement : point;
}

}  // namespace rocketmq
