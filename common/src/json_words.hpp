#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>

/// What the words and numbers of JSON are made of, for the sources of JsonReader.
namespace rocketmq::json_words {

inline bool is_digit(char c) { return c >= '0' && c <= '9'; }
inline char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

inline bool is_identifier_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' || c == '$' ||
         static_cast<signed char>(c) < 0;
}

inline bool is_number_byte(char c) {
  return is_digit(c) || c == '+' || c == '-' || c == '.' || c == 'e' || c == 'E';
}

inline bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return to_lower(x) == to_lower(y); });
}

/// Texts that stand for null where a number or a boolean is expected.
inline bool is_null_text(std::string_view text) {
  return text.empty() || text == "null" || text == "NULL";
}

inline std::string_view without_plus(std::string_view text) {
  if (text.size() > 1 && text[0] == '+' && is_digit(text[1])) text.remove_prefix(1);
  return text;
}

/// The real number without its fraction, when that fits 64 bits.
inline std::optional<std::int64_t> without_fraction(double real) {
  constexpr double beyond = 9223372036854775808.0;  // 2^63
  if (!(real >= -beyond && real < beyond)) return std::nullopt;
  return static_cast<std::int64_t>(real);
}

}  // namespace rocketmq::json_words
