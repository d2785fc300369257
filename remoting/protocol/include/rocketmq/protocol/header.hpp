#pragma once

#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "rocketmq/common/result.hpp"
#include "rocketmq/protocol/field_map.hpp"
#include "rocketmq/protocol/remoting_command.hpp"

namespace rocketmq::remoting {

/// One line of a header's table: the wire's key, the member that holds it, and what it means
/// (docs/protocol.md is made from it). A member is std::string, std::string_view, bool,
/// std::int32_t, std::int64_t, or std::optional of one of them; optional means that the field may
/// be absent. A string_view member points into the command that was decoded.
template <class Header, class Value>
struct Field {
  std::string_view key;
  Value Header::*member;
  std::string_view meaning;
};

template <class Header, class Value>
constexpr Field<Header, Value> field(std::string_view key, Value Header::*member,
                                     std::string_view meaning) {
  return {key, member, meaning};
}

/// A header declares `static constexpr std::tuple fields{field(…), …};`.
template <class Header>
concept HasFields = requires {
  Header::fields;
};

/// A header without fields.
struct NoHeader {
  static constexpr std::tuple<> fields{};
};

namespace detail {

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <std::integral T>
bool parse_number(std::string_view text, T& value) {
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  return failure == std::errc{} && end == text.data() + text.size();
}

bool equals_true(std::string_view text);
Error missing_field(std::string_view key);
Error malformed_field(std::string_view key, std::string_view value, std::string_view expected);

/// Parses `text` into `value`; false when it is malformed.
template <class Value>
bool parse_value(std::string_view text, Value& value) {
  if constexpr (std::is_same_v<Value, std::string> || std::is_same_v<Value, std::string_view>) {
    value = text;
    return true;
  } else if constexpr (std::is_same_v<Value, bool>) {
    value = equals_true(text);
    return true;
  } else {
    static_assert(std::is_integral_v<Value>);
    return parse_number(text, value);
  }
}

template <class Value>
constexpr std::string_view expectation_of() {
  return sizeof(Value) == sizeof(std::int64_t) ? "a 64-bit number" : "a 32-bit number";
}

/// Reads one field; on failure sets `error`, which names the field, and returns false. No Result
/// here: a header has a dozen fields, and success must cost nothing.
template <class Header, class Value>
bool decode_field(const Field<Header, Value>& line, const FieldMap& from, std::size_t& hint,
                  Header& header, Error& error) {
  const auto text = from.find_from(line.key, hint);
  if constexpr (is_optional<Value>) {
    using Inner = typename Value::value_type;
    if (!text) return true;
    // The binary form cannot tell an empty text from an absent one; only a text may be meant to be
    // empty.
    if (text->empty() && std::is_arithmetic_v<Inner>) return true;
    if (parse_value(*text, (header.*line.member).emplace())) return true;
    error = malformed_field(line.key, *text, expectation_of<Inner>());
  } else {
    if (!text) {
      error = missing_field(line.key);
      return false;
    }
    if (parse_value(*text, header.*line.member)) return true;
    error = malformed_field(line.key, *text, expectation_of<Value>());
  }
  return false;
}

/// Calls sink(key, text) for a value that is present.
template <class Value, class Sink>
void emit_field(std::string_view key, const Value& value, Sink& sink) {
  if constexpr (is_optional<Value>) {
    if (value) emit_field(key, *value, sink);
  } else if constexpr (std::is_same_v<Value, std::string> ||
                       std::is_same_v<Value, std::string_view>) {
    sink(key, std::string_view(value));
  } else if constexpr (std::is_same_v<Value, bool>) {
    sink(key, std::string_view(value ? "true" : "false"));
  } else {
    char digits[24];
    const auto [end, failure] = std::to_chars(digits, digits + sizeof digits, value);
    (void)failure;  // 24 characters hold every 64-bit number
    sink(key, std::string_view(digits, static_cast<std::size_t>(end - digits)));
  }
}

}  // namespace detail

/// Reads a typed header out of extFields. Unknown keys are left alone. Errors (SystemError) name
/// the field that is missing or malformed.
template <HasFields Header>
Result<Header> decode_header(const FieldMap& from) {
  Header header{};
  Error error;
  std::size_t hint = 0;
  const bool whole = std::apply(
      [&](const auto&... lines) {
        return (detail::decode_field(lines, from, hint, header, error) && ...);
      },
      Header::fields);
  if (!whole) return error;
  return header;
}

template <HasFields Header>
Result<Header> decode_header(const RemotingCommand& command) {
  return decode_header<Header>(command.ext_fields);
}

/// Calls sink(key, text) for every present field, in the table's order. Both wire forms are written
/// from these pairs.
template <HasFields Header, class Sink>
void for_each_field(const Header& header, Sink&& sink) {
  std::apply(
      [&](const auto&... lines) {
        (detail::emit_field(lines.key, header.*lines.member, sink), ...);
      },
      Header::fields);
}

/// Writes a typed header into a command's extFields (adding to what is there).
template <HasFields Header>
void encode_header(const Header& header, RemotingCommand& command) {
  command.has_ext_fields = true;
  for_each_field(header, [&](std::string_view key, std::string_view text) {
    command.ext_fields.add(key, text);
  });
}

/// A request ready to be sent; its opaque is set by its sender.
template <HasFields Header>
RemotingCommand make_request(RequestCode code, const Header& header, std::string body = {}) {
  RemotingCommand command;
  command.code = static_cast<std::int32_t>(code);
  encode_header(header, command);
  command.set_body(std::move(body));
  return command;
}
inline RemotingCommand make_request(RequestCode code, std::string body = {}) {
  RemotingCommand command;
  command.code = static_cast<std::int32_t>(code);
  command.set_body(std::move(body));
  return command;
}

}  // namespace rocketmq::remoting
