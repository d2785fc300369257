#include "rocketmq/protocol/header.hpp"

#include <algorithm>

namespace rocketmq::remoting::detail {
namespace {

/// A remark is short: of a value that does not parse, this much is shown.
constexpr std::size_t shown_value_bytes = 48;

}  // namespace

bool equals_true(std::string_view text) {
  constexpr std::string_view expected = "true";
  return std::equal(text.begin(), text.end(), expected.begin(), expected.end(),
                    [](char given, char lower) { return (given | 0x20) == lower; });
}

Error missing_field(std::string_view key) {
  return {ResponseCode::SystemError, "missing header field: " + std::string(key)};
}

Error malformed_field(std::string_view key, std::string_view value, std::string_view expected) {
  std::string remark = "header field " + std::string(key) + " is '";
  remark.append(value.substr(0, shown_value_bytes));
  if (value.size() > shown_value_bytes) remark += "…";
  remark.append("', expected ").append(expected);
  return {ResponseCode::SystemError, std::move(remark)};
}

}  // namespace rocketmq::remoting::detail
