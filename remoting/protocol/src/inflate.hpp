#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "rocketmq/common/result.hpp"

namespace rocketmq::remoting::detail {

/// Unpacks one zlib stream. Errors: damaged or cut off, or more than `bytes_max` bytes of content.
Result<std::string> inflate_zlib(std::string_view packed, std::size_t bytes_max);

/// Packs `content` into one zlib stream.
std::string deflate_zlib(std::string_view content);

}  // namespace rocketmq::remoting::detail
