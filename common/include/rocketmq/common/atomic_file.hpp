#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "rocketmq/common/result.hpp"

namespace rocketmq {

/// Replaces a small file so that a crash at any moment leaves the old or the new content: writes
/// <path>.tmp and flushes it to disk, keeps the old content as <path>.bak, renames, flushes the
/// directory. Makes missing parent directories. Owner and permissions stay, and a link stays a
/// link: what it leads to is replaced. A file that can be written but not replaced (mounted by
/// itself into a container; in a directory that is not writable) is written in place, after a copy
/// to <path>.bak where that is possible; only then can a crash leave a mixture. One writer per path
/// at a time.
Result<void> write_file_atomically(const std::filesystem::path& path, std::string_view content);

/// Where write_file_atomically() keeps the old content: beside the file itself, also when `path` is
/// a link to it.
std::filesystem::path backup_of(const std::filesystem::path& path);

/// Renames a file that cannot be used to <path>.damaged, for a person to look at and so that the
/// next write does not make it the .bak. A link stays; what it leads to is renamed. Returns the new
/// name; nothing when there is no such file.
Result<std::optional<std::filesystem::path>> set_damaged_aside(const std::filesystem::path& path);

/// The file's content; nothing when it does not exist. Error: it exists and cannot be read.
Result<std::optional<std::string>> read_file(const std::filesystem::path& path);

}  // namespace rocketmq
