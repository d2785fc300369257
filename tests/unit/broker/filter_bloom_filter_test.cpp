#include <gtest/gtest.h>

#include "filter/bloom_filter.hpp"

namespace rocketmq::broker {
namespace {

using Positions = std::vector<std::int32_t>;

// Computed with the hash function of the library that published brokers use (Guava, murmur3_128).
TEST(Murmur3, GivesTheKnownHashes) {
  EXPECT_EQ(murmur3_128_low64(""), 0U);
  EXPECT_EQ(murmur3_128_low64("hello"), 0xcbd8a7b341bd9b02U);
  EXPECT_EQ(murmur3_128_low64("0123456789abcdef"), 0x4be06d94cf4ad1a7U);
  EXPECT_EQ(murmur3_128_low64("The quick brown fox jumps over the lazy dog"), 0xe34bbc7bbc071b6cU);
  EXPECT_EQ(murmur3_128_low64("\xE6\xB6\x88\xE8\xB4\xB9#topic"), 0x7434d91df85f29a6U);
}

TEST(BloomFilter, HasTheSizeOfThePublishedBrokersDefaults) {
  EXPECT_EQ(BloomFilter(20, 32).bit_num(), 112);
  EXPECT_EQ(BloomFilter(20, 32).positions_of("g", "t").size(), 3U);
}

TEST(BloomFilter, TakesThePositionsOfPublishedBrokers) {
  const BloomFilter filter(20, 32);
  EXPECT_EQ(filter.positions_of("group", "topic"), Positions({79, 21, 21}));
  EXPECT_EQ(filter.positions_of("cg", "TopicTest"), Positions({51, 88, 13}));
  EXPECT_EQ(filter.positions_of("ConsumerGroupName", "SqlFilterTest"), Positions({36, 89, 40}));
}

TEST(BloomFilter, SurvivesAnySetting) {
  for (const std::int32_t rate : {-5, 0, 1, 50, 99, 100, 2147483647}) {
    for (const std::int32_t consumers : {-1, 0, 1, 2147483647}) {
      const BloomFilter filter(rate, consumers);
      EXPECT_GT(filter.bit_num(), 0);
      for (const auto position : filter.positions_of("g", "t")) {
        EXPECT_GE(position, 0);
        EXPECT_LT(position, filter.bit_num());
      }
    }
  }
}

}  // namespace
}  // namespace rocketmq::broker
