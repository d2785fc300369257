#include <cstdint>
#include <limits>

#include "header_codec.hpp"
#include "rocketmq/common/bytes.hpp"

namespace rocketmq::remoting::detail {
namespace {

/// code i16 | language i8 | version i16 | opaque i32 | flag i32 | remarkLen i32 + remark | extLen
/// i32 + ext
constexpr std::size_t until_remark_bytes = 2 + 1 + 2 + 4 + 4;
constexpr std::size_t key_length_bytes = 2;
constexpr std::size_t text_length_bytes = 4;

Error malformed_header(const char* why) {
  return {ResponseCode::SystemError, std::string("binary frame header: ") + why};
}

/// Takes an i32 length and this many bytes off the front of `rest`; false when they are not there.
bool take_text(std::string_view& rest, std::string_view& text) {
  if (rest.size() < text_length_bytes) return false;
  const auto length = load_be<std::int32_t>(rest.data());
  rest.remove_prefix(text_length_bytes);
  if (length < 0 || static_cast<std::size_t>(length) > rest.size()) return false;
  text = rest.substr(0, static_cast<std::size_t>(length));
  rest.remove_prefix(text.size());
  return true;
}

/// `ext` is copied once; the map's entries point into the copy.
Result<void> read_ext_fields(std::string_view ext, FieldMap& fields) {
  fields.buffer().assign(ext);
  std::string_view rest = ext;
  while (!rest.empty()) {
    if (fields.size() == ext_fields_max) return malformed_header("too many extFields");
    if (rest.size() < key_length_bytes) return malformed_header("an extField's key is cut off");
    const auto key_bytes = load_be<std::int16_t>(rest.data());
    rest.remove_prefix(key_length_bytes);
    if (key_bytes < 0 || static_cast<std::size_t>(key_bytes) > rest.size()) {
      return malformed_header("an extField's key is longer than the header");
    }
    const std::size_t key_at = ext.size() - rest.size();
    rest.remove_prefix(static_cast<std::size_t>(key_bytes));
    std::string_view value;
    if (!take_text(rest, value))
      return malformed_header("an extField's value is longer than the header");
    const std::size_t value_at = ext.size() - rest.size() - value.size();
    fields.add_appended(key_at, static_cast<std::size_t>(key_bytes), value_at, value.size());
  }
  return {};
}

}  // namespace

Result<void> read_binary_header(std::string_view bytes, RemotingCommand& command) {
  if (bytes.size() < until_remark_bytes) return malformed_header("shorter than its fixed part");
  const char* at = bytes.data();
  command.code = load_be<std::int16_t>(at);
  command.language = language_from_ordinal(load_be<std::int8_t>(at + 2));
  command.version = load_be<std::int16_t>(at + 3);
  command.opaque = load_be<std::int32_t>(at + 5);
  command.flag = load_be<std::int32_t>(at + 9);
  bytes.remove_prefix(until_remark_bytes);
  std::string_view remark;
  std::string_view ext;
  if (!take_text(bytes, remark)) return malformed_header("the remark is longer than the header");
  if (!take_text(bytes, ext)) return malformed_header("the extFields are longer than the header");
  if (!bytes.empty()) return malformed_header("bytes are left behind the extFields");
  command.remark = remark;
  command.has_ext_fields = !ext.empty();
  return read_ext_fields(ext, command.ext_fields);
}

bool fits_binary_header(const RemotingCommand& command) {
  using Short = std::numeric_limits<std::int16_t>;
  for (const std::int32_t number : {command.code, command.version})
    if (number < Short::min() || number > Short::max()) return false;
  for (std::size_t i = 0; i < command.ext_fields.size(); ++i) {
    if (command.ext_fields.key_at(i).size() > static_cast<std::size_t>(Short::max())) return false;
  }
  return true;
}

void write_binary_header(const RemotingCommand& command, std::string& out) {
  append_be(out, static_cast<std::int16_t>(command.code));
  append_be(out, static_cast<std::int8_t>(command.language));
  append_be(out, static_cast<std::int16_t>(command.version));
  append_be(out, command.opaque);
  append_be(out, command.flag);
  append_be(out, static_cast<std::int32_t>(command.remark.size()));
  out.append(command.remark);
  const std::size_t ext_length_at = out.size();
  append_be(out, std::int32_t{0});
  for (std::size_t i = 0; i < command.ext_fields.size(); ++i) {
    const std::string_view key = command.ext_fields.key_at(i);
    const std::string_view value = command.ext_fields.value_at(i);
    append_be(out, static_cast<std::int16_t>(key.size()));
    out.append(key);
    append_be(out, static_cast<std::int32_t>(value.size()));
    out.append(value);
  }
  store_be(out.data() + ext_length_at,
           static_cast<std::int32_t>(out.size() - ext_length_at - text_length_bytes));
}

}  // namespace rocketmq::remoting::detail
