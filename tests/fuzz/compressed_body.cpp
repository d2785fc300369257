// Bodies that clients decompress. The first byte says how: z zlib, l LZ4, s Zstandard.
#include "fuzz_target.hpp"
#include "rocketmq/client/message/compression.hpp"

namespace rocketmq::fuzz {

using namespace client;

void run(std::string_view bytes) {
  constexpr std::size_t bytes_max = 1'024 * 1'024;
  Input input(bytes);
  const std::uint8_t how = input.byte();
  const CompressionType type = how == 'l'   ? CompressionType::LZ4
                               : how == 's' ? CompressionType::ZSTD
                                            : CompressionType::ZLIB;
  const auto plain = decompress(input.rest(), type, bytes_max);
  if (!plain) return;
  check(plain->size() <= bytes_max, "no more comes out than may");
  const auto packed = compress(*plain, type, 1);
  check(packed.has_value(), "it can be compressed");
  const auto again = decompress(*packed, type, bytes_max);
  check(again && *again == *plain, "it survives");
}

}  // namespace rocketmq::fuzz
