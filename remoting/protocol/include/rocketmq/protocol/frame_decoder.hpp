#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "rocketmq/common/result.hpp"

namespace rocketmq::remoting {

/// Finds the first whole frame in `bytes`: returns its size including the length field; nothing
/// when more bytes are needed. Errors: a length that is negative, shorter than the header word, or
/// makes a frame over `frame_bytes_max`; the connection has to be closed then. No sockets, no
/// threads, no clock.
Result<std::optional<std::size_t>> find_frame(std::string_view bytes, std::size_t frame_bytes_max);

}  // namespace rocketmq::remoting
