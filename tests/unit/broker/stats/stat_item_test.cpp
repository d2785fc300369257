#include "stats/stat_item.hpp"

#include <gtest/gtest.h>

namespace rocketmq::broker {
namespace {

constexpr std::int64_t ten_seconds = 10'000;

/// A counter that grows by `by` every 10 s.
class Feed {
 public:
  StatItem item{0};
  void run(std::int64_t ticks, std::int64_t by) {
    for (std::int64_t i = 0; i < ticks; ++i) {
      ++tick_;
      sample_.at_ms = tick_ * ten_seconds;
      sample_.value += by;
      sample_.times += by > 0 ? 1 : 0;
      item.sample(sample_, {.hour = tick_ % 60 == 0, .day = tick_ % 360 == 0});
    }
  }

 private:
  std::int64_t tick_ = 0;
  StatSample sample_;
};

TEST(StatItem, IsZeroBeforeItsFirstSample) {
  const auto data = StatItem(5).data();
  EXPECT_EQ(data.minute.sum, 0);
  EXPECT_EQ(data.day.per_second, 0.0);
  EXPECT_EQ(data.day.per_time, 0.0);
}

TEST(StatItem, TellsSumAndRateFromItsBeginning) {
  Feed feed;
  feed.run(2, 30);
  const auto minute = feed.item.data().minute;
  EXPECT_EQ(minute.sum, 60);
  EXPECT_DOUBLE_EQ(minute.per_second, 3.0);
  EXPECT_DOUBLE_EQ(minute.per_time, 30.0);
}

TEST(StatItem, ForgetsTheMinuteAfterSixtySecondsAndTheHourAfterSixtyMinutes) {
  Feed feed;
  feed.run(1, 600);
  feed.run(5, 0);
  EXPECT_EQ(feed.item.data().minute.sum, 600);
  feed.run(1, 0);
  EXPECT_EQ(feed.item.data().minute.sum, 0);
  EXPECT_EQ(feed.item.data().hour.sum, 600);
  feed.run(7 * 60, 0);
  EXPECT_EQ(feed.item.data().hour.sum, 0);
  EXPECT_EQ(feed.item.data().day.sum, 600);
  feed.run(24 * 360, 0);
  EXPECT_EQ(feed.item.data().day.sum, 0);
}

TEST(StatItem, LooksBackNoFurtherThanEachPeriod) {
  Feed feed;
  feed.run(2 * 24 * 360, 10);
  const auto data = feed.item.data();
  EXPECT_EQ(data.minute.sum, 60);
  EXPECT_EQ(data.hour.sum, 3'600);
  EXPECT_EQ(data.day.sum, 86'400);
  EXPECT_DOUBLE_EQ(data.day.per_second, 1.0);
}

TEST(StatItem, RestsWhenNothingHasComeForADay) {
  Feed feed;
  feed.run(1, 5);
  EXPECT_FALSE(feed.item.is_idle());
  feed.run(25 * 360, 0);
  EXPECT_TRUE(feed.item.is_idle());
  feed.item.rest();
  EXPECT_FALSE(feed.item.is_idle());
  EXPECT_EQ(feed.item.data().day.sum, 0);
  feed.run(1, 5);
  EXPECT_EQ(feed.item.data().day.sum, 5);
}

}  // namespace
}  // namespace rocketmq::broker
