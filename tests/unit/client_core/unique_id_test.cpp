#include "rocketmq/client/message/unique_id.hpp"

#include <gtest/gtest.h>

#include <ctime>

namespace rocketmq::client {
namespace {

std::int64_t local_time_ms(int year, int month, int day, int hour) {
  std::tm time{};
  time.tm_year = year - 1900;
  time.tm_mon = month - 1;
  time.tm_mday = day;
  time.tm_hour = hour;
  time.tm_isdst = -1;
  return static_cast<std::int64_t>(std::mktime(&time)) * 1000;
}

TEST(UniqueIdGenerator, LaysOutAddressProcessRandomTimeAndCounter) {
  const ManualClock clock(local_time_ms(2026, 3, 1, 0) + 0x1234);
  UniqueIdGenerator ids(std::string("\x0A\x00\x00\x05", 4), 0xBEEF, 0x12345678, clock);
  EXPECT_EQ(ids.next(), "0A000005BEEF12345678000012340000");
  EXPECT_EQ(ids.next(), "0A000005BEEF12345678000012340001");
}

TEST(UniqueIdGenerator, IsLongerWithAnIpV6Address) {
  const ManualClock clock;
  UniqueIdGenerator ids(std::string(16, '\x20'), 1, 2, clock);
  EXPECT_EQ(ids.next().size(), 56U);
}

TEST(UniqueIdGenerator, BeginsAnewWithTheNextMonth) {
  ManualClock clock(local_time_ms(2026, 3, 31, 23));
  UniqueIdGenerator ids(std::string(4, '\0'), 0, 0, clock);
  clock.set_wall(local_time_ms(2026, 4, 1, 0) + 7);
  EXPECT_EQ(ids.next().substr(20, 8), "00000007");
}

TEST(UniqueIdGenerator, TakesASmallStepBackOverTheMonthsStartForNoTime) {
  ManualClock clock(local_time_ms(2026, 4, 1, 0));
  UniqueIdGenerator ids(std::string(4, '\0'), 0, 0, clock);
  clock.set_wall(local_time_ms(2026, 4, 1, 0) - 999'000);
  EXPECT_EQ(ids.next().substr(20, 8), "00000000");
}

}  // namespace
}  // namespace rocketmq::client
