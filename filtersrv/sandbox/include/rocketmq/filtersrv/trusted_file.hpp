#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <string>

#include "rocketmq/common/result.hpp"

namespace rocketmq::filtersrv {

/// Whether only root and this process's user can write to a file or a directory.
bool is_closed_to_others(const struct stat& state);

/// An error unless `path` is a plain file that only root and this process's user can write to; it
/// begins with `what`.
Result<void> check_trusted_file(const std::string& what, const std::string& path);

/// The content of such a file, `bytes_max` at most.
Result<std::string> read_trusted_file(const std::string& what, const std::string& path,
                                      std::uint64_t bytes_max);

}  // namespace rocketmq::filtersrv
