#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "rocketmq/common/result.hpp"
#include "rocketmq/protocol/field_map.hpp"
#include "rocketmq/protocol/request_code.hpp"

namespace rocketmq::remoting {

/// How a frame's header is written: the first byte of the frame's second word.
enum class SerializeType : std::uint8_t { Json = 0, Rocketmq = 1 };

/// Language of the sender's implementation.
enum class LanguageCode : std::int8_t {
  Java = 0,
  Cpp = 1,
  DotNet = 2,
  Python = 3,
  Delphi = 4,
  Erlang = 5,
  Ruby = 6,
  Other = 7,
  Http = 8,
  Go = 9,
  Php = 10,
  Oms = 11,
  Rust = 12,
  NodeJs = 13,
};
/// The enum name that JSON headers carry, e.g. "JAVA".
std::string_view to_string(LanguageCode language);
/// Other for a name that is not known.
LanguageCode language_from_name(std::string_view name);

/// Ordinals of releases that a frame's `version` carries (spec/wire.md §2.4), and those that rules
/// depend on.
namespace version {
/// What we send: 4.9.8. Old peers know how to treat it, and 5.x ones do not expect more than we
/// serve.
inline constexpr std::int32_t own = 409;
inline constexpr std::int32_t v3_0_11 = 37;
inline constexpr std::int32_t v3_4_9 = 121;
inline constexpr std::int32_t v4_1_0 = 233;
inline constexpr std::int32_t v4_9_4 = 401;
inline constexpr std::int32_t v5_0_0 = 413;
}  // namespace version

/// One frame's content: a request, a one-way request or a response.
///
/// `body` of a received command is a view into the connection's read buffer, valid during the call
/// that hands the command over; who keeps a command longer calls own_body() first. Everything else
/// is owned. Movable and copyable (a copy's view still points at the first one's bytes unless
/// own_body() was called).
struct RemotingCommand {
  static constexpr std::int32_t response_bit = 1;
  static constexpr std::int32_t oneway_bit = 2;

  std::int32_t code = 0;
  LanguageCode language = LanguageCode::Cpp;
  std::int32_t version = version::own;
  std::int32_t opaque = 0;
  std::int32_t flag = 0;
  std::string remark;
  /// False when the frame had no extFields at all, which old Java peers tell from an empty map.
  bool has_ext_fields = false;
  FieldMap ext_fields;
  SerializeType serialize_type = SerializeType::Json;
  std::string_view body;

  bool is_response() const { return (flag & response_bit) != 0; }
  bool is_oneway() const { return (flag & oneway_bit) != 0; }
  RequestCode request_code() const { return static_cast<RequestCode>(code); }
  ResponseCode response_code() const { return static_cast<ResponseCode>(code); }

  /// Copies the body into this command, so that it may outlive the call that brought it.
  void own_body();
  /// Makes `text` the body, owned by this command.
  void set_body(std::string text);

  RemotingCommand() = default;
  RemotingCommand(const RemotingCommand& other);
  RemotingCommand& operator=(const RemotingCommand& other);
  RemotingCommand(RemotingCommand&& other) noexcept;
  RemotingCommand& operator=(RemotingCommand&& other) noexcept;
  ~RemotingCommand() = default;

  /// Empties every member for the next frame, keeping allocated memory.
  void clear();

 private:
  std::string owned_body_;
};

/// Largest frame either side takes: the length field's value plus 4 (spec/wire.md §1).
inline constexpr std::size_t frame_bytes_max = 16'777'216;

/// Appends the whole frame with `body` to `out`. JSON members in alphabetical order, without white
/// space. A command whose code does not fit 16 bits is written as JSON whatever serialize_type
/// says.
void encode_frame(const RemotingCommand& command, std::string_view body, std::string& out);
inline void encode_frame(const RemotingCommand& command, std::string& out) {
  encode_frame(command, command.body, out);
}

/// Appends everything up to the body of a frame whose body has `body_bytes` bytes, which the caller
/// sends after it.
void encode_frame_head(const RemotingCommand& command, std::size_t body_bytes, std::string& out);

/// Decodes one whole frame without its length field (serialize type, header length, header, body)
/// into `command`, which is cleared first. `command.body` points into `frame`. Errors are those for
/// which the connection is closed (spec/wire.md §1.1): header length beyond the frame, unknown
/// serialize type, header that does not parse.
Result<void> decode_frame(std::string_view frame, RemotingCommand& command);

}  // namespace rocketmq::remoting
