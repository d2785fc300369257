#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "rocketmq/common/result.hpp"

namespace rocketmq::client {

/// Largest body that decompress() produces.
inline constexpr std::size_t decompressed_bytes_max = 128 * 1024 * 1024;

/// A zlib stream; `level` 0…9.
Result<std::string> compress(std::string_view bytes, int level);

/// Reads a whole zlib stream. Errors (MessageIllegal): malformed, cut off, or more than `bytes_max`
/// bytes long.
Result<std::string> decompress(std::string_view compressed,
                               std::size_t bytes_max = decompressed_bytes_max);

}  // namespace rocketmq::client
