#include "rocketmq/common/zlib.hpp"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <memory>

namespace rocketmq {
namespace {

/// The first guess at the size of the content.
std::size_t first_room(std::size_t packed_bytes, std::size_t bytes_max) {
  constexpr std::size_t room_bytes_min = 4'096;
  return std::min(std::max(packed_bytes * 4, room_bytes_min), bytes_max);
}

}  // namespace

Inflated inflate_zlib(std::string_view packed, std::size_t bytes_max, std::string& content) {
  content.clear();
  z_stream stream{};
  if (packed.size() > std::numeric_limits<uInt>::max() || inflateInit(&stream) != Z_OK)
    return Inflated::NotPossible;
  const std::unique_ptr<z_stream, decltype(&inflateEnd)> end_of_life(&stream, inflateEnd);
  // zlib's interface wants a non-const pointer and only reads through it.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());

  std::size_t room = first_room(packed.size(), bytes_max);
  int state = Z_OK;
  while (state == Z_OK) {
    const std::size_t had = content.size();
    if (had == bytes_max) return Inflated::TooLarge;
    content.resize(room);
    // A piece at a time: its length has to fit into zlib's type.
    const auto piece = std::min<std::size_t>(room - had, std::numeric_limits<uInt>::max());
    stream.next_out = reinterpret_cast<Bytef*>(content.data() + had);
    stream.avail_out = static_cast<uInt>(piece);
    state = inflate(&stream, Z_NO_FLUSH);
    content.resize(had + piece - stream.avail_out);
    if (content.size() == room) room = std::min(room * 2, bytes_max);
  }
  if (state == Z_STREAM_END) return Inflated::Whole;
  return state == Z_BUF_ERROR ? Inflated::CutOff : Inflated::Damaged;
}

std::optional<std::string> deflate_zlib(std::string_view content, int level) {
  auto packed_bytes = compressBound(static_cast<uLong>(content.size()));
  std::string packed(packed_bytes, '\0');
  // The bound leaves room for every content.
  const int state = compress2(reinterpret_cast<Bytef*>(packed.data()), &packed_bytes,
                              reinterpret_cast<const Bytef*>(content.data()),
                              static_cast<uLong>(content.size()), level);
  if (state != Z_OK) return std::nullopt;
  packed.resize(packed_bytes);
  return packed;
}

}  // namespace rocketmq
