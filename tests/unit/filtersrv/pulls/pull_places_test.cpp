#include "pulls/pull_places.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace rocketmq::filtersrv {
namespace {

TEST(PullPlaces, LeaveThreeQuartersToOtherConnections) {
  PullPlaces places(8);
  std::vector<PullPlaces::Place> taken;
  for (int i = 0; i < 2; ++i) taken.push_back(*places.take({.connection = 1, .address = 1}));
  EXPECT_FALSE(places.take({.connection = 1, .address = 1}));
  for (std::uint64_t peer = 2; peer < 8; ++peer)
    taken.push_back(*places.take({.connection = peer, .address = peer}));
  EXPECT_EQ(places.taken(), 8U);
  EXPECT_FALSE(places.take({.connection = 9, .address = 9}));
  taken.clear();
  EXPECT_EQ(places.taken(), 0U);
  EXPECT_TRUE(places.take({.connection = 1, .address = 1}));
}

TEST(PullPlaces, LeaveHalfToOtherAddresses) {
  PullPlaces places(8);
  std::vector<PullPlaces::Place> taken;
  for (std::uint64_t connection = 1; connection <= 4; ++connection)
    taken.push_back(*places.take({.connection = connection, .address = 1}));
  EXPECT_FALSE(places.take({.connection = 5, .address = 1}));
  EXPECT_TRUE(places.take({.connection = 5, .address = 2}));
  taken.pop_back();
  EXPECT_TRUE(places.take({.connection = 5, .address = 1}));
}

}  // namespace
}  // namespace rocketmq::filtersrv
