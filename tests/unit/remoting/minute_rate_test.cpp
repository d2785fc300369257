#include "rocketmq/net/minute_rate.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace rocketmq::net {
namespace {

using namespace std::chrono_literals;

TEST(MinuteRate, IsBoundedForAllAndForEachAddress) {
  ManualClock clock;
  MinuteRate rate(clock);
  EXPECT_TRUE(rate.admit(Endpoint::v4(10, 0, 0, 1, 40'001), 8));
  EXPECT_TRUE(rate.admit(Endpoint::v4(10, 0, 0, 1, 40'002), 8));
  EXPECT_FALSE(rate.admit(Endpoint::v4(10, 0, 0, 1, 40'003), 8)) << "whatever its port";
  for (std::uint8_t host = 2; host < 8; ++host)
    EXPECT_TRUE(rate.admit(Endpoint::v4(10, 0, 0, host, 40'001), 8));
  EXPECT_FALSE(rate.admit(Endpoint::v4(10, 0, 0, 8, 40'001), 8));
  clock.advance(1min);
  EXPECT_TRUE(rate.admit(Endpoint::v4(10, 0, 0, 1, 40'001), 8));
}

TEST(MinuteRate, TakesANetworkOfIPv6AsOneAddress) {
  ManualClock clock;
  MinuteRate rate(clock);
  EXPECT_TRUE(rate.admit(*Endpoint::from_ip("fd00::1:0:0:0:1", 1), 8));
  EXPECT_TRUE(rate.admit(*Endpoint::from_ip("fd00::1:0:0:0:2", 1), 8));
  EXPECT_FALSE(rate.admit(*Endpoint::from_ip("fd00::1:0:0:0:3", 1), 8));
  EXPECT_TRUE(rate.admit(*Endpoint::from_ip("fd00::2:0:0:0:1", 1), 8));
}

}  // namespace
}  // namespace rocketmq::net
