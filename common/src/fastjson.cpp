#include "rocketmq/common/fastjson.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "rocketmq/common/text.hpp"

namespace rocketmq {
namespace {

using nlohmann::json;

/// A text may hold one value for each of so many bytes, and `values_free` at least: the tree of a
/// value takes some hundred bytes, so a body of nothing but "{},{}," would otherwise cost many
/// times its size.
constexpr std::size_t bytes_per_value = 8;
constexpr std::size_t values_free = 2'097'152;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_identifier_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' || c == '$' ||
         static_cast<signed char>(c) < 0;
}

bool is_number_byte(char c) {
  return is_digit(c) || c == '+' || c == '-' || c == '.' || c == 'e' || c == 'E';
}

/// Recursive descent, one method a construct. Each answers false after fail(), which keeps the
/// first reason.
class FastjsonParser {
 public:
  explicit FastjsonParser(std::string_view text)
      : begin_(text.data()),
        at_(text.data()),
        end_(text.data() + text.size()),
        values_left_(std::max(values_free, text.size() / bytes_per_value)) {}

  Result<json> parse() {
    json value;
    if (skip_blank() && read_value(value, 0) && skip_blank() &&
        (at_ == end_ || fail("text behind the value"))) {
      // In place: a json can be made from so much that the converting constructor is ambiguous.
      return Result<json>(boost::system::in_place_value, std::move(value));
    }
    return Error{ResponseCode::SystemError,
                 std::string("JSON: ") + failure_ + " at byte " + std::to_string(at_ - begin_)};
  }

 private:
  bool fail(const char* why) {
    failure_ = why;
    return false;
  }

  /// The byte at at_, NUL at the end; no construct begins with NUL.
  char peek() const { return at_ != end_ ? *at_ : '\0'; }
  bool take(char expected) {
    if (peek() != expected || at_ == end_) return false;
    ++at_;
    return true;
  }

  /// Passes over white space and comments.
  bool skip_blank() {
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

  bool skip_comment() {
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

  /// `depth` counts the objects and arrays around the value.
  bool read_value(json& value, int depth) {
    if (values_left_ == 0) return fail("too many values");
    --values_left_;
    const char c = peek();
    if (c == '{' || c == '[') {
      if (depth >= json_depth_max) return fail("nested too deeply");
      return c == '{' ? read_object(value, depth + 1) : read_array(value, depth + 1);
    }
    if (c == '"' || c == '\'') {
      value = std::string();
      return read_string(value.get_ref<std::string&>());
    }
    if (is_digit(c) || c == '-' || c == '+' || c == '.') return read_number(value);
    return read_word(value);
  }

  bool read_object(json& value, int depth) {
    ++at_;
    value = json::object();
    while (true) {
      if (!skip_blank()) return false;
      if (take('}')) return true;
      std::string key;
      if (!read_key(key, depth) || !skip_blank()) return false;
      if (!take(':')) return fail("':' expected");
      if (!skip_blank() || !read_value(value[std::move(key)], depth) || !skip_blank()) return false;
      if (take(',')) continue;
      if (peek() != '}') return fail("',' or '}' expected");
    }
  }

  bool read_array(json& value, int depth) {
    ++at_;
    value = json::array();
    while (true) {
      if (!skip_blank()) return false;
      if (take(']')) return true;
      json& item = value.emplace_back();
      if (!read_value(item, depth) || !skip_blank()) return false;
      if (take(',')) continue;
      if (peek() != ']') return fail("',' or ']' expected");
    }
  }

  bool read_key(std::string& key, int depth) {
    const char c = peek();
    if (c == '"' || c == '\'') return read_string(key);
    if (c == '{') return read_object_key(key, depth);
    const char* const first = at_;
    if (c == '-') ++at_;
    while (at_ != end_ && is_identifier_byte(*at_)) ++at_;
    if (at_ == first) return fail("a member's name expected");
    key.assign(first, at_);
    return true;
  }

  /// A key that is an object becomes its own text. Not within another such key: each level would
  /// escape the quotes of the level below, so that the text doubles with every one.
  bool read_object_key(std::string& key, int depth) {
    if (std::exchange(in_object_key_, true))
      return fail("an object as key within an object as key");
    json object;
    if (!read_value(object, depth)) return false;
    in_object_key_ = false;
    key = dump_json(object);
    return true;
  }

  bool read_string(std::string& out) {
    const char quote = *at_++;
    while (true) {
      const char* const run = at_;
      while (at_ != end_ && *at_ != quote && *at_ != '\\') ++at_;
      out.append(run, at_);
      if (at_ == end_) return fail("unterminated string");
      if (*at_ == quote) return take(quote);
      if (!read_escape(out)) return false;
    }
  }

  bool read_escape(std::string& out) {
    ++at_;
    const char letter = peek();
    if (letter == 'u') return read_unicode_escape(out);
    constexpr std::string_view letters = "\"\\/'bfnrtv";
    constexpr std::string_view meanings = "\"\\/'\b\f\n\r\t\v";
    const auto known = at_ == end_ ? std::string_view::npos : letters.find(letter);
    if (known == std::string_view::npos) return fail("unknown escape");
    out += meanings[known];
    ++at_;
    return true;
  }

  /// at_ is at the u of \uXXXX. Two units that make a surrogate pair are one character; a lone
  /// surrogate is U+FFFD.
  bool read_unicode_escape(std::string& out) {
    std::uint32_t point = 0;
    if (!read_code_unit(point)) return fail("malformed \\u escape");
    if (point >= 0xD800 && point <= 0xDFFF) {
      const char* const behind = at_;
      std::uint32_t low = 0;
      const bool pair = point < 0xDC00 && take('\\') && peek() == 'u' && read_code_unit(low) &&
                        low >= 0xDC00 && low <= 0xDFFF;
      point = pair ? 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00) : 0xFFFD;
      if (!pair) at_ = behind;
    }
    append_utf8(out, point);
    return true;
  }

  bool read_code_unit(std::uint32_t& unit) {
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

  /// Whole numbers stay whole up to 64 bits (offsets are beyond what a double holds); larger ones
  /// become doubles.
  bool read_number(json& value) {
    const char* first = at_;
    while (at_ != end_ && is_number_byte(*at_)) ++at_;
    const char* const last = at_;
    if (*first == '+') ++first;
    std::int64_t whole = 0;
    if (const auto [stop, failure] = std::from_chars(first, last, whole);
        stop == last && failure == std::errc{}) {
      value = whole;
      return true;
    }
    std::uint64_t large = 0;
    if (const auto [stop, failure] = std::from_chars(first, last, large);
        stop == last && failure == std::errc{}) {
      value = large;
      return true;
    }
    double real = 0;
    if (const auto [stop, failure] = std::from_chars(first, last, real);
        stop == last && failure == std::errc{}) {
      value = real;
      return true;
    }
    return fail("malformed number");
  }

  bool read_word(json& value) {
    const char* const first = at_;
    while (at_ != end_ && is_identifier_byte(*at_)) ++at_;
    const std::string_view word(first, static_cast<std::size_t>(at_ - first));
    if (word == "true" || word == "false") {
      value = word == "true";
    } else if (word == "null" || word == "NaN") {
      value = nullptr;
    } else {
      at_ = first;
      return fail("a value expected");
    }
    return true;
  }

  const char* const begin_;
  const char* at_;
  const char* const end_;
  std::size_t values_left_;
  bool in_object_key_ = false;
  const char* failure_ = "";
};

/// The member, or null when `object` is no object or has no such member.
const json* find_member(const json& object, const char* member) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(member);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

}  // namespace

Result<json> parse_fastjson(std::string_view text) { return FastjsonParser(text).parse(); }

std::string dump_json(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string dump_json_pretty(const json& value) {
  return value.dump(1, '\t', false, json::error_handler_t::replace);
}

std::optional<std::int64_t> json_number(const json& value) {
  if (value.is_string()) return whole_number<std::int64_t>(value.get_ref<const std::string&>());
  if (value.is_number_unsigned()) {
    const auto large = value.get<std::uint64_t>();
    if (large > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
      return std::nullopt;
    return static_cast<std::int64_t>(large);
  }
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (!value.is_number_float()) return std::nullopt;
  constexpr double exact_max = 9007199254740992.0;  // 2^53
  const double real = value.get<double>();
  if (!(std::abs(real) <= exact_max) || real != std::trunc(real)) return std::nullopt;
  return static_cast<std::int64_t>(real);
}

std::string json_text(const json& object, const char* member, std::string fallback) {
  const json* const value = find_member(object, member);
  if (value == nullptr || value->is_structured()) return fallback;
  return value->is_string() ? value->get_ref<const std::string&>() : dump_json(*value);
}

std::int64_t json_int64(const json& object, const char* member, std::int64_t fallback) {
  const json* const value = find_member(object, member);
  return value == nullptr ? fallback : json_number(*value).value_or(fallback);
}

std::int32_t json_int32(const json& object, const char* member, std::int32_t fallback) {
  using Limits = std::numeric_limits<std::int32_t>;
  const std::int64_t number = json_int64(object, member, fallback);
  return number < Limits::min() || number > Limits::max() ? fallback
                                                          : static_cast<std::int32_t>(number);
}

bool json_bool(const json& object, const char* member, bool fallback) {
  const json* const value = find_member(object, member);
  if (value == nullptr) return fallback;
  if (value->is_boolean()) return value->get<bool>();
  if (value->is_string()) {
    constexpr std::string_view yes = "true";
    const std::string& text = value->get_ref<const std::string&>();
    return std::equal(text.begin(), text.end(), yes.begin(), yes.end(),
                      [](char given, char lower) { return (given | 0x20) == lower; });
  }
  return json_number(*value).value_or(fallback ? 1 : 0) != 0;
}

std::int32_t json_enum(const json& object, const char* member,
                       std::initializer_list<std::string_view> names, std::int32_t fallback) {
  const json* const value = find_member(object, member);
  if (value == nullptr) return fallback;
  if (value->is_string()) {
    const auto found = std::find(names.begin(), names.end(), value->get_ref<const std::string&>());
    if (found != names.end()) return static_cast<std::int32_t>(found - names.begin());
  }
  const auto ordinal = json_number(*value);
  const bool known = ordinal && *ordinal >= 0 && *ordinal < static_cast<std::int64_t>(names.size());
  return known ? static_cast<std::int32_t>(*ordinal) : fallback;
}

}  // namespace rocketmq
