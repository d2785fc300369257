#include "rocketmq/daemon/saved_table.hpp"

#include <gtest/gtest.h>

namespace rocketmq {
namespace {

using namespace std::chrono_literals;

TEST(SavedTableTest, WritesNothingOnTheThreadThatChangesTheTable) {
  ManualClock clock;
  int writes = 0;
  int wakes = 0;
  SavedTable table("table", clock, [&]() -> Result<void> {
    ++writes;
    return {};
  });
  table.attach([&] { ++wakes; });
  table.changed();
  table.changed();
  EXPECT_EQ(writes, 0);
  EXPECT_EQ(wakes, 1) << "the saver is woken once for all that it has not saved";
  EXPECT_EQ(table.tick(), SavedTable::idle_period);
  EXPECT_EQ(writes, 1);
  EXPECT_EQ(table.tick(), SavedTable::idle_period);
  EXPECT_EQ(writes, 1) << "nothing has changed since";
  table.changed();
  EXPECT_EQ(wakes, 2);
}

TEST(SavedTableTest, AChangeDuringASaveIsSavedNext) {
  ManualClock clock;
  int writes = 0;
  SavedTable* changing = nullptr;
  SavedTable table("table", clock, [&]() -> Result<void> {
    if (++writes == 1) changing->changed();
    clock.advance(10ms);
    return {};
  });
  changing = &table;
  table.changed();
  EXPECT_EQ(table.tick(), 90ms);
  clock.advance(90ms);
  EXPECT_EQ(table.tick(), SavedTable::idle_period);
  EXPECT_EQ(writes, 2);
}

TEST(SavedTableTest, SpendsATenthOfTheTimeOnABurst) {
  ManualClock clock;
  int writes = 0;
  SavedTable table("table", clock, [&]() -> Result<void> {
    ++writes;
    clock.advance(10ms);
    return {};
  });
  for (int change = 0; change < 100; ++change) {
    table.changed();
    table.tick();
    clock.advance(1ms);
  }
  EXPECT_EQ(writes, 2) << "one at the beginning, one after 9 x 10 ms";
  clock.advance(90ms);
  table.tick();
  EXPECT_EQ(writes, 3) << "the last one saves what the burst left";
}

TEST(SavedTableTest, TriesAgainWhatCouldNotBeSaved) {
  ManualClock clock;
  bool disk_is_full = true;
  int writes = 0;
  SavedTable table("table", clock, [&]() -> Result<void> {
    ++writes;
    if (disk_is_full) return Error{ResponseCode::SystemError, "no space"};
    return {};
  });
  table.changed();
  EXPECT_EQ(table.tick(), 1'000ms) << "not again and again without a pause";
  EXPECT_FALSE(table.flush());
  disk_is_full = false;
  EXPECT_TRUE(table.flush());
  EXPECT_EQ(writes, 3);
  EXPECT_TRUE(table.flush());
  EXPECT_EQ(writes, 3);
}

}  // namespace
}  // namespace rocketmq
