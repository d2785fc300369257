#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

namespace rocketmq::sql {

/// What an operand of a filter expression can be. A property is a String or, when the message has
/// no such property, Null; the other kinds come from literals and from conditions.
enum class ValueType : std::uint8_t { Null, Boolean, Int, Long, Double, String };

/// One operand. Trivial on purpose: the evaluation keeps a stack of them that is not initialised.
/// A String is a view of the message's properties or of the expression's own literals.
class Value {
 public:
  Value() = default;
  static constexpr Value null() { return Value(ValueType::Null, 0, {.integer = 0}); }
  static constexpr Value of_boolean(bool value) {
    return Value(ValueType::Boolean, 0, {.boolean = value});
  }
  static constexpr Value of_int(std::int32_t value) {
    return Value(ValueType::Int, 0, {.integer = value});
  }
  static constexpr Value of_long(std::int64_t value) {
    return Value(ValueType::Long, 0, {.integer = value});
  }
  static constexpr Value of_double(double value) {
    return Value(ValueType::Double, 0, {.real = value});
  }
  /// At most 4 GiB of text.
  static constexpr Value of_text(std::string_view value) {
    return Value(ValueType::String, static_cast<std::uint32_t>(value.size()),
                 {.text = value.data()});
  }

  ValueType type() const { return type_; }
  bool is_null() const { return type_ == ValueType::Null; }
  bool is_text() const { return type_ == ValueType::String; }
  bool is_number() const { return type_ >= ValueType::Int && type_ <= ValueType::Double; }
  bool is_true() const { return type_ == ValueType::Boolean && content_.boolean; }
  bool is_false() const { return type_ == ValueType::Boolean && !content_.boolean; }

  /// Each of these only when the type is the one that it names.
  bool boolean() const { return content_.boolean; }
  /// Of an Int, which fits 32 bits, or a Long.
  std::int64_t integer() const { return content_.integer; }
  double real() const { return content_.real; }
  std::string_view text() const { return {content_.text, text_bytes_}; }

 private:
  union Content {
    bool boolean;
    std::int64_t integer;
    double real;
    const char* text;
  };

  constexpr Value(ValueType type, std::uint32_t text_bytes, Content content)
      : type_(type), text_bytes_(text_bytes), content_(content) {}

  ValueType type_;
  std::uint32_t text_bytes_;
  Content content_;
};

/// Text as Java reads a 32- or 64-bit integer: an optional sign and decimal digits, nothing else.
std::optional<std::int32_t> parse_int(std::string_view text) noexcept;
std::optional<std::int64_t> parse_long(std::string_view text) noexcept;
/// Text as Java reads a double: blanks around it, a sign, NaN, Infinity, decimal or hexadecimal
/// digits, an exponent, a final f or d. Too large is infinite, too small is zero.
std::optional<double> parse_double(std::string_view text) noexcept;

/// Equality of two values that are not Null: text is compared as text with text, and converted to
/// the type of anything else (spec/broker.md §10.4). A number never equals a condition. Nothing
/// when the text cannot be converted, and for a condition with text on its right.
std::optional<bool> equal(const Value& left, const Value& right) noexcept;

/// Order of two values that are not Null: text is converted to the type of the number on the other
/// side, two texts to doubles. Nothing when it cannot be converted, or for conditions.
std::optional<std::strong_ordering> order(const Value& left, const Value& right) noexcept;

}  // namespace rocketmq::sql
