#include "rocketmq/common/crc32.hpp"

#include <isa-l/crc.h>

namespace rocketmq {

std::uint32_t crc32(std::string_view bytes, std::uint32_t seed) {
  return crc32_gzip_refl(seed, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
}

}  // namespace rocketmq
