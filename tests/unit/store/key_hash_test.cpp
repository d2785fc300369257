#include "key_hash.hpp"

#include <gtest/gtest.h>

namespace rocketmq::store {
namespace {

TEST(IndexKeyHash, IsTheAbsoluteJavaHashOfTopicAndKey) {
  EXPECT_EQ(index_key_hash("GoldTopicA", "shared"), 66853770);
  EXPECT_EQ(index_key_hash("GoldTopicA", "key1"), 1577961981);
  EXPECT_EQ(index_key_hash("%RETRY%GoldGroup", "key1"), 1763582296);
  EXPECT_EQ(index_key_hash("GoldTopicA", "键1"), 1210710356);
}

TEST(IndexKeyHash, TheSmallestNumberHasNoAbsoluteValueAndCountsAsZero) {
  EXPECT_EQ(index_key_hash("", "hlhQ<;%6"), 0);
}

}  // namespace
}  // namespace rocketmq::store
