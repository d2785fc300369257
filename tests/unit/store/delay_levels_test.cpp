#include "rocketmq/store/delay_levels.hpp"

#include <gtest/gtest.h>

#include "rocketmq/store/store_config.hpp"

namespace rocketmq::store {
namespace {

TEST(DelayLevels, ReadsTheDefaultTable) {
  const auto levels = DelayLevels::parse(StoreConfig{}.message_delay_level);
  ASSERT_TRUE(levels);
  EXPECT_EQ(levels->max_level(), 18);
  EXPECT_EQ(levels->delay_ms(1), 1'000);
  EXPECT_EQ(levels->delay_ms(5), 60'000);
  EXPECT_EQ(levels->delay_ms(18), 7'200'000);
}

TEST(DelayLevels, ALevelAboveTheHighestCountsAsTheHighestAndOneBelowTheFirstAsASecond) {
  const auto levels = DelayLevels::parse("2s  1d");
  ASSERT_TRUE(levels);
  EXPECT_EQ(levels->delay_ms(99), 86'400'000);
  EXPECT_EQ(levels->delay_ms(0), 1'000);
  EXPECT_EQ(levels->deliver_time_ms(1, 500), 2'500);
}

TEST(DelayLevels, RefusesWhatIsNoDelayAndNamesIt) {
  for (const char* text : {"", "  ", "1", "s", "1x", "-1s", "1s 2", "99999999999999999999s"}) {
    EXPECT_FALSE(DelayLevels::parse(text)) << text;
  }
  EXPECT_NE(DelayLevels::parse("1s 7y").error().remark.find("'7y'"), std::string::npos);
}

}  // namespace
}  // namespace rocketmq::store
