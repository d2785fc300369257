#include "rocketmq/common/crc32.hpp"

#include <gtest/gtest.h>

namespace rocketmq {
namespace {

TEST(Crc32, HasTheKnownCheckValue) {
  EXPECT_EQ(crc32("123456789"), 0xCBF43926U);
  EXPECT_EQ(crc32(""), 0U);
  EXPECT_EQ(crc32({}), 0U);
}

TEST(Crc32, ContinuesARunningValue) {
  EXPECT_EQ(crc32("6789", crc32("12345")), crc32("123456789"));
}

TEST(Crc32, LosesItsSignBitWhereMessagesCarryIt) {
  EXPECT_EQ(masked_crc32("123456789"), 0x4BF43926);
}

}  // namespace
}  // namespace rocketmq
