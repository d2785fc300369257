#include "consumer/consume_stats.hpp"

#include <gtest/gtest.h>

namespace rocketmq::client {
namespace {

TEST(ConsumeStats, TellsRatesAndTimesOfTheLastMinute) {
  ConsumeStats stats;
  const auto topic = stats.of("T");
  topic->sample(0);
  topic->add_pull(4, 30);
  topic->add_pull(8, 30);
  topic->add_consumed(10, 55, 5);
  const TopicFigures figures = stats.figures("T", 60'000);
  EXPECT_DOUBLE_EQ(figures.pull_rt_ms, 6.0);
  EXPECT_DOUBLE_EQ(figures.pull_tps, 1.0);
  EXPECT_DOUBLE_EQ(figures.consume_rt_ms, 10.0);
  EXPECT_DOUBLE_EQ(figures.consume_ok_tps, 55.0 / 60);
  EXPECT_DOUBLE_EQ(figures.consume_failed_tps, 5.0 / 60);
  EXPECT_EQ(figures.consume_failed, 5);
}

TEST(ConsumeStats, ForgetsRatesAfterAMinuteAndFailuresAfterAnHour) {
  ConsumeStats stats;
  const auto topic = stats.of("T");
  topic->sample(0);
  topic->add_consumed(10, 1, 5);
  for (std::int64_t now = 10'000; now <= 3'700'000; now += TopicStats::sample_period_ms) {
    stats.sample(now);
    if (now == 120'000) {
      EXPECT_DOUBLE_EQ(stats.figures("T", now).consume_ok_tps, 0.0);
      EXPECT_EQ(stats.figures("T", now).consume_failed, 5);
    }
  }
  EXPECT_EQ(stats.figures("T", 3'700'000).consume_failed, 0);
}

TEST(ConsumeStats, KnowsNothingOfATopicThatWasNotConsumed) {
  const ConsumeStats stats;
  EXPECT_EQ(stats.figures("T", 0).consume_ok_tps, 0.0);
}

}  // namespace
}  // namespace rocketmq::client
