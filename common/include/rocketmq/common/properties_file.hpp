#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "rocketmq/common/result.hpp"

namespace rocketmq {

/// One `key=value` of a Java properties text, and the line (from 1) on which it begins.
struct Property {
  std::string key;
  std::string value;
  int line = 0;

  friend bool operator==(const Property&, const Property&) = default;
};

/// Reads Java properties text (spec/config.md §2.1): separators `=`, `:` or blank, `#`/`!`
/// comments, continuation lines, \t \n \r \f \\ \uXXXX escapes, CRLF, a byte order mark of UTF-8.
/// Every occurrence is kept, in order; for a duplicate key the last one counts. Error: a malformed
/// \uXXXX, with its line; UTF-16 text.
Result<std::vector<Property>> parse_properties(std::string_view text);

/// Reads a file. Error: "<file> (No such file or directory)" or the reason why it cannot be read.
Result<std::vector<Property>> load_properties(const std::filesystem::path& file);

}  // namespace rocketmq
