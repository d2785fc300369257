#pragma once

#include <cstddef>

namespace rocketmq {

/// How many descriptors this process may have open. RLIM_INFINITY counts as a million.
std::size_t descriptor_limit();

struct RaisedLimit {
  std::size_t before = 0;
  std::size_t now = 0;
};
/// Raises the limit of open descriptors to the highest that the process may set itself. Services
/// usually start with a soft limit of 1,024, which is made for programs that use select().
RaisedLimit raise_descriptor_limit();

/// What a daemon uses its descriptors for, so that peers cannot take those that files need.
struct DescriptorShares {
  /// Queue files that are kept open.
  std::size_t queue_files = 0;
  /// Sockets of peers. The rest is for CommitLog files, indexes, tables, the log, listeners.
  std::size_t connections = 0;
};
DescriptorShares share_descriptors(std::size_t limit);

}  // namespace rocketmq
