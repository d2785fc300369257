#pragma once

#include <cstdint>
#include <string_view>

namespace rocketmq {

/// CRC-32 (IEEE, as zlib computes it). `seed` continues a running value.
std::uint32_t crc32(std::string_view bytes, std::uint32_t seed = 0);

/// The form in which messages and registrations carry it: the sign bit masked away.
inline std::int32_t masked_crc32(std::string_view bytes) {
  return static_cast<std::int32_t>(crc32(bytes) & 0x7FFFFFFFU);
}

}  // namespace rocketmq
