#include <lz4frame.h>

#include <algorithm>
#include <memory>

#include "rocketmq/client/message/compression.hpp"

namespace rocketmq::client {
namespace {

struct FreeLz4Context {
  void operator()(LZ4F_dctx* context) const { ::LZ4F_freeDecompressionContext(context); }
};
using Lz4Context = std::unique_ptr<LZ4F_dctx, FreeLz4Context>;

Lz4Context new_lz4_context() {
  LZ4F_dctx* context = nullptr;
  if (::LZ4F_isError(::LZ4F_createDecompressionContext(&context, LZ4F_VERSION)) != 0)
    return nullptr;
  return Lz4Context(context);
}

}  // namespace

Result<std::string> compress_lz4(std::string_view bytes) {
  LZ4F_preferences_t preferences{};
  // As the Java client writes it, which reads no blocks that depend on each other.
  preferences.frameInfo.blockMode = LZ4F_blockIndependent;
  preferences.frameInfo.blockSizeID = LZ4F_max4MB;
  std::string out(::LZ4F_compressFrameBound(bytes.size(), &preferences), '\0');
  const std::size_t size =
      ::LZ4F_compressFrame(out.data(), out.size(), bytes.data(), bytes.size(), &preferences);
  if (::LZ4F_isError(size) != 0) return incompressible_body();
  out.resize(size);
  return out;
}

Result<std::string> decompress_lz4(std::string_view compressed, std::size_t bytes_max) {
  const Lz4Context context = new_lz4_context();
  if (context == nullptr) return Error{ResponseCode::MessageIllegal, "LZ4 cannot start"};
  std::string out(first_output_bytes(compressed.size(), bytes_max), '\0');
  std::size_t size = 0;
  // 0 at the end of a frame only: the library's guess of how many bytes it wants next.
  std::size_t wanted = 1;
  while (!compressed.empty() || wanted != 0) {
    if (size == out.size() && size < bytes_max) out.resize(std::min(out.size() * 2, bytes_max));
    std::size_t taken = compressed.size();
    std::size_t made = out.size() - size;
    wanted = ::LZ4F_decompress(context.get(), out.data() + size, &made, compressed.data(), &taken,
                               nullptr);
    if (::LZ4F_isError(wanted) != 0) return damaged_body();
    if (taken == 0 && made == 0 && wanted != 0) {
      return size == bytes_max ? body_too_large(bytes_max) : damaged_body();
    }
    compressed.remove_prefix(taken);
    size += made;
  }
  out.resize(size);
  return out;
}

}  // namespace rocketmq::client
