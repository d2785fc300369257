#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace rocketmq::broker {

/// The first half of the 128-bit hash MurmurHash3 (x64 form, seed 0), as published brokers use it.
std::uint64_t murmur3_128_low64(std::string_view bytes);

/// Which bits stand for a consumer group in the bit map of a consume queue's extension
/// (spec/store.md §6.3). We do not keep such bit maps, but config/consumerFilter.json carries the
/// positions, and a published broker that loads the file drops it when they are not its own.
class BloomFilter {
 public:
  /// For `consumers` groups of one topic and this rate of false positives, in percent: a value
  /// outside 1…99, or no consumer, counts as the nearest one inside.
  BloomFilter(std::int32_t error_rate_percent, std::int32_t consumers);

  std::int32_t bit_num() const { return bit_num_; }
  /// Of "group#topic"; not sorted, and a position may occur twice.
  std::vector<std::int32_t> positions_of(std::string_view group, std::string_view topic) const;

 private:
  std::int32_t hash_count_ = 0;
  std::int32_t bit_num_ = 0;
};

}  // namespace rocketmq::broker
