#include "rocketmq/common/crc32.hpp"

#include <libdeflate.h>

namespace rocketmq {

std::uint32_t crc32(std::string_view bytes, std::uint32_t seed) {
  return libdeflate_crc32(seed, bytes.data(), bytes.size());
}

}  // namespace rocketmq
