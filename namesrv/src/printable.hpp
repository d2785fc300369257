#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace rocketmq::namesrv {

/// A peer's text as it may stand in a line of the log: at most 255 bytes, control characters as
/// '?', so that no peer can write lines of its own.
inline std::string printable(std::string_view text) {
  constexpr std::size_t bytes_max = 255;
  std::string line(text.substr(0, bytes_max));
  std::replace_if(
      line.begin(), line.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, '?');
  return line;
}

}  // namespace rocketmq::namesrv
