#include "filter/bloom_filter.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <string>

namespace rocketmq::broker {
namespace {

constexpr std::uint64_t factor1 = 0x87c37b91114253d5;
constexpr std::uint64_t factor2 = 0x4cf5ad432745937f;
constexpr std::size_t block_bytes = 16;

/// Up to eight bytes as a little-endian number.
std::uint64_t load(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    value |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  }
  return value;
}

std::uint64_t mix1(std::uint64_t word) { return std::rotl(word * factor1, 31) * factor2; }
std::uint64_t mix2(std::uint64_t word) { return std::rotl(word * factor2, 33) * factor1; }

std::uint64_t finish(std::uint64_t hash) {
  hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccd;
  hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53;
  return hash ^ (hash >> 33);
}

}  // namespace

std::uint64_t murmur3_128_low64(std::string_view bytes) {
  const std::uint64_t length = bytes.size();
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  for (; bytes.size() >= block_bytes; bytes.remove_prefix(block_bytes)) {
    low = (std::rotl(low ^ mix1(load(bytes.substr(0, 8))), 27) + high) * 5 + 0x52dce729;
    high = (std::rotl(high ^ mix2(load(bytes.substr(8, 8))), 31) + low) * 5 + 0x38495ab5;
  }
  low ^= mix1(load(bytes.substr(0, 8)));
  if (bytes.size() > 8) high ^= mix2(load(bytes.substr(8)));

  low ^= length;
  high ^= length;
  low += high;
  high += low;
  return finish(low) + finish(high);
}

BloomFilter::BloomFilter(std::int32_t error_rate_percent, std::int32_t consumers) {
  const double error_rate = std::clamp(error_rate_percent, 1, 99) / 100.0;
  const double bits_per_consumer = std::log2(1 / error_rate) * std::log2(std::exp(1.0));
  constexpr std::int32_t consumers_max = 1'000'000;
  const double bits = std::ceil(std::clamp(consumers, 1, consumers_max) * bits_per_consumer);
  hash_count_ = static_cast<std::int32_t>(std::ceil(std::log2(1 / error_rate)));
  bit_num_ = static_cast<std::int32_t>(std::ceil(bits / 8)) * 8;
}

std::vector<std::int32_t> BloomFilter::positions_of(std::string_view group,
                                                    std::string_view topic) const {
  const std::uint64_t hash = murmur3_128_low64(std::string(group).append("#").append(topic));
  const auto low = static_cast<std::uint32_t>(hash);
  const auto high = static_cast<std::uint32_t>(hash >> 32);
  std::vector<std::int32_t> positions;
  for (std::int32_t i = 1; i <= hash_count_; ++i) {
    // In 32-bit wrap-around arithmetic; a negative sum is complemented, not negated.
    const auto sum = static_cast<std::int32_t>(low + static_cast<std::uint32_t>(i) * high);
    positions.push_back((sum < 0 ? ~sum : sum) % bit_num_);
  }
  return positions;
}

}  // namespace rocketmq::broker
