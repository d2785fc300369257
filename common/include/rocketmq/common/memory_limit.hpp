#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace rocketmq {

/// How much memory this process may count on, its page cache included.
struct MemoryLimit {
  std::int64_t bytes = 0;
  /// What sets it: "the machine", or the file of the cgroup.
  std::string set_by;
};

/// The smallest of the machine's memory and of the limits of the process's memory cgroup and all
/// its ancestors, of version 1 or 2. A cgroup whose files cannot be read limits nothing. In a
/// container the ancestors outside are not visible; where the kernel names their limit (version 1),
/// it counts.
MemoryLimit memory_limit();

/// The same over another tree of files: `root` takes the place of "/".
MemoryLimit memory_limit(const std::filesystem::path& root, std::int64_t machine_bytes);

}  // namespace rocketmq
