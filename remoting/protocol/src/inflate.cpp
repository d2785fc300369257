#include "inflate.hpp"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <new>

namespace rocketmq::remoting::detail {
namespace {

constexpr std::size_t chunk_bytes = 64 * 1024;

Error malformed_stream(std::string_view why) {
  return {ResponseCode::SystemError, "zlib stream: " + std::string(why)};
}

}  // namespace

Result<std::string> inflate_zlib(std::string_view packed, std::size_t bytes_max) {
  if (packed.size() > std::numeric_limits<uInt>::max()) return malformed_stream("it is over 4 GiB");
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK) return malformed_stream("no memory to unpack it");
  const std::unique_ptr<z_stream, decltype(&inflateEnd)> end_of_life(&stream, inflateEnd);
  // zlib's interface wants a non-const pointer and only reads through it.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());

  std::string content;
  int state = Z_OK;
  while (state == Z_OK) {
    const std::size_t had = content.size();
    if (had == bytes_max)
      return malformed_stream("its content is over " + std::to_string(bytes_max) + " bytes");
    content.resize(std::min(bytes_max, had + std::max(had, chunk_bytes)));
    stream.next_out = reinterpret_cast<Bytef*>(content.data() + had);
    stream.avail_out = static_cast<uInt>(content.size() - had);
    state = inflate(&stream, Z_NO_FLUSH);
    content.resize(content.size() - stream.avail_out);
  }
  if (state == Z_STREAM_END) return content;
  return malformed_stream(state == Z_BUF_ERROR ? "it is cut off" : "it is damaged");
}

std::string deflate_zlib(std::string_view content) {
  auto packed_bytes = compressBound(static_cast<uLong>(content.size()));
  std::string packed(packed_bytes, '\0');
  // The bound leaves room for every content: what can fail is the memory.
  const int state =
      compress(reinterpret_cast<Bytef*>(packed.data()), &packed_bytes,
               reinterpret_cast<const Bytef*>(content.data()), static_cast<uLong>(content.size()));
  if (state != Z_OK) throw std::bad_alloc();
  packed.resize(packed_bytes);
  return packed;
}

}  // namespace rocketmq::remoting::detail
