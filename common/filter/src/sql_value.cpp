#include "rocketmq/filter/sql_value.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "rocketmq/common/text.hpp"

namespace rocketmq::sql {
namespace {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool equals_true(std::string_view text) {
  constexpr std::string_view word = "true";
  return std::equal(text.begin(), text.end(), word.begin(), word.end(),
                    [](char a, char b) { return to_lower(a) == b; });
}

template <class Integer>
std::optional<Integer> parse_integer(std::string_view text) {
  // std::from_chars knows no plus sign.
  if (text.size() > 1 && text[0] == '+' && is_digit(text[1])) text.remove_prefix(1);
  return whole_number<Integer>(text);
}

std::string_view trim_blanks(std::string_view text) {
  constexpr auto is_blank = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

/// A non-zero number that a double cannot hold: whether it is too large, else too small. `text` is
/// unsigned and well formed; its exponent may be of any length.
bool is_too_large(std::string_view text, bool hexadecimal) {
  const auto exponent_at = text.find_first_of(hexadecimal ? "pP" : "eE");
  std::string_view digits = text.substr(0, exponent_at);
  std::int64_t exponent = 0;
  if (exponent_at != std::string_view::npos) {
    std::string_view written = text.substr(exponent_at + 1);
    const bool negative = written.front() == '-';
    if (written.front() == '+' || negative) written.remove_prefix(1);
    constexpr std::int64_t huge = std::numeric_limits<std::int32_t>::max();
    for (const char c : written) exponent = std::min(exponent * 10 + (c - '0'), huge);
    if (negative) exponent = -exponent;
  }
  // Places between the point and the first digit that is not zero, to the left counted positive.
  const auto point = std::min(digits.find('.'), digits.size());
  const auto first = digits.find_first_not_of("0.");
  if (first == std::string_view::npos) return false;
  const auto places = static_cast<std::int64_t>(point) - static_cast<std::int64_t>(first);
  return exponent + places * (hexadecimal ? 4 : 1) > 0;
}

/// Unsigned, no blanks, no type suffix.
std::optional<double> parse_magnitude(std::string_view text, bool hexadecimal) {
  // std::from_chars takes "inf" and "nan" in any case and an exponent without digits differently
  // from Java: what does not begin like a number is refused here.
  if (text.empty() || (text.front() == '.' && text.size() == 1)) return std::nullopt;
  const char first = to_lower(text.front());
  if (!is_digit(first) && first != '.' && !(hexadecimal && first >= 'a' && first <= 'f')) {
    return std::nullopt;
  }
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [at, failure] = std::from_chars(
      text.data(), end, value, hexadecimal ? std::chars_format::hex : std::chars_format::general);
  if (at != end || failure == std::errc::invalid_argument) return std::nullopt;
  if (failure == std::errc::result_out_of_range) {
    return is_too_large(text, hexadecimal) ? std::numeric_limits<double>::infinity() : 0.0;
  }
  return value;
}

/// The total order of doubles that Java's Double has: -0 < 0, and NaN equals itself and is the
/// largest.
std::strong_ordering order_doubles(double left, double right) {
  if (left < right) return std::strong_ordering::less;
  if (left > right) return std::strong_ordering::greater;
  if (std::isnan(left) || std::isnan(right)) return std::isnan(left) <=> std::isnan(right);
  return std::signbit(right) <=> std::signbit(left);
}

double to_double(const Value& number) {
  return number.type() == ValueType::Double ? number.real() : static_cast<double>(number.integer());
}

/// `text` as a value of `type`, which is not Null; nothing when it is not one.
std::optional<Value> convert(std::string_view text, ValueType type) {
  switch (type) {
    case ValueType::Boolean: return Value::of_boolean(equals_true(text));
    case ValueType::Int:
      if (const auto value = parse_int(text)) return Value::of_int(*value);
      return std::nullopt;
    case ValueType::Long:
      if (const auto value = parse_long(text)) return Value::of_long(*value);
      return std::nullopt;
    case ValueType::Double:
      if (const auto value = parse_double(text)) return Value::of_double(*value);
      return std::nullopt;
    case ValueType::String: return Value::of_text(text);
    case ValueType::Null: break;
  }
  return std::nullopt;
}

/// Two numbers, the smaller type widened to the larger one.
std::strong_ordering order_numbers(const Value& left, const Value& right) {
  if (left.type() == ValueType::Double || right.type() == ValueType::Double) {
    return order_doubles(to_double(left), to_double(right));
  }
  return left.integer() <=> right.integer();
}

}  // namespace

std::optional<std::int32_t> parse_int(std::string_view text) noexcept {
  return parse_integer<std::int32_t>(text);
}

std::optional<std::int64_t> parse_long(std::string_view text) noexcept {
  return parse_integer<std::int64_t>(text);
}

std::optional<double> parse_double(std::string_view text) noexcept {
  text = trim_blanks(text);
  if (text.empty()) return std::nullopt;
  const bool negative = text.front() == '-';
  if (negative || text.front() == '+') text.remove_prefix(1);

  std::optional<double> magnitude;
  const bool hexadecimal = text.size() > 2 && text[0] == '0' && to_lower(text[1]) == 'x';
  if (text == "NaN") {
    magnitude = std::numeric_limits<double>::quiet_NaN();
  } else if (text == "Infinity") {
    magnitude = std::numeric_limits<double>::infinity();
  } else {
    const auto exponent_at = text.find_first_of("pP");
    // Java wants a hexadecimal number's exponent; without one a final f or d would be a digit.
    if (hexadecimal && exponent_at == std::string_view::npos) return std::nullopt;
    const char last = text.empty() ? '\0' : to_lower(text.back());
    if (last == 'f' || last == 'd') text.remove_suffix(1);
    magnitude = parse_magnitude(hexadecimal ? text.substr(2) : text, hexadecimal);
  }
  if (!magnitude) return std::nullopt;
  return negative ? -*magnitude : *magnitude;
}

std::optional<bool> equal(const Value& left, const Value& right) noexcept {
  if (left.is_text() && right.is_text()) {
    return left.text() == right.text();
  }
  if (left.is_text()) {
    const auto converted = convert(left.text(), right.type());
    return converted ? equal(*converted, right) : std::nullopt;
  }
  if (right.is_text()) return left.is_number() ? equal(right, left) : std::nullopt;
  if (left.is_number() && right.is_number()) return order_numbers(left, right) == 0;
  if (left.type() != right.type()) return false;
  return left.boolean() == right.boolean();
}

std::optional<std::strong_ordering> order(const Value& left, const Value& right) noexcept {
  const bool two_texts = left.is_text() && right.is_text();
  const auto as_number = [&](const Value& value, const Value& other) -> std::optional<Value> {
    if (!value.is_text()) return value;
    return convert(value.text(), two_texts ? ValueType::Double : other.type());
  };
  const auto left_number = as_number(left, right);
  const auto right_number = as_number(right, left);
  if (!left_number || !right_number) return std::nullopt;
  if (!left_number->is_number() || !right_number->is_number()) return std::nullopt;
  return order_numbers(*left_number, *right_number);
}

}  // namespace rocketmq::sql
