#include "filters/upload_rate.hpp"

#include <gtest/gtest.h>

namespace rocketmq::filtersrv {
namespace {

using namespace std::chrono_literals;

TEST(UploadRate, IsBoundedForAllAndForEachAddress) {
  ManualClock clock;
  UploadRate rate(clock, 8);
  EXPECT_TRUE(rate.admit(Endpoint::v4(10, 0, 0, 1, 40'001)));
  EXPECT_TRUE(rate.admit(Endpoint::v4(10, 0, 0, 1, 40'002)));
  EXPECT_FALSE(rate.admit(Endpoint::v4(10, 0, 0, 1, 40'003))) << "whatever its port";
  for (std::uint8_t host = 2; host < 8; ++host)
    EXPECT_TRUE(rate.admit(Endpoint::v4(10, 0, 0, host, 40'001)));
  EXPECT_FALSE(rate.admit(Endpoint::v4(10, 0, 0, 8, 40'001)));
  clock.advance(1min);
  EXPECT_TRUE(rate.admit(Endpoint::v4(10, 0, 0, 1, 40'001)));
}

TEST(UploadRate, TakesANetworkOfIPv6AsOneAddress) {
  ManualClock clock;
  UploadRate rate(clock, 8);
  EXPECT_TRUE(rate.admit(*Endpoint::from_ip("fd00::1:0:0:0:1", 1)));
  EXPECT_TRUE(rate.admit(*Endpoint::from_ip("fd00::1:0:0:0:2", 1)));
  EXPECT_FALSE(rate.admit(*Endpoint::from_ip("fd00::1:0:0:0:3", 1)));
  EXPECT_TRUE(rate.admit(*Endpoint::from_ip("fd00::2:0:0:0:1", 1)));
}

}  // namespace
}  // namespace rocketmq::filtersrv
