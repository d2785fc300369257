#include "filters/filter_table.hpp"

#include <gtest/gtest.h>

namespace rocketmq::filtersrv {
namespace {

using namespace std::chrono_literals;

RegisteredFilterPtr entry(std::string topic, std::string group, std::string class_name = "a.B",
                          std::int32_t crc = 7) {
  auto made = std::make_shared<RegisteredFilter>();
  made->topic = std::move(topic);
  made->group = std::move(group);
  made->class_name = std::move(class_name);
  made->crc = crc;
  return made;
}

TEST(FilterTable, HoldsOneFilterOfEachGroupOnEachTopic) {
  const ManualClock clock;
  FilterTable table(clock, {});
  ASSERT_TRUE(table.put(entry("T", "g")));
  ASSERT_TRUE(table.put(entry("T", "h", "a.C")));
  ASSERT_TRUE(table.put(entry("U", "g", "a.D")));
  EXPECT_EQ(table.find("T", "g")->class_name, "a.B");
  EXPECT_EQ(table.find("T", "h")->class_name, "a.C");
  EXPECT_EQ(table.find("U", "g")->class_name, "a.D");
  EXPECT_EQ(table.find("U", "h"), nullptr);
  ASSERT_TRUE(table.put(entry("T", "g", "a.E", 8)));
  EXPECT_EQ(table.size(), 3U);
  EXPECT_EQ(table.find("T", "g")->class_name, "a.E");
}

TEST(FilterTable, KnowsAFilterByItsClassAndItsText) {
  const ManualClock clock;
  FilterTable table(clock, {});
  ASSERT_TRUE(table.put(entry("T", "g", "a.B", 7)));
  EXPECT_TRUE(table.holds("T", "g", "a.B", 7));
  EXPECT_FALSE(table.holds("T", "g", "a.B", 8));
  EXPECT_FALSE(table.holds("T", "g", "a.C", 7));
  EXPECT_FALSE(table.holds("T", "h", "a.B", 7));
}

TEST(FilterTable, IsBounded) {
  const ManualClock clock;
  FilterTable table(clock, {.filters_max = 2});
  ASSERT_TRUE(table.put(entry("T", "g")));
  ASSERT_TRUE(table.put(entry("T", "h")));
  EXPECT_FALSE(table.check_room("T", "i"));
  EXPECT_TRUE(table.check_room("T", "h"));
  EXPECT_FALSE(table.put(entry("T", "i")));
  EXPECT_TRUE(table.put(entry("T", "h", "a.C"))) << "replaces one";
  EXPECT_EQ(table.size(), 2U);
}

TEST(FilterTable, ForgetsWhatNoConsumerUses) {
  ManualClock clock;
  FilterTable table(clock, {.idle_max = 10min});
  ASSERT_TRUE(table.put(entry("T", "g")));
  ASSERT_TRUE(table.put(entry("T", "h")));
  clock.advance(9min);
  table.tick();
  const auto pulled = table.find("T", "g");
  ASSERT_NE(pulled, nullptr);
  clock.advance(1min);
  table.tick();
  EXPECT_EQ(table.size(), 1U);
  EXPECT_EQ(table.find("T", "h"), nullptr);
  EXPECT_EQ(table.find("T", "g"), pulled);
}

}  // namespace
}  // namespace rocketmq::filtersrv
