#include "pulls/byte_allowance.hpp"

#include <gtest/gtest.h>

namespace rocketmq::filtersrv {
namespace {

TEST(ByteAllowance, IsGivenBack) {
  ByteAllowance allowance(100);
  {
    const auto share = allowance.take(60);
    ASSERT_TRUE(share);
    EXPECT_FALSE(allowance.take(41));
    EXPECT_TRUE(allowance.take(40));
    EXPECT_EQ(allowance.taken(), 60U);
  }
  EXPECT_EQ(allowance.taken(), 0U);
}

}  // namespace
}  // namespace rocketmq::filtersrv
