// Numbers, booleans, texts and enums, and what stands for them.
#include <algorithm>
#include <charconv>
#include <limits>
#include <type_traits>

#include "json_words.hpp"
#include "rocketmq/common/json_reader.hpp"
#include "rocketmq/common/text.hpp"

namespace rocketmq {

namespace {

template <class Integer>
bool fits(std::int64_t number) {
  return number >= std::numeric_limits<Integer>::min() &&
         number <= std::numeric_limits<Integer>::max();
}

}  // namespace

std::string_view JsonReader::scan_word() {
  const char* const first = at_;
  while (at_ != end_ && json_words::is_identifier_byte(*at_)) ++at_;
  return {first, static_cast<std::size_t>(at_ - first)};
}

bool JsonReader::scan_number(Number& number) {
  const char* const start = at_;
  while (at_ != end_ && json_words::is_number_byte(*at_)) ++at_;
  const std::string_view text =
      json_words::without_plus({start, static_cast<std::size_t>(at_ - start)});
  const char* const first = text.data();
  const char* const last = at_;
  number.text = text;
  const auto [whole_stop, whole_failure] = std::from_chars(first, last, number.whole);
  if (whole_stop == last && whole_failure != std::errc::invalid_argument) {
    number.is_whole = true;
    number.fits = whole_failure == std::errc{};
  }
  const auto [stop, failure] = std::from_chars(first, last, number.real);
  if (stop != last || failure == std::errc::invalid_argument) {
    at_ = start;
    return fail("malformed number");
  }
  if (failure != std::errc{}) number.real = std::numeric_limits<double>::infinity();
  const char suffix = peek();
  if (suffix == 'D' || suffix == 'F') {
    number.is_whole = false;
    ++at_;
  } else if ((suffix == 'L' || suffix == 'S' || suffix == 'B') && number.is_whole) {
    ++at_;
  }
  if (at_ != end_ && json_words::is_identifier_byte(*at_)) {
    at_ = start;
    return fail("malformed number");
  }
  return true;
}

template <class Integer>
bool JsonReader::number_of_text(Integer& number, bool& was_null) {
  const char* const first = at_;
  std::string text;
  if (!read_string(text)) return false;
  if (json_words::is_null_text(text)) {
    was_null = true;
    return true;
  }
  std::erase(text, ',');
  std::string_view digits = text;
  if constexpr (std::is_same_v<Integer, std::int32_t>) {
    if (const auto point = digits.find('.');
        point != std::string_view::npos &&
        digits.find_first_not_of('0', point + 1) == std::string_view::npos)
      digits = digits.substr(0, point);
  }
  const auto value = whole_number<Integer>(json_words::without_plus(digits));
  if (!value) {
    at_ = first;
    return fail("a number expected instead of the text '" + text.substr(0, 64) + "'");
  }
  number = *value;
  return true;
}

template <class Integer>
bool JsonReader::read_integer(Integer& number, bool& was_null) {
  if (!begin_value()) return false;
  const char* const first = at_;
  switch (kind()) {
    case Kind::Null:
      scan_word();
      was_null = true;
      return true;
    case Kind::Text: return number_of_text(number, was_null);
    case Kind::Boolean:
      if constexpr (std::is_same_v<Integer, std::int32_t>) {
        number = scan_word() == "true" ? 1 : 0;
        return true;
      }
      return fail("a number expected");
    case Kind::Number: {
      Number read;
      if (!scan_number(read)) return false;
      const auto whole = !read.is_whole ? json_words::without_fraction(read.real)
                         : read.fits    ? std::optional(read.whole)
                                        : std::nullopt;
      if (!whole || !fits<Integer>(*whole)) {
        at_ = first;
        return fail("the number does not fit " + std::to_string(sizeof(Integer) * 8) + " bits");
      }
      number = static_cast<Integer>(*whole);
      return true;
    }
    default: return fail("a number expected");
  }
}

bool JsonReader::read(std::int32_t& number) {
  bool was_null = false;
  return read_integer(number, was_null);
}

bool JsonReader::read(std::int64_t& number) {
  bool was_null = false;
  return read_integer(number, was_null);
}

bool JsonReader::read_required(std::int64_t& number) {
  bool was_null = false;
  return read_integer(number, was_null) && (!was_null || fail("a number expected instead of null"));
}

bool JsonReader::read(bool& value) {
  if (!begin_value()) return false;
  const char* const first = at_;
  switch (kind()) {
    case Kind::Null: scan_word(); return true;
    case Kind::Boolean: value = scan_word() == "true"; return true;
    case Kind::Number: {
      Number read;
      if (!scan_number(read)) return false;
      value = read.real == 1;
      return true;
    }
    case Kind::Text: {
      std::string text;
      if (!read_string(text)) return false;
      if (json_words::is_null_text(text)) return true;
      const auto is = [&text](std::string_view word) {
        return json_words::equal_ignoring_case(text, word);
      };
      if (is("true") || is("y") || text == "T" || text == "1") {
        value = true;
      } else if (is("false") || is("f") || text == "N" || text == "0") {
        value = false;
      } else {
        at_ = first;
        return fail("true or false expected instead of the text '" + text.substr(0, 64) + "'");
      }
      return true;
    }
    default: return fail("true or false expected");
  }
}

bool JsonReader::read(std::string& text) {
  switch (kind()) {
    case Kind::Null: return skip();
    case Kind::Text:
      if (!begin_value()) return false;
      text.clear();
      return read_string(text);
    default: {
      const char* const first = at_;
      if (!skip()) return false;
      text.assign(first, at_);
      return true;
    }
  }
}

bool JsonReader::read(std::optional<std::string>& text) {
  if (kind() == Kind::Null) return skip();
  text.emplace();
  return read(*text);
}

bool JsonReader::read_ordinal(std::int32_t& ordinal,
                              std::initializer_list<std::string_view> names) {
  if (kind() == Kind::Text) {
    std::string name;
    if (!read(name)) return false;
    const auto found = std::find_if(names.begin(), names.end(), [&](std::string_view known) {
      return json_words::equal_ignoring_case(known, name);
    });
    if (found != names.end()) ordinal = static_cast<std::int32_t>(found - names.begin());
    return true;
  }
  if (const Kind next = kind(); next != Kind::Number && next != Kind::Null)
    return fail("a name expected");
  const char* const first = at_;
  std::int32_t number = ordinal;
  if (!read(number)) return false;
  if (number < 0 || number >= static_cast<std::int32_t>(names.size())) {
    at_ = first;
    return fail("no value has the number " + std::to_string(number));
  }
  ordinal = number;
  return true;
}

bool JsonReader::read_number_text(std::string_view& text, bool& is_whole) {
  if (!begin_value()) return false;
  if (kind() != Kind::Number) return fail("a number expected");
  Number number;
  if (!scan_number(number)) return false;
  text = number.text;
  is_whole = number.is_whole;
  return true;
}

}  // namespace rocketmq
