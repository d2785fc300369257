#include "properties_text.hpp"

namespace rocketmq {

std::string escape_property(std::string_view text, bool is_key) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      case '\f': out += "\\f"; break;
      case ' ': out += is_key || out.empty() ? "\\ " : " "; break;
      case '=':
      case ':':
      case '#':
      case '!':
        if (is_key) out += '\\';
        out += c;
        break;
      default: out += c;
    }
  }
  return out;
}

}  // namespace rocketmq
