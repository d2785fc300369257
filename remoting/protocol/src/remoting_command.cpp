#include "rocketmq/protocol/remoting_command.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "frame_words.hpp"
#include "header_codec.hpp"
#include "rocketmq/common/bytes.hpp"

namespace rocketmq::remoting {
namespace {

constexpr std::array<std::string_view, 14> language_names{
    "JAVA",  "CPP",  "DOTNET", "PYTHON", "DELPHI", "ERLANG", "RUBY",
    "OTHER", "HTTP", "GO",     "PHP",    "OMS",    "RUST",   "NODE_JS"};

constexpr std::size_t header_bytes_max = 0xFF'FFFF;
/// What clear() keeps allocated of an owned body and of a remark.
constexpr std::size_t kept_text_bytes_max = 64 * 1024;

void clear_text(std::string& text) {
  if (text.capacity() > kept_text_bytes_max) {
    std::string().swap(text);
  } else {
    text.clear();
  }
}

/// Appends the header in the form it travels in, and returns that form.
SerializeType append_header(const RemotingCommand& command, std::string& out) {
  if (command.serialize_type == SerializeType::Rocketmq && detail::fits_binary_header(command)) {
    detail::write_binary_header(command, out);
    return SerializeType::Rocketmq;
  }
  detail::write_json_header(command, out);
  return SerializeType::Json;
}

/// What is sent in place of a command whose header is longer than a frame can say (texts of peers
/// grow by escaping): the same request or response without its fields, so that who waits for it
/// gets a response.
RemotingCommand without_fields(const RemotingCommand& command, std::size_t header_bytes) {
  RemotingCommand substitute;
  substitute.code =
      command.is_response() ? static_cast<std::int32_t>(ResponseCode::SystemError) : command.code;
  substitute.language = command.language;
  substitute.version = command.version;
  substitute.opaque = command.opaque;
  substitute.flag = command.flag;
  substitute.has_ext_fields = command.has_ext_fields;
  substitute.remark =
      "a header of " + std::to_string(header_bytes) + " bytes does not fit into a frame";
  return substitute;
}

}  // namespace

namespace detail {

LanguageCode language_from_ordinal(std::int64_t ordinal) {
  const bool known = ordinal >= 0 && ordinal < static_cast<std::int64_t>(language_names.size());
  return known ? static_cast<LanguageCode>(ordinal) : LanguageCode::Other;
}

}  // namespace detail

std::string_view to_string(LanguageCode language) {
  const auto ordinal = static_cast<std::size_t>(language);
  return ordinal < language_names.size() ? language_names[ordinal] : "OTHER";
}

LanguageCode language_from_name(std::string_view name) {
  const auto found = std::find(language_names.begin(), language_names.end(), name);
  return found == language_names.end() ? LanguageCode::Other
                                       : static_cast<LanguageCode>(found - language_names.begin());
}

void RemotingCommand::own_body() {
  if (body.data() == owned_body_.data() && body.size() == owned_body_.size()) return;
  owned_body_.assign(body);
  body = owned_body_;
}

void RemotingCommand::set_body(std::string text) {
  owned_body_ = std::move(text);
  body = owned_body_;
}

RemotingCommand::RemotingCommand(const RemotingCommand& other)
    : code(other.code),
      language(other.language),
      version(other.version),
      opaque(other.opaque),
      flag(other.flag),
      remark(other.remark),
      has_ext_fields(other.has_ext_fields),
      ext_fields(other.ext_fields),
      serialize_type(other.serialize_type),
      body(other.body),
      owned_body_(other.owned_body_) {
  if (other.body.data() == other.owned_body_.data()) body = owned_body_;
}

RemotingCommand& RemotingCommand::operator=(const RemotingCommand& other) {
  if (this != &other) *this = RemotingCommand(other);
  return *this;
}

RemotingCommand::RemotingCommand(RemotingCommand&& other) noexcept { *this = std::move(other); }

RemotingCommand& RemotingCommand::operator=(RemotingCommand&& other) noexcept {
  if (this == &other) return *this;
  // Moving a short text moves its bytes, so the view has to be set again.
  const bool owns = other.body.data() == other.owned_body_.data();
  code = other.code;
  language = other.language;
  version = other.version;
  opaque = other.opaque;
  flag = other.flag;
  remark = std::move(other.remark);
  has_ext_fields = other.has_ext_fields;
  ext_fields = std::move(other.ext_fields);
  serialize_type = other.serialize_type;
  owned_body_ = std::move(other.owned_body_);
  body = owns ? std::string_view(owned_body_) : other.body;
  other.clear();
  return *this;
}

void RemotingCommand::clear() {
  code = 0;
  language = LanguageCode::Cpp;
  version = version::own;
  opaque = 0;
  flag = 0;
  clear_text(remark);
  has_ext_fields = false;
  ext_fields.clear();
  serialize_type = SerializeType::Json;
  body = {};
  clear_text(owned_body_);
}

void encode_frame_head(const RemotingCommand& command, std::size_t body_bytes, std::string& out) {
  const std::size_t frame_at = out.size();
  out.append(length_bytes + header_word_bytes, '\0');
  const std::size_t header_at = out.size();
  SerializeType type = append_header(command, out);
  std::size_t header_bytes = out.size() - header_at;
  if (header_bytes > header_bytes_max) {
    out.resize(header_at);
    type = append_header(without_fields(command, header_bytes), out);
    header_bytes = out.size() - header_at;
  }
  store_be(out.data() + frame_at,
           static_cast<std::uint32_t>(header_word_bytes + header_bytes + body_bytes));
  store_be(out.data() + frame_at + length_bytes,
           (static_cast<std::uint32_t>(type) << 24) | static_cast<std::uint32_t>(header_bytes));
}

void encode_frame(const RemotingCommand& command, std::string_view body, std::string& out) {
  encode_frame_head(command, body.size(), out);
  out.append(body);
}

Result<void> decode_frame(std::string_view frame, RemotingCommand& command) {
  command.clear();
  if (frame.size() < header_word_bytes) {
    return Error{ResponseCode::SystemError,
                 "frame of " + std::to_string(frame.size()) + " bytes has no header word"};
  }
  const auto word = load_be<std::uint32_t>(frame.data());
  const std::uint32_t type = word >> 24;
  const std::size_t header_bytes = word & header_bytes_max;
  frame.remove_prefix(header_word_bytes);
  if (header_bytes > frame.size()) {
    return Error{ResponseCode::SystemError,
                 "header of " + std::to_string(header_bytes) + " bytes is longer than the " +
                     std::to_string(frame.size()) + " bytes of its frame"};
  }
  command.body = frame.substr(header_bytes);
  const std::string_view header = frame.substr(0, header_bytes);
  if (type == static_cast<std::uint32_t>(SerializeType::Json))
    return detail::read_json_header(header, command);
  if (type == static_cast<std::uint32_t>(SerializeType::Rocketmq)) {
    command.serialize_type = SerializeType::Rocketmq;
    return detail::read_binary_header(header, command);
  }
  return Error{ResponseCode::SystemError, "unknown serialize type " + std::to_string(type)};
}

}  // namespace rocketmq::remoting
