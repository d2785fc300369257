#include "rocketmq/common/json_reader.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <type_traits>
#include <utility>

#include "rocketmq/common/text.hpp"

namespace rocketmq {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool is_identifier_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' || c == '$' ||
         static_cast<signed char>(c) < 0;
}

bool is_number_byte(char c) {
  return is_digit(c) || c == '+' || c == '-' || c == '.' || c == 'e' || c == 'E';
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return to_lower(x) == to_lower(y); });
}

/// Texts that stand for null where a number or a boolean is expected.
bool is_null_text(std::string_view text) {
  return text.empty() || text == "null" || text == "NULL";
}

std::string_view without_plus(std::string_view text) {
  if (text.size() > 1 && text[0] == '+' && is_digit(text[1])) text.remove_prefix(1);
  return text;
}

/// The real number without its fraction, when that fits 64 bits.
std::optional<std::int64_t> cut(double real) {
  constexpr double beyond = 9223372036854775808.0;  // 2^63
  if (!(real >= -beyond && real < beyond)) return std::nullopt;
  return static_cast<std::int64_t>(real);
}

template <class Integer>
bool fits(std::int64_t number) {
  return number >= std::numeric_limits<Integer>::min() &&
         number <= std::numeric_limits<Integer>::max();
}

}  // namespace

bool json_name_is(std::string_view written, std::string_view member) {
  if (written == member) return true;
  std::size_t at = 0;
  for (const char c : written) {
    if (c == '_' || c == '-') continue;
    if (at == member.size() || to_lower(c) != to_lower(member[at])) return false;
    ++at;
  }
  return at == member.size();
}

bool json_flag_is(std::string_view written, std::string_view member) {
  if (json_name_is(written, member)) return true;
  return written.size() > 2 && equal_ignoring_case(written.substr(0, 2), "is") &&
         json_name_is(written.substr(2), member);
}

std::optional<std::int64_t> json_key_number(std::string_view written) {
  written = without_plus(written);
  if (!written.empty() && written.back() == 'L') written.remove_suffix(1);
  if (const auto number = whole_number<std::int64_t>(written)) return number;
  double real = 0;
  const auto [stop, failure] =
      std::from_chars(written.data(), written.data() + written.size(), real);
  if (written.find('.') == std::string_view::npos || failure != std::errc{} ||
      stop != written.data() + written.size())
    return std::nullopt;
  return cut(real);
}

JsonReader::JsonReader(std::string_view text, Source source)
    : begin_(text.data()),
      at_(text.data()),
      end_(text.data() + text.size()),
      values_left_(source == Source::Trusted ? std::numeric_limits<std::size_t>::max()
                                             : values_free + text.size() / bytes_per_value),
      takes_empty_array_(source == Source::Peer) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (text.starts_with(byte_order_mark)) at_ += byte_order_mark.size();
}

bool JsonReader::fail(std::string why) {
  if (!failed_) {
    failed_ = true;
    failed_at_ = at_;
    why_ = std::move(why);
  }
  return false;
}

Error JsonReader::error() const {
  const char* const place = failed_ ? failed_at_ : at_;
  const char* const line_break =
      std::find(std::make_reverse_iterator(place), std::make_reverse_iterator(begin_), '\n').base();
  const auto is_character = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80; };
  return {ResponseCode::SystemError,
          "JSON: " + why_ + " at line " + std::to_string(std::count(begin_, place, '\n') + 1) +
              ", column " + std::to_string(std::count_if(line_break, place, is_character) + 1)};
}

// ---- Blanks and structure -----------------------------------------------------------------------

bool JsonReader::skip_blank() {
  if (failed_) return false;
  while (at_ != end_) {
    const char c = *at_;
    if (c == ' ' || (c >= '\t' && c <= '\r')) {
      ++at_;
    } else if (c != '/') {
      return true;
    } else if (!skip_comment()) {
      return false;
    }
  }
  return true;
}

bool JsonReader::skip_comment() {
  const std::string_view rest(at_, static_cast<std::size_t>(end_ - at_));
  if (rest.starts_with("//")) {
    const auto line_end = rest.find('\n');
    at_ += line_end == std::string_view::npos ? rest.size() : line_end + 1;
    return true;
  }
  if (!rest.starts_with("/*")) return fail("unexpected '/'");
  const auto close = rest.find("*/", 2);
  if (close == std::string_view::npos) return fail("unterminated comment");
  at_ += close + 2;
  return true;
}

bool JsonReader::begin_value() {
  if (!skip_blank()) return false;
  if (values_left_ == 0) return fail("too many values");
  --values_left_;
  return true;
}

JsonReader::Kind JsonReader::kind() {
  if (!skip_blank()) return Kind::Nothing;
  const char c = peek();
  if (c == '{') return Kind::Object;
  if (c == '[') return Kind::Array;
  if (c == '"' || c == '\'') return Kind::Text;
  if (is_digit(c) || c == '-' || c == '+' || c == '.') return Kind::Number;
  const char* const first = at_;
  const std::string_view word = scan_word();
  const bool is_set = at_ != end_ && *at_ == '[';
  at_ = first;
  if (word == "true" || word == "false") return Kind::Boolean;
  if (word == "null" || word == "undefined" || word == "NaN") return Kind::Null;
  if ((word == "Set" || word == "TreeSet") && is_set) return Kind::Array;
  return Kind::Nothing;
}

bool JsonReader::enter(char open) {
  is_absent_ = false;
  if (!begin_value()) return false;
  const Kind next = kind();
  if (next == Kind::Null) {
    scan_word();
    is_absent_ = true;
    return true;
  }
  if (open == '[' && next == Kind::Array) {
    scan_word();  // of a Set[…]
  } else if (open == '{' && next == Kind::Array && takes_empty_array_) {
    const char* const first = at_;
    scan_word();
    ++at_;
    if (!skip_blank()) return false;
    if (peek() == ']') {
      ++at_;
      is_absent_ = true;
      return true;
    }
    at_ = first;
    return fail("an object expected");
  } else if (next != (open == '{' ? Kind::Object : Kind::Array)) {
    return fail(next == Kind::Nothing ? "a value expected"
                : open == '{'         ? "an object expected"
                                      : "an array expected");
  }
  if (depth_ >= json_depth_max) return fail("nested too deeply");
  ++depth_;
  ++at_;
  return true;
}

bool JsonReader::next_member(std::string_view& name, std::string& scratch, bool& is_first) {
  if (!skip_blank()) return false;
  bool separated = std::exchange(is_first, false);
  if (peek() == ';' && !separated) {
    ++at_;
    separated = true;
    if (!skip_blank()) return false;
  }
  while (peek() == ',') {
    ++at_;
    separated = true;
    if (!skip_blank()) return false;
  }
  if (at_ != end_ && *at_ == '}') return false;
  if (!separated) return fail("',' or '}' expected");
  if (!read_key(name, scratch) || !skip_blank()) return false;
  if (peek() != ':') return fail("':' expected");
  ++at_;
  return true;
}

bool JsonReader::next_item(bool& is_first) {
  if (!skip_blank()) return false;
  bool separated = std::exchange(is_first, false);
  while (peek() == ',') {
    ++at_;
    separated = true;
    if (!skip_blank()) return false;
  }
  if (at_ != end_ && *at_ == ']') return false;
  if (!separated) return fail("',' or ']' expected");
  return true;
}

bool JsonReader::leave() {
  if (failed_) return false;
  --depth_;
  ++at_;
  return true;
}

bool JsonReader::end() { return skip_blank() && (at_ == end_ || fail("text behind the value")); }

// ---- Keys and strings ---------------------------------------------------------------------------

bool JsonReader::read_key(std::string_view& name, std::string& scratch) {
  const char c = peek();
  const char* const first = at_;
  if (c == '"' || c == '\'') {
    // Nearly no name has an escape.
    const char* const last =
        std::find_if(at_ + 1, end_, [c](char b) { return b == c || b == '\\'; });
    if (last != end_ && *last == c) {
      name = {first + 1, static_cast<std::size_t>(last - first - 1)};
      at_ = last + 1;
      return true;
    }
    scratch.clear();
    if (!read_string(scratch)) return false;
    name = scratch;
    return true;
  }
  if (c == '{') {
    // Not within another such key: making a text of each level doubles its escapes.
    if (std::exchange(in_object_key_, true))
      return fail("an object as key within an object as key");
    if (!skip_value()) return false;
    in_object_key_ = false;
    name = {first, static_cast<std::size_t>(at_ - first)};
    return true;
  }
  if (c == '-' || c == '+') ++at_;
  while (at_ != end_ && (is_identifier_byte(*at_) || (*at_ == '.' && is_digit(*first)))) ++at_;
  if (at_ == first) return fail("a member's name expected");
  name = {first, static_cast<std::size_t>(at_ - first)};
  return true;
}

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

// ---- Values -------------------------------------------------------------------------------------

std::string_view JsonReader::scan_word() {
  const char* const first = at_;
  while (at_ != end_ && is_identifier_byte(*at_)) ++at_;
  return {first, static_cast<std::size_t>(at_ - first)};
}

bool JsonReader::scan_number(Number& number) {
  const char* const start = at_;
  while (at_ != end_ && is_number_byte(*at_)) ++at_;
  const std::string_view text = without_plus({start, static_cast<std::size_t>(at_ - start)});
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
  if (at_ != end_ && is_identifier_byte(*at_)) {
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
  if (is_null_text(text)) {
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
  const auto value = whole_number<Integer>(without_plus(digits));
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
      const auto whole = !read.is_whole ? cut(read.real)
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
      if (is_null_text(text)) return true;
      const auto is = [&text](std::string_view word) { return equal_ignoring_case(text, word); };
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
      return equal_ignoring_case(known, name);
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

bool JsonReader::skip() { return skip_value(); }

bool JsonReader::skip_value() {
  switch (kind()) {
    case Kind::Object: return object([this](std::string_view) { return skip_value(); });
    case Kind::Array: return array([this] { return skip_value(); });
    case Kind::Text: return begin_value() && skip_string();
    case Kind::Number: {
      Number number;
      return begin_value() && scan_number(number);
    }
    case Kind::Boolean:
    case Kind::Null:
      if (!begin_value()) return false;
      scan_word();
      return true;
    case Kind::Nothing: break;
  }
  return fail("a value expected");
}

}  // namespace rocketmq
