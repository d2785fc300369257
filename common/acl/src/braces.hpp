#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace rocketmq::acl {

/// Splits at a sign outside of braces; empty pieces stay.
inline std::vector<std::string_view> split_outside_braces(std::string_view text, char separator) {
  std::vector<std::string_view> pieces;
  int depth = 0;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '{') ++depth;
    if (text[i] == '}') --depth;
    if (text[i] != separator || depth > 0) continue;
    pieces.push_back(text.substr(begin, i - begin));
    begin = i + 1;
  }
  pieces.push_back(text.substr(begin));
  return pieces;
}

}  // namespace rocketmq::acl
