#include "filters/filter_table.hpp"

#include <gtest/gtest.h>

namespace rocketmq::filtersrv {
namespace {

using namespace std::chrono_literals;

RegisteredFilterPtr entry(std::string topic, std::string group, std::string class_name = "a.B",
                          std::int32_t crc = 7, std::uint64_t sender = 1) {
  auto made = std::make_shared<RegisteredFilter>();
  made->topic = std::move(topic);
  made->group = std::move(group);
  made->class_name = std::move(class_name);
  made->crc = crc;
  made->sender = sender;
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

RegisteredFilterPtr entry_of(std::uint64_t sender, std::string group) {
  return entry("T", std::move(group), "a.B", 7, sender);
}

RegisteredFilterPtr installed_of(std::uint64_t sender, std::string group) {
  auto made = entry_of(sender, std::move(group));
  made->is_installed = true;
  return made;
}

TEST(FilterTable, IsBounded) {
  const ManualClock clock;
  FilterTable table(clock, {.filters_max = 2});
  ASSERT_TRUE(table.put(entry_of(1, "g")));
  ASSERT_TRUE(table.put(entry_of(2, "h")));
  EXPECT_FALSE(table.check_room("T", "i", 3));
  EXPECT_TRUE(table.check_room("T", "h", 2));
  EXPECT_FALSE(table.put(entry_of(3, "i")));
  EXPECT_TRUE(table.put(entry_of(2, "h"))) << "replaces one";
  EXPECT_EQ(table.size(), 2U);
}

TEST(FilterTable, LeavesHalfToOtherAddresses) {
  ManualClock clock;
  FilterTable table(clock, {.filters_max = 4, .idle_max = 10min});
  ASSERT_TRUE(table.put(entry_of(1, "a")));
  ASSERT_TRUE(table.put(entry_of(1, "b")));
  EXPECT_FALSE(table.put(entry_of(1, "c")));
  EXPECT_FALSE(table.check_room("T", "c", 1));
  EXPECT_TRUE(table.put(entry_of(2, "c"))) << "the next one is served";
  EXPECT_FALSE(table.put(entry_of(1, "c"))) << "by replacing another's neither";
  // A filter counts for the address that has sent it last.
  EXPECT_TRUE(table.put(entry_of(2, "b")));
  EXPECT_FALSE(table.put(entry_of(2, "d")));
  EXPECT_TRUE(table.put(entry_of(1, "d")));
  clock.advance(10min);
  table.tick();
  EXPECT_EQ(table.size(), 0U);
  EXPECT_TRUE(table.put(entry_of(1, "a")));
  EXPECT_TRUE(table.put(entry_of(1, "b")));
}

TEST(FilterTable, CountsUsesOfInstalledFiltersApartFromUploads) {
  const ManualClock clock;
  FilterTable table(clock, {.filters_max = 2});
  ASSERT_TRUE(table.put(installed_of(1, "a")));
  ASSERT_TRUE(table.put(installed_of(2, "b")));
  EXPECT_FALSE(table.put(installed_of(3, "c")));
  EXPECT_TRUE(table.put(entry_of(1, "c")));
  EXPECT_TRUE(table.put(entry_of(2, "d")));
  EXPECT_FALSE(table.put(entry_of(3, "e")));
  EXPECT_FALSE(table.put(entry_of(3, "a"))) << "it would be one upload more";
  EXPECT_FALSE(table.put(installed_of(3, "c")));
  EXPECT_EQ(table.size(), 4U);
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
