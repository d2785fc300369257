#include <charconv>
#include <string>
#include <string_view>

#include "header_codec.hpp"
#include "json_scan.hpp"
#include "rocketmq/common/unicode.hpp"

namespace rocketmq::remoting::detail {
namespace {

void append_number(std::string& out, std::int32_t value) {
  char digits[16];
  const auto [stop, failure] = std::to_chars(digits, digits + sizeof digits, value);
  (void)failure;  // 16 characters hold every 32-bit number
  out.append(digits, stop);
}

void append_escape(std::string& out, unsigned char byte) {
  constexpr char hex[] = "0123456789abcdef";
  if (byte >= 0x20) {
    const char text[] = {'\\', static_cast<char>(byte)};
    out.append(text, sizeof text);
  } else {
    const char text[] = {'\\', 'u', '0', '0', hex[byte >> 4], hex[byte & 0xF]};
    out.append(text, sizeof text);
  }
}

/// Appends a JSON string: runs of plain ASCII in one piece, well-formed UTF-8 as it is, U+FFFD for
/// the rest.
void append_string(std::string& out, std::string_view text) {
  constexpr char32_t replacement = 0xFFFD;
  out += '"';
  const char* at = text.data();
  const char* const end = at + text.size();
  while (true) {
    const char* const special = find_output_special(at, end);
    out.append(at, special);
    if (special == end) break;
    if (static_cast<signed char>(*special) >= 0) {
      append_escape(out, static_cast<unsigned char>(*special));
      at = special + 1;
      continue;
    }
    std::string_view rest(special, static_cast<std::size_t>(end - special));
    if (next_code_point(rest) == replacement) {
      out.append("\xEF\xBF\xBD");
    } else {
      out.append(special, rest.data());
    }
    at = rest.data();
  }
  out += '"';
}

}  // namespace

void write_json_header(const RemotingCommand& command, std::string& out) {
  out.append("{\"code\":");
  append_number(out, command.code);
  if (command.has_ext_fields || !command.ext_fields.empty()) {
    out.append(",\"extFields\":{");
    for (std::size_t i = 0; i < command.ext_fields.size(); ++i) {
      if (i != 0) out += ',';
      append_string(out, command.ext_fields.key_at(i));
      out += ':';
      append_string(out, command.ext_fields.value_at(i));
    }
    out += '}';
  }
  out.append(",\"flag\":");
  append_number(out, command.flag);
  out.append(",\"language\":\"");
  out.append(to_string(command.language));
  out.append("\",\"opaque\":");
  append_number(out, command.opaque);
  if (!command.remark.empty()) {
    out.append(",\"remark\":");
    append_string(out, command.remark);
  }
  out.append(",\"serializeTypeCurrentRPC\":\"JSON\",\"version\":");
  append_number(out, command.version);
  out += '}';
}

}  // namespace rocketmq::remoting::detail
