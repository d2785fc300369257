#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace rocketmq {

/// How an attempt to unpack a zlib stream ended.
enum class Inflated {
  Whole,
  /// Its content has more bytes than allowed.
  TooLarge,
  CutOff,
  Damaged,
  /// No memory for zlib's own state, or more than 4 GiB packed.
  NotPossible,
};

/// Unpacks one zlib stream (RFC 1950) into `content`, which holds what was read when it ends early.
/// What follows the stream is not read. Memory is taken as the content grows, `bytes_max` at most.
Inflated inflate_zlib(std::string_view packed, std::size_t bytes_max, std::string& content);

/// zlib's own choice between speed and size.
inline constexpr int zlib_level_default = -1;
/// Packs as one zlib stream. `level`: 0 (none) to 9 (smallest), or zlib_level_default. Nothing when
/// the level is another one, or the memory is not there.
std::optional<std::string> deflate_zlib(std::string_view content, int level = zlib_level_default);

}  // namespace rocketmq
