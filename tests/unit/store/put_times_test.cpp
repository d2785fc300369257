#include "rocketmq/store/put_times.hpp"

#include <gtest/gtest.h>

#include "put_clock.hpp"

namespace rocketmq::store {
namespace {

using namespace std::chrono_literals;

TEST(PutTimes, SortTimesIntoTheirClasses) {
  PutClock clock;
  clock.record(0ns, 5);
  clock.record(999us, 1);
  clock.record(1ms, 2);
  clock.record(9'999us, 1);
  clock.record(10ms, 1);
  clock.record(1h, 1);
  const PutTimes times = clock.times();
  EXPECT_EQ(times.total(), 11);
  EXPECT_EQ(times.between(0us, 1ms), 6);
  EXPECT_EQ(times.between(1ms, 10ms), 3);
  EXPECT_EQ(times.between(10ms, 50ms), 1);
  EXPECT_EQ(times.between(50ms, 10s), 0);
  EXPECT_EQ(times.between(10s, std::chrono::microseconds::max()), 1);
  EXPECT_EQ(times.longest, 1h);
}

TEST(PutTimes, BoundPercentilesFromAbove) {
  PutClock clock;
  EXPECT_EQ(clock.times().percentile(0.99), 0us);
  clock.record(15us, 990);
  clock.record(300us, 9);
  clock.record(7ms, 1);
  const PutTimes times = clock.times();
  EXPECT_EQ(times.percentile(0.5), 20us);
  EXPECT_EQ(times.percentile(0.99), 20us);
  EXPECT_EQ(times.percentile(0.999), 500us);
  EXPECT_EQ(times.percentile(1.0), 8ms) << "no more than the longest, to the millisecond";
}

TEST(PutTimes, TellWhatHasBeenAddedSince) {
  PutClock clock;
  clock.record(15us, 4);
  const PutTimes before = clock.times();
  clock.record(15us, 3);
  EXPECT_EQ(clock.times().since(before).total(), 3);
}

}  // namespace
}  // namespace rocketmq::store
