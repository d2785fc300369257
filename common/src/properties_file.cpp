#include "rocketmq/common/properties_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <optional>
#include <system_error>
#include <utility>

#include "properties_text.hpp"
#include "rocketmq/common/atomic_file.hpp"
#include "rocketmq/common/text.hpp"

namespace rocketmq {
namespace {

constexpr std::string_view blanks = " \t\f";

bool is_blank(char c) { return blanks.find(c) != std::string_view::npos; }

/// Takes one line with its end (LF, CR or CRLF) off the front.
std::string_view take_line(std::string_view& text) {
  const auto end = text.find_first_of("\r\n");
  const std::string_view line = text.substr(0, end);
  if (end == std::string_view::npos) {
    text = {};
  } else {
    text.remove_prefix(text.substr(end).starts_with("\r\n") ? end + 2 : end + 1);
  }
  return line;
}

std::string_view without_leading_blanks(std::string_view line) {
  const auto first = line.find_first_not_of(blanks);
  return first == std::string_view::npos ? std::string_view{} : line.substr(first);
}

/// Where the key ends: at the first separator that is not escaped.
std::size_t key_length(std::string_view line) {
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\') {
      ++i;
    } else if (line[i] == '=' || line[i] == ':' || is_blank(line[i])) {
      return i;
    }
  }
  return line.size();
}

std::string_view after_separator(std::string_view rest) {
  rest = without_leading_blanks(rest);
  if (!rest.empty() && (rest.front() == '=' || rest.front() == ':'))
    rest = without_leading_blanks(rest.substr(1));
  return rest;
}

bool is_high_surrogate(std::uint32_t unit) { return unit >= 0xD800 && unit < 0xDC00; }
bool is_low_surrogate(std::uint32_t unit) { return unit >= 0xDC00 && unit < 0xE000; }

/// The four digits of a \uXXXX, taken off the front.
std::optional<std::uint32_t> take_hex4(std::string_view& text) {
  if (text.size() < 4) return std::nullopt;
  std::uint32_t unit = 0;
  for (const char c : text.substr(0, 4)) {
    const int digit = hex_value(c);
    if (digit < 0) return std::nullopt;
    unit = unit * 16 + static_cast<std::uint32_t>(digit);
  }
  text.remove_prefix(4);
  return unit;
}

/// The code point of a \uXXXX whose `\u` is read already; two of them may form one. U+FFFD for half
/// a pair.
std::optional<std::uint32_t> take_code_point(std::string_view& text) {
  const auto first = take_hex4(text);
  if (!first) return std::nullopt;
  if (is_high_surrogate(*first) && text.starts_with("\\u")) {
    std::string_view ahead = text.substr(2);
    const auto second = take_hex4(ahead);
    if (second && is_low_surrogate(*second)) {
      text = ahead;
      return 0x10000 + ((*first - 0xD800) << 10) + (*second - 0xDC00);
    }
  }
  if (is_high_surrogate(*first) || is_low_surrogate(*first)) return 0xFFFD;
  return first;
}

std::optional<std::string> unescape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c != '\\') {
      out.push_back(c);
      continue;
    }
    if (text.empty()) break;
    const char escaped = text.front();
    text.remove_prefix(1);
    switch (escaped) {
      case 't': out.push_back('\t'); break;
      case 'n': out.push_back('\n'); break;
      case 'r': out.push_back('\r'); break;
      case 'f': out.push_back('\f'); break;
      case 'u': {
        const auto code_point = take_code_point(text);
        if (!code_point) return std::nullopt;
        append_utf8(out, *code_point);
        break;
      }
      default: out.push_back(escaped);
    }
  }
  return out;
}

Result<Property> parse_logical_line(std::string_view line, int line_number) {
  const std::size_t key_end = key_length(line);
  auto key = unescape(line.substr(0, key_end));
  auto value = unescape(after_separator(line.substr(key_end)));
  if (!key || !value) {
    return Error{ResponseCode::SystemError,
                 "line " + std::to_string(line_number) +
                     ": malformed \\uXXXX, expected four hexadecimal digits"};
  }
  return Property{std::move(*key), std::move(*value), line_number};
}

Error unreadable(const std::filesystem::path& file, const std::string& reason) {
  return {ResponseCode::SystemError, file.string() + " (" + reason + ")"};
}

}  // namespace

Result<std::vector<Property>> parse_properties(std::string_view text) {
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
    return Error{ResponseCode::SystemError,
                 "line 1: this is UTF-16 text; save it as UTF-8 or ISO 8859-1"};
  }
  // Editors put a byte order mark in front of UTF-8; it is no part of the first key.
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::vector<Property> properties;
  int line_number = 0;
  while (!text.empty()) {
    std::string_view line = without_leading_blanks(take_line(text));
    ++line_number;
    if (line.empty() || line.front() == '#' || line.front() == '!') continue;

    const int first_line = line_number;
    std::string logical(line);
    while (is_continued(line)) {
      logical.pop_back();
      if (text.empty()) break;
      line = without_leading_blanks(take_line(text));
      ++line_number;
      logical += line;
    }
    if (logical.empty()) continue;
    auto property = parse_logical_line(logical, first_line);
    if (!property) return property.error();
    properties.push_back(std::move(*property));
  }
  return properties;
}

Result<std::vector<Property>> load_properties(const std::filesystem::path& file) {
  // Asked first for the sake of the message: this form is what operators know and search for.
  if (::access(file.c_str(), R_OK) != 0)
    return unreadable(file, std::generic_category().message(errno));
  const auto content = read_file(file);
  if (!content) return content.error();
  if (!*content) return unreadable(file, "No such file or directory");
  auto properties = parse_properties(**content);
  if (!properties)
    return Error{ResponseCode::SystemError, file.string() + ": " + properties.error().remark};
  return properties;
}

}  // namespace rocketmq
