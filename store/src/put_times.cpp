#include "rocketmq/store/put_times.hpp"

#include <algorithm>
#include <numeric>

namespace rocketmq::store {

std::size_t PutTimes::class_of(std::chrono::nanoseconds time) {
  return static_cast<std::size_t>(
      std::upper_bound(bounds.begin(), bounds.end(), time,
                       [](auto value, auto bound) { return value < bound; }) -
      bounds.begin());
}

std::int64_t PutTimes::total() const {
  return std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
}

std::int64_t PutTimes::between(std::chrono::microseconds from, std::chrono::microseconds to) const {
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < class_count; ++i) {
    const auto lower = i == 0 ? std::chrono::microseconds(0) : bounds[i - 1];
    if (lower >= from && lower < to) sum += counts[i];
  }
  return sum;
}

std::chrono::microseconds PutTimes::percentile(double share) const {
  const auto wanted = share * static_cast<double>(total());
  std::int64_t reached = 0;
  for (std::size_t i = 0; i < class_count; ++i) {
    reached += counts[i];
    if (reached == 0 || static_cast<double>(reached) < wanted) continue;
    return i < bounds.size() ? std::min<std::chrono::microseconds>(
                                   bounds[i], longest + std::chrono::milliseconds(1))
                             : std::chrono::microseconds(longest);
  }
  return std::chrono::microseconds(0);
}

PutTimes PutTimes::since(const PutTimes& earlier) const {
  PutTimes difference = *this;
  for (std::size_t i = 0; i < class_count; ++i) difference.counts[i] -= earlier.counts[i];
  return difference;
}

}  // namespace rocketmq::store
