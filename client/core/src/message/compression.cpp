#include "rocketmq/client/message/compression.hpp"

#include <algorithm>
#include <ostream>

#include "rocketmq/common/sys_flag.hpp"

namespace rocketmq {

const char* toString(CompressionType type) {
  switch (type) {
    case CompressionType::ZLIB: return "ZLIB";
    case CompressionType::LZ4: return "LZ4";
    case CompressionType::ZSTD: return "ZSTD";
  }
  return "UNKNOWN";
}

std::ostream& operator<<(std::ostream& out, CompressionType type) { return out << toString(type); }

namespace client {

int compression_level_max(CompressionType type) {
  constexpr int zlib_level_max = 9;
  constexpr int zstd_level_max = 22;
  return type == CompressionType::ZSTD ? zstd_level_max : zlib_level_max;
}

Result<std::string> compress(std::string_view bytes, CompressionType type, int level) {
  switch (type) {
    case CompressionType::ZLIB: return compress_zlib(bytes, level);
    case CompressionType::LZ4: return compress_lz4(bytes);
    case CompressionType::ZSTD: return compress_zstd(bytes, level);
  }
  return incompressible_body();
}

Result<std::string> decompress(std::string_view compressed, CompressionType type,
                               std::size_t bytes_max) {
  switch (type) {
    case CompressionType::ZLIB: return decompress_zlib(compressed, bytes_max);
    case CompressionType::LZ4: return decompress_lz4(compressed, bytes_max);
    case CompressionType::ZSTD: return decompress_zstd(compressed, bytes_max);
  }
  return damaged_body();
}

std::int32_t compression_flags(CompressionType type) {
  switch (type) {
    case CompressionType::LZ4: return sys_flag::compressed | sys_flag::compression_lz4;
    case CompressionType::ZSTD: return sys_flag::compressed | sys_flag::compression_zstd;
    case CompressionType::ZLIB: break;
  }
  return sys_flag::compressed;
}

Result<CompressionType> compression_type(std::int32_t sys_flag) {
  const std::int32_t bits = sys_flag & sys_flag::compression_mask;
  switch (bits) {
    case 0:
    case sys_flag::compression_zlib: return CompressionType::ZLIB;
    case sys_flag::compression_lz4: return CompressionType::LZ4;
    case sys_flag::compression_zstd: return CompressionType::ZSTD;
    default:
      return Error{ResponseCode::MessageIllegal,
                   "the type of compression " + std::to_string(bits >> 8) + " is unknown"};
  }
}

Error damaged_body() {
  return {ResponseCode::MessageIllegal, "the compressed body is damaged or cut off"};
}

Error body_too_large(std::size_t bytes_max) {
  return {ResponseCode::MessageIllegal,
          "the body decompresses to more than " + std::to_string(bytes_max) + " bytes"};
}

Error incompressible_body() {
  return {ResponseCode::MessageIllegal, "the body cannot be compressed"};
}

std::size_t first_output_bytes(std::size_t compressed_bytes, std::size_t bytes_max) {
  constexpr std::size_t output_bytes_min = 4096;
  return std::min(std::max(compressed_bytes * 4, output_bytes_min), bytes_max);
}

}  // namespace client
}  // namespace rocketmq
