#pragma once

#include <algorithm>
#include <cstddef>
#include <shared_mutex>
#include <type_traits>
#include <vector>

namespace rocketmq {

/// Copies an unordered table that other threads change, `copy(element)` of each element. The mutex
/// is held (shared) for a bounded number of buckets at a time, so that a change waits for some ten
/// microseconds and not for the whole walk. Elements that are in the table all the time are copied;
/// of those that come or go meanwhile some are. What describes the copy (a version) is taken
/// before: the copy is never older.
template <class Table, class Copy>
auto copy_in_steps(std::shared_mutex& mutex, const Table& table, const Copy& copy) {
  constexpr std::size_t buckets_per_step = 256;
  std::vector<std::decay_t<decltype(copy(*table.begin()))>> copies;
  std::size_t buckets = 0;
  std::size_t next = 0;
  do {
    const std::shared_lock lock(mutex);
    if (table.bucket_count() != buckets) {
      // It has grown: every element may be in another bucket now. Growth doubles, so that this
      // happens a few times only.
      buckets = table.bucket_count();
      next = 0;
      copies.clear();
      copies.reserve(table.size());
    }
    const std::size_t end = std::min(next + buckets_per_step, buckets);
    for (; next < end; ++next) {
      for (auto element = table.begin(next); element != table.end(next); ++element)
        copies.push_back(copy(*element));
    }
  } while (next < buckets);
  return copies;
}

}  // namespace rocketmq
