#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "rocketmq/CompressionType.h"
#include "rocketmq/common/result.hpp"

namespace rocketmq::client {

/// Largest body that decompress() produces.
inline constexpr std::size_t decompressed_bytes_max = 128 * 1024 * 1024;

/// Levels that a type knows: 0…9, Zstandard 0…22 (0 is its default). LZ4 has one way of its own and
/// does not look at the level, as in the Java client.
int compression_level_max(CompressionType type);

/// A zlib stream, an LZ4 frame of independent blocks (the only ones that Java reads) or a Zstandard
/// frame.
Result<std::string> compress(std::string_view bytes, CompressionType type, int level);

/// Reads a whole stream, or one frame after the other. Errors (MessageIllegal): malformed, cut off,
/// or more than `bytes_max` bytes long.
Result<std::string> decompress(std::string_view compressed, CompressionType type,
                               std::size_t bytes_max = decompressed_bytes_max);

/// The bits of a message's sysFlag that say how its body is compressed. Those of zlib are none
/// besides the first one, so that clients of every age understand them.
std::int32_t compression_flags(CompressionType type);
/// The type that a compressed body's sysFlag says. Error: one that nothing here knows.
Result<CompressionType> compression_type(std::int32_t sys_flag);

// One file for each type.
Result<std::string> compress_zlib(std::string_view bytes, int level);
Result<std::string> decompress_zlib(std::string_view compressed, std::size_t bytes_max);
Result<std::string> compress_lz4(std::string_view bytes);
Result<std::string> decompress_lz4(std::string_view compressed, std::size_t bytes_max);
Result<std::string> compress_zstd(std::string_view bytes, int level);
Result<std::string> decompress_zstd(std::string_view compressed, std::size_t bytes_max);

/// What all types say of a body that they cannot read.
Error damaged_body();
Error body_too_large(std::size_t bytes_max);
Error incompressible_body();

/// How much room is made at first for what comes out.
std::size_t first_output_bytes(std::size_t compressed_bytes, std::size_t bytes_max);

}  // namespace rocketmq::client
