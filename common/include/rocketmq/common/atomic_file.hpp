#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "rocketmq/common/result.hpp"

namespace rocketmq {

/// Replaces a small file so that a crash at any moment leaves the old or the new content: writes <path>.tmp and flushes it
/// to disk, keeps the old content as <path>.bak, renames, flushes the directory. Makes missing parent directories.
/// One writer per path at a time.
Result<void> write_file_atomically(const std::filesystem::path& path, std::string_view content);

/// The file's content; nothing when it does not exist. Error: it exists and cannot be read.
Result<std::optional<std::string>> read_file(const std::filesystem::path& path);

}  // namespace rocketmq
