#include "mqadmin/frame/times.hpp"

#include <gtest/gtest.h>

namespace rocketmq::mqadmin {
namespace {

TEST(MqadminTimes, AreReadAsTheyArePrinted) {
  const auto time = parse_time("2024-02-29#23:59:58:007");
  ASSERT_TRUE(time.has_value());
  EXPECT_EQ(second_text(*time), "2024-02-29 23:59:58");
  EXPECT_EQ(millisecond_text(*time), "2024-02-29 23:59:58,007");
  EXPECT_EQ(compact_text(*time), "20240229235958007");
}

TEST(MqadminTimes, AreAlsoMilliseconds) {
  EXPECT_EQ(parse_time("1700000000123"), 1'700'000'000'123);
}

TEST(MqadminTimes, OfADamagedMessageHaveATextAsWell) {
  for (const std::int64_t time : {INT64_MIN, INT64_MIN + 999, INT64_MAX}) {
    EXPECT_FALSE(second_text(time).empty()) << time;
    EXPECT_FALSE(compact_text(time).empty()) << time;
  }
  EXPECT_TRUE(millisecond_text(-1).ends_with(":59,999"));
}

TEST(MqadminTimes, RefuseWhatIsNoTime) {
  for (const char* text :
       {"", "yesterday", "2024-02-30#00:00:00:000", "2024-02-29 23:59:58:007",
        "2024-02-29#24:00:00:000", "2024-02-29#23:59:58:07", "-2-4-02-29#23:59:58:007"}) {
    EXPECT_FALSE(parse_time(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace rocketmq::mqadmin
