#include "rocketmq/common/descriptors.hpp"

#include <sys/resource.h>

#include <algorithm>

namespace rocketmq {
namespace {

/// As much as the kernel lets any process have by default (fs.nr_open).
constexpr rlim_t limit_max = 1'048'576;
constexpr std::size_t queue_files_max = 512;
/// CommitLog files that are not yet full and on disk, index files, tables while they are saved, the
/// log, listeners, reactors, connections to name servers.
constexpr std::size_t others = 128;

rlimit current_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) limit.rlim_cur = limit.rlim_max = 1'024;
  return limit;
}

std::size_t as_count(rlim_t limit) { return static_cast<std::size_t>(std::min(limit, limit_max)); }

}  // namespace

std::size_t descriptor_limit() { return as_count(current_limit().rlim_cur); }

RaisedLimit raise_descriptor_limit() {
  rlimit limit = current_limit();
  RaisedLimit raised{.before = as_count(limit.rlim_cur), .now = as_count(limit.rlim_cur)};
  const rlim_t wanted = std::min(limit.rlim_max, limit_max);
  if (wanted <= limit.rlim_cur) return raised;
  limit.rlim_cur = wanted;
  if (::setrlimit(RLIMIT_NOFILE, &limit) == 0) raised.now = as_count(wanted);
  return raised;
}

DescriptorShares share_descriptors(std::size_t limit) {
  DescriptorShares shares;
  shares.queue_files = std::min(queue_files_max, limit / 4);
  const std::size_t reserve = shares.queue_files + others;
  // Even a limit that is far too low leaves something for each.
  shares.connections = std::max(limit > reserve ? limit - reserve : 0, limit / 4);
  return shares;
}

}  // namespace rocketmq
