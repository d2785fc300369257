#pragma once

#include <cstddef>
#include <string>
#include <string_view>

// The syntax of a line of a Java properties file, shared by its reader, its editor and its writer.
namespace rocketmq {

/// Whether the line, given without its end, continues in the next one: it ends with a backslash
/// that is not itself escaped.
inline bool is_continued(std::string_view line) {
  return (line.size() - (line.find_last_not_of('\\') + 1)) % 2 == 1;
}

/// A key or a value as it has to stand in the file to be read back the same. Separators matter in
/// keys only.
std::string escape_property(std::string_view text, bool is_key);

}  // namespace rocketmq
