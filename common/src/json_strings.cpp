// Strings and their escapes.
#include <algorithm>

#include "rocketmq/common/json_reader.hpp"
#include "rocketmq/common/text.hpp"

namespace rocketmq {

bool JsonReader::read_string(std::string& out) {
  const char quote = *at_++;
  while (true) {
    const char* const run = at_;
    while (at_ != end_ && *at_ != quote && *at_ != '\\') ++at_;
    out.append(run, at_);
    if (at_ == end_) return fail("unterminated string");
    if (*at_ == quote) {
      ++at_;
      return true;
    }
    if (!read_escape(out)) return false;
  }
}

bool JsonReader::skip_string() {
  const char quote = *at_++;
  std::string one;
  while (true) {
    while (at_ != end_ && *at_ != quote && *at_ != '\\') ++at_;
    if (at_ == end_) return fail("unterminated string");
    if (*at_ == quote) {
      ++at_;
      return true;
    }
    one.clear();
    if (!read_escape(one)) return false;
  }
}

bool JsonReader::read_escape(std::string& out) {
  ++at_;
  const char letter = peek();
  if (letter == 'u') return read_unicode_escape(out);
  if (letter == 'x') {
    const int high = end_ - at_ > 2 ? hex_value(at_[1]) : -1;
    const int low = high >= 0 ? hex_value(at_[2]) : -1;
    if (low < 0) return fail("malformed \\x escape");
    append_utf8(out, static_cast<std::uint32_t>(high * 16 + low));
    at_ += 3;
    return true;
  }
  constexpr std::string_view letters = "\"\\/'bfnrtv01234567";
  constexpr std::string_view meanings("\"\\/'\b\f\n\r\t\v\0\1\2\3\4\5\6\7", letters.size());
  const auto known = at_ == end_ ? std::string_view::npos : letters.find(letter);
  if (known == std::string_view::npos) return fail("unknown escape");
  out += meanings[known];
  ++at_;
  return true;
}

/// at_ is at the u of \uXXXX. Two units that make a surrogate pair are one character; a lone
/// surrogate is U+FFFD.
bool JsonReader::read_unicode_escape(std::string& out) {
  std::uint32_t point = 0;
  if (!read_code_unit(point)) return fail("malformed \\u escape");
  if (point >= 0xD800 && point <= 0xDFFF) {
    const char* const behind = at_;
    std::uint32_t low = 0;
    bool pair = false;
    if (point < 0xDC00 && peek() == '\\') {
      ++at_;
      pair = peek() == 'u' && read_code_unit(low) && low >= 0xDC00 && low <= 0xDFFF;
    }
    point = pair ? 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00) : 0xFFFD;
    if (!pair) at_ = behind;
  }
  append_utf8(out, point);
  return true;
}

bool JsonReader::read_code_unit(std::uint32_t& unit) {
  constexpr int digits = 4;
  if (end_ - at_ < 1 + digits) return false;
  for (int i = 1; i <= digits; ++i) {
    const int digit = hex_value(at_[i]);
    if (digit < 0) return false;
    unit = unit * 16 + static_cast<std::uint32_t>(digit);
  }
  at_ += 1 + digits;
  return true;
}

}  // namespace rocketmq
