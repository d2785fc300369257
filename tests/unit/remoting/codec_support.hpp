#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "rocketmq/common/bytes.hpp"
#include "rocketmq/protocol/remoting_command.hpp"

namespace rocketmq::remoting::test {

/// A frame without its length field around `header`.
inline std::string frame_of(SerializeType type, std::string_view header,
                            std::string_view body = {}) {
  std::string frame;
  append_be(frame,
            (static_cast<std::uint32_t>(type) << 24) | static_cast<std::uint32_t>(header.size()));
  return frame.append(header).append(body);
}

/// Decodes from a block of exactly the frame's size, so that the address sanitizer sees a read
/// behind it.
inline Result<RemotingCommand> decode_exact(std::string_view frame) {
  const std::vector<char> block(frame.begin(), frame.end());
  RemotingCommand command;
  if (auto decoded = decode_frame({block.data(), block.size()}, command); !decoded)
    return decoded.error();
  command.own_body();
  return command;
}

inline Result<RemotingCommand> decode_json(std::string_view header) {
  return decode_exact(frame_of(SerializeType::Json, header));
}
inline Result<RemotingCommand> decode_binary(std::string_view header) {
  return decode_exact(frame_of(SerializeType::Rocketmq, header));
}

/// The header text that our encoder writes.
inline std::string encoded_header(const RemotingCommand& command) {
  std::string frame;
  encode_frame_head(command, 0, frame);
  return frame.substr(8);
}

}  // namespace rocketmq::remoting::test
