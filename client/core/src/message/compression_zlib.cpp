#include "rocketmq/client/message/compression.hpp"
#include "rocketmq/common/zlib.hpp"

namespace rocketmq::client {

Result<std::string> compress_zlib(std::string_view bytes, int level) {
  auto packed = deflate_zlib(bytes, level);
  if (!packed) return incompressible_body();
  return *std::move(packed);
}

Result<std::string> decompress_zlib(std::string_view compressed, std::size_t bytes_max) {
  std::string content;
  switch (inflate_zlib(compressed, bytes_max, content)) {
    case Inflated::Whole: return content;
    case Inflated::TooLarge: return body_too_large(bytes_max);
    case Inflated::CutOff:
    case Inflated::Damaged: break;
    case Inflated::NotPossible: return Error{ResponseCode::MessageIllegal, "zlib cannot start"};
  }
  return damaged_body();
}

}  // namespace rocketmq::client
