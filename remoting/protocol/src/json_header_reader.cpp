#include <array>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

#include "header_codec.hpp"
#include "json_scan.hpp"
#include "rocketmq/common/text.hpp"

namespace rocketmq::remoting::detail {
namespace {

/// The version and the language that a header without these members means.
constexpr std::int32_t default_version = 0;
constexpr LanguageCode default_language = LanguageCode::Java;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Writes `point` as UTF-8 and returns the position after it.
char* put_utf8(char* to, std::uint32_t point) {
  const auto tail = [](std::uint32_t bits) { return static_cast<char>(0x80 | (bits & 0x3F)); };
  if (point < 0x80) {
    *to++ = static_cast<char>(point);
  } else if (point < 0x800) {
    *to++ = static_cast<char>(0xC0 | (point >> 6));
    *to++ = tail(point);
  } else if (point < 0x10000) {
    *to++ = static_cast<char>(0xE0 | (point >> 12));
    *to++ = tail(point >> 6);
    *to++ = tail(point);
  } else {
    *to++ = static_cast<char>(0xF0 | (point >> 18));
    *to++ = tail(point >> 12);
    *to++ = tail(point >> 6);
    *to++ = tail(point);
  }
  return to;
}

/// Reads one header in a single pass over a copy of its text, which becomes the buffer of the
/// command's FieldMap: keys and values are registered where they lie. Escapes are undone in place,
/// since what they stand for is never longer.
///
/// The copy is a std::string, so *end_ is a readable NUL, which no token begins with: single bytes
/// need no bounds check.
class JsonHeaderReader {
 public:
  JsonHeaderReader(std::string_view text, RemotingCommand& command) : command_(command) {
    std::string& buffer = command.ext_fields.buffer();
    buffer.reserve(text.size() + scan_padding_bytes);
    buffer.assign(text).append(scan_padding_bytes, '\0');
    begin_ = buffer.data();
    at_ = begin_;
    end_ = begin_ + text.size();
  }

  Result<void> read() {
    command_.language = default_language;
    command_.version = default_version;
    const bool whole =
        read_object([this](std::string_view key) { return read_member(key); }) && reached_end();
    if (whole) return {};
    return Error{ResponseCode::SystemError, std::string("JSON frame header: ") + failure_ +
                                                " at byte " + std::to_string(at_ - begin_)};
  }

 private:
  bool fail(const char* why) {
    failure_ = why;
    return false;
  }

  bool step() {
    ++at_;
    return true;
  }

  void skip_space() {
    while (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t') ++at_;
  }

  bool reached_end() {
    skip_space();
    return at_ == end_ || fail("text behind the object");
  }

  /// Reads `{"key":value,…}`; read_value(key) reads each value, standing at its first byte.
  template <class ReadValue>
  bool read_object(ReadValue&& read_value) {
    skip_space();
    if (*at_ != '{') return fail("'{' expected");
    ++at_;
    skip_space();
    if (*at_ == '}') return step();
    while (true) {
      std::string_view key;
      if (!read_string(key)) return false;
      skip_space();
      if (*at_ != ':') return fail("':' expected");
      ++at_;
      skip_space();
      if (!read_value(key)) return false;
      skip_space();
      if (*at_ == '}') return step();
      if (*at_ != ',') return fail("',' or '}' expected");
      ++at_;
      skip_space();
    }
  }

  bool read_member(std::string_view key) {
    if (key == "code") return read_int32(command_.code);
    if (key == "extFields") return read_ext_fields();
    if (key == "flag") return read_int32(command_.flag);
    if (key == "language") return read_language();
    if (key == "opaque") return read_int32(command_.opaque);
    if (key == "version") return read_int32(command_.version);
    if (key == "remark") return read_remark();
    return skip_value(1);
  }

  bool read_ext_fields() {
    if (*at_ == 'n') return read_word("null");
    command_.has_ext_fields = true;
    return read_object([this](std::string_view key) {
      std::string_view value;
      bool is_null = false;
      if (!read_scalar(value, is_null)) return false;
      if (is_null) return true;
      FieldMap& fields = command_.ext_fields;
      if (fields.size() == ext_fields_max) return fail("too many extFields");
      fields.add_appended(offset_of(key), key.size(), offset_of(value), value.size());
      return true;
    });
  }

  std::size_t offset_of(std::string_view text) const {
    return static_cast<std::size_t>(text.data() - begin_);
  }

  bool read_remark() {
    std::string_view text;
    bool is_null = false;
    if (!read_scalar(text, is_null)) return false;
    command_.remark = text;
    return true;
  }

  bool read_language() {
    std::string_view text;
    bool is_null = false;
    const bool by_name = *at_ == '"';
    if (!read_scalar(text, is_null)) return false;
    if (is_null) return true;
    std::int64_t ordinal = -1;
    if (by_name) {
      command_.language = language_from_name(text);
    } else {
      std::from_chars(text.data(), text.data() + text.size(), ordinal);
      command_.language = language_from_ordinal(ordinal);
    }
    return true;
  }

  /// A number, or a string that holds one; null leaves the default.
  bool read_int32(std::int32_t& value) {
    std::string_view text;
    bool is_null = false;
    if (!read_scalar(text, is_null)) return false;
    if (is_null) return true;
    const char* const last = text.data() + text.size();
    const auto [stop, failure] = std::from_chars(text.data(), last, value);
    return (failure == std::errc{} && stop == last) || fail("no 32-bit number");
  }

  /// The text of any value: a string's content, everything else as it is written. `is_null` is set
  /// for null alone.
  bool read_scalar(std::string_view& text, bool& is_null) {
    if (*at_ == '"') return read_string(text);
    const char* const first = at_;
    is_null = *at_ == 'n';
    if (!skip_value(1)) return false;
    text = is_null ? std::string_view()
                   : std::string_view(first, static_cast<std::size_t>(at_ - first));
    return true;
  }

  /// Reads a string and undoes its escapes in place. Bytes that are not UTF-8 and raw control bytes
  /// are kept.
  bool read_string(std::string_view& content) {
    if (*at_ != '"') return fail("'\"' expected");
    char* const first = ++at_;
    at_ = find_string_special(at_, end_);
    char* to = at_;
    while (*at_ == '\\') {
      if (!read_escape(to)) return false;
      char* const run_end = find_string_special(at_, end_);
      const auto run_bytes = static_cast<std::size_t>(run_end - at_);
      std::memmove(to, at_, run_bytes);
      to += run_bytes;
      at_ = run_end;
    }
    if (at_ == end_) return fail("unterminated string");
    ++at_;
    content = {first, static_cast<std::size_t>(to - first)};
    return true;
  }

  /// at_ is at a backslash; writes what the escape stands for at `to`, and moves both on.
  bool read_escape(char*& to) {
    const char letter = at_[1];
    if (letter == 'u') return read_unicode_escape(to);
    char plain = 0;
    switch (letter) {
      case '"':
      case '\\':
      case '/':
      case '\'': plain = letter; break;
      case 'b': plain = '\b'; break;
      case 'f': plain = '\f'; break;
      case 'n': plain = '\n'; break;
      case 'r': plain = '\r'; break;
      case 't': plain = '\t'; break;
      default: return fail("unknown escape");
    }
    *to++ = plain;
    at_ += 2;
    return true;
  }

  /// \uXXXX, or two of them that make a surrogate pair. A lone surrogate becomes U+FFFD.
  bool read_unicode_escape(char*& to) {
    std::uint32_t point = 0;
    if (!read_code_unit(point)) return fail("malformed \\u escape");
    if (point >= 0xD800 && point <= 0xDFFF) {
      char* const behind = at_;
      std::uint32_t low = 0;
      if (point < 0xDC00 && at_[0] == '\\' && at_[1] == 'u' && read_code_unit(low) &&
          low >= 0xDC00 && low <= 0xDFFF) {
        point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
      } else {
        at_ = behind;
        point = 0xFFFD;
      }
    }
    to = put_utf8(to, point);
    return true;
  }

  /// Reads \uXXXX at at_; on failure at_ stays. The padding is no hexadecimal digit, so the end
  /// stops it.
  bool read_code_unit(std::uint32_t& unit) {
    constexpr int escape_bytes = 6;
    std::uint32_t value = 0;
    for (int i = 2; i < escape_bytes; ++i) {
      const int digit = hex_value(at_[i]);
      if (digit < 0) return false;
      value = value * 16 + static_cast<std::uint32_t>(digit);
    }
    unit = value;
    at_ += escape_bytes;
    return true;
  }

  /// Passes over a value of any type; `depth` counts the objects and arrays around it.
  bool skip_value(int depth) {
    switch (*at_) {
      case '"': return skip_string();
      case '{':
        if (depth >= header_depth_max) return fail("nested too deeply");
        return skip_sequence('}', [this, depth] { return skip_pair(depth + 1); });
      case '[':
        if (depth >= header_depth_max) return fail("nested too deeply");
        return skip_sequence(']', [this, depth] { return skip_value(depth + 1); });
      case 't': return read_word("true");
      case 'f': return read_word("false");
      case 'n': return read_word("null");
      default: return skip_number();
    }
  }

  bool skip_pair(int depth) {
    if (!skip_string()) return false;
    skip_space();
    if (*at_ != ':') return fail("':' expected");
    ++at_;
    skip_space();
    return skip_value(depth);
  }

  /// Passes over an object or array, standing at its bracket; skip_item() passes over each item.
  template <class SkipItem>
  bool skip_sequence(char closing, SkipItem&& skip_item) {
    ++at_;
    skip_space();
    if (*at_ == closing) return step();
    while (true) {
      if (!skip_item()) return false;
      skip_space();
      if (*at_ == closing) return step();
      if (*at_ != ',') return fail("',' or a closing bracket expected");
      ++at_;
      skip_space();
    }
  }

  /// As read_string, but leaves the text alone: the value may be handed out as it is written.
  bool skip_string() {
    if (*at_ != '"') return fail("'\"' expected");
    ++at_;
    while (true) {
      at_ = find_string_special(at_, end_);
      if (at_ == end_) return fail("unterminated string");
      if (*at_ == '"') return step();
      if (end_ - at_ < 2) return fail("unterminated string");
      at_ += 2;
    }
  }

  bool read_word(std::string_view word) {
    if (static_cast<std::size_t>(end_ - at_) < word.size() ||
        std::string_view(at_, word.size()) != word) {
      return fail("a value expected");
    }
    at_ += word.size();
    return true;
  }

  bool skip_digits() {
    if (!is_digit(*at_)) return fail("a value expected");
    while (is_digit(*at_)) ++at_;
    return true;
  }

  bool skip_number() {
    if (*at_ == '-') ++at_;
    if (!skip_digits()) return false;
    if (*at_ == '.' && (step(), !skip_digits())) return false;
    if (*at_ == 'e' || *at_ == 'E') {
      ++at_;
      if (*at_ == '+' || *at_ == '-') ++at_;
      return skip_digits();
    }
    return true;
  }

  RemotingCommand& command_;
  char* begin_;
  char* at_;
  char* end_;
  const char* failure_ = "";
};

}  // namespace

Result<void> read_json_header(std::string_view text, RemotingCommand& command) {
  return JsonHeaderReader(text, command).read();
}

}  // namespace rocketmq::remoting::detail
