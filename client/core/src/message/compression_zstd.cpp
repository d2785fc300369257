#include <zstd.h>

#include <algorithm>
#include <memory>

#include "rocketmq/client/message/compression.hpp"

namespace rocketmq::client {
namespace {

struct FreeZstdContext {
  void operator()(ZSTD_DCtx* context) const { ::ZSTD_freeDCtx(context); }
};
using ZstdContext = std::unique_ptr<ZSTD_DCtx, FreeZstdContext>;

}  // namespace

Result<std::string> compress_zstd(std::string_view bytes, int level) {
  std::string out(::ZSTD_compressBound(bytes.size()), '\0');
  const std::size_t size =
      ::ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), level);
  if (::ZSTD_isError(size) != 0) return incompressible_body();
  out.resize(size);
  return out;
}

// Frames that say how large their content is are not believed: the memory grows with what comes
// out.
Result<std::string> decompress_zstd(std::string_view compressed, std::size_t bytes_max) {
  const ZstdContext context(::ZSTD_createDCtx());
  if (context == nullptr) return Error{ResponseCode::MessageIllegal, "Zstandard cannot start"};
  std::string out(first_output_bytes(compressed.size(), bytes_max), '\0');
  ZSTD_inBuffer from{compressed.data(), compressed.size(), 0};
  ZSTD_outBuffer to{out.data(), out.size(), 0};
  // 0 at the end of a frame only, when nothing is left to be written either.
  std::size_t left = 1;
  while (from.pos < from.size || left != 0) {
    if (to.pos == out.size() && to.pos < bytes_max) {
      out.resize(std::min(out.size() * 2, bytes_max));
      to = {out.data(), out.size(), to.pos};
    }
    const std::size_t taken = from.pos;
    const std::size_t made = to.pos;
    left = ::ZSTD_decompressStream(context.get(), &to, &from);
    if (::ZSTD_isError(left) != 0) return damaged_body();
    if (from.pos == taken && to.pos == made && left != 0) {
      return to.pos == bytes_max ? body_too_large(bytes_max) : damaged_body();
    }
  }
  out.resize(to.pos);
  return out;
}

}  // namespace rocketmq::client
