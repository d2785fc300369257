#pragma once

#include <cstdint>
#include <string>

#include "rocketmq/common/descriptor.hpp"
#include "rocketmq/common/result.hpp"

namespace rocketmq::filtersrv {

/// The content of a plain file: no link is followed, and it is no longer than `bytes_max`.
Result<std::string> read_plain_file(const std::string& file, std::uint64_t bytes_max);
/// The same of one that is open; `file` is its name, for errors.
Result<std::string> read_plain_file(const Descriptor& descriptor, const std::string& file,
                                    std::uint64_t bytes_max);

}  // namespace rocketmq::filtersrv
