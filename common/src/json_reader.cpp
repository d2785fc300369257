// Where the reader is, and the structure of a text: blanks, objects, arrays.
#include "rocketmq/common/json_reader.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

#include "json_words.hpp"

namespace rocketmq {

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
  if (json_words::is_digit(c) || c == '-' || c == '+' || c == '.') return Kind::Number;
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
  while (at_ != end_ &&
         (json_words::is_identifier_byte(*at_) || (*at_ == '.' && json_words::is_digit(*first))))
    ++at_;
  if (at_ == first) return fail("a member's name expected");
  name = {first, static_cast<std::size_t>(at_ - first)};
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
