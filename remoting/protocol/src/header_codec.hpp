#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "rocketmq/common/result.hpp"
#include "rocketmq/protocol/remoting_command.hpp"

/// The two forms of a frame's header (spec/wire.md §2.1, §2.2). Pure: bytes in, members out, and
/// back.
namespace rocketmq::remoting::detail {

/// Most extFields that a header may hold; the known ones have at most thirty.
inline constexpr std::size_t ext_fields_max = 4096;
/// Deepest nesting of JSON in a header's unknown members.
inline constexpr int header_depth_max = 32;

/// Fills the cleared `command` from a JSON header. Members in any order; unknown ones are skipped;
/// absent ones get the protocol's defaults. Numbers that do not fit, and text that is no JSON
/// object, are errors.
Result<void> read_json_header(std::string_view text, RemotingCommand& command);
/// Appends the JSON header to `out`: members in alphabetical order, no white space; what is not
/// UTF-8 becomes U+FFFD.
void write_json_header(const RemotingCommand& command, std::string& out);

/// Fills the cleared `command` from a binary header.
Result<void> read_binary_header(std::string_view bytes, RemotingCommand& command);
/// True when the binary form can carry this header: its code and its version have 16 bits there
/// and a key's length 15.
bool fits_binary_header(const RemotingCommand& command);
/// Appends the binary header to `out`; fits_binary_header() must hold.
void write_binary_header(const RemotingCommand& command, std::string& out);

/// LanguageCode of an ordinal from the wire; Other for what is out of range.
LanguageCode language_from_ordinal(std::int64_t ordinal);

}  // namespace rocketmq::remoting::detail
