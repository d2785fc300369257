#include <zlib.h>

#include <algorithm>

#include "rocketmq/client/message/compression.hpp"

namespace rocketmq::client {

Result<std::string> compress_zlib(std::string_view bytes, int level) {
  uLongf size = ::compressBound(static_cast<uLong>(bytes.size()));
  std::string out(size, '\0');
  const int outcome = ::compress2(reinterpret_cast<Bytef*>(out.data()), &size,
                                  reinterpret_cast<const Bytef*>(bytes.data()),
                                  static_cast<uLong>(bytes.size()), level);
  if (outcome != Z_OK) return incompressible_body();
  out.resize(size);
  return out;
}

Result<std::string> decompress_zlib(std::string_view compressed, std::size_t bytes_max) {
  z_stream stream{};
  if (::inflateInit(&stream) != Z_OK)
    return Error{ResponseCode::MessageIllegal, "zlib cannot start"};
  stream.next_in =
      reinterpret_cast<Bytef*>(const_cast<char*>(compressed.data()));  // zlib only reads it
  stream.avail_in = static_cast<uInt>(compressed.size());
  std::string out(first_output_bytes(compressed.size(), bytes_max), '\0');
  int outcome = Z_OK;
  while (outcome == Z_OK) {
    if (stream.total_out == out.size()) {
      if (out.size() >= bytes_max) break;
      out.resize(std::min(out.size() * 2, bytes_max));
    }
    stream.next_out = reinterpret_cast<Bytef*>(out.data()) + stream.total_out;
    stream.avail_out = static_cast<uInt>(out.size() - stream.total_out);
    outcome = ::inflate(&stream, Z_NO_FLUSH);
    if (outcome == Z_BUF_ERROR && stream.avail_out == 0) outcome = Z_OK;
  }
  const std::size_t size = stream.total_out;
  ::inflateEnd(&stream);
  if (outcome == Z_OK) return body_too_large(bytes_max);
  if (outcome != Z_STREAM_END) return damaged_body();
  out.resize(size);
  return out;
}

}  // namespace rocketmq::client
