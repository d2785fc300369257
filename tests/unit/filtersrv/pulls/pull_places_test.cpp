#include "pulls/pull_places.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace rocketmq::filtersrv {
namespace {

TEST(PullPlaces, LeaveThreeQuartersToOtherConnections) {
  PullPlaces places(8);
  std::vector<PullPlaces::Place> taken;
  for (int i = 0; i < 2; ++i) taken.push_back(*places.take(1));
  EXPECT_FALSE(places.take(1));
  for (std::uint64_t connection = 2; connection < 8; ++connection)
    taken.push_back(*places.take(connection));
  EXPECT_EQ(places.taken(), 8U);
  EXPECT_FALSE(places.take(9));
  taken.clear();
  EXPECT_EQ(places.taken(), 0U);
  EXPECT_TRUE(places.take(1));
}

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
