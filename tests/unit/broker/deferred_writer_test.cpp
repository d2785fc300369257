#include "tables/deferred_writer.hpp"

#include <gtest/gtest.h>

namespace rocketmq::broker {
namespace {

using namespace std::chrono_literals;

TEST(DeferredWriterTest, WritesNothingOnTheThreadThatChangesTheTable) {
  ManualClock clock;
  int writes = 0;
  int wakes = 0;
  DeferredWriter writer("table", clock, [&]() -> Result<void> {
    ++writes;
    return {};
  });
  writer.when_unsaved([&] { ++wakes; });
  writer.changed();
  writer.changed();
  EXPECT_EQ(writes, 0);
  EXPECT_EQ(wakes, 1) << "the saver is woken once for all that it has not saved";
  EXPECT_EQ(writer.tick(), DeferredWriter::idle_period);
  EXPECT_EQ(writes, 1);
  EXPECT_EQ(writer.tick(), DeferredWriter::idle_period);
  EXPECT_EQ(writes, 1) << "nothing has changed since";
  writer.changed();
  EXPECT_EQ(wakes, 2);
}

TEST(DeferredWriterTest, AChangeDuringASaveIsSavedNext) {
  ManualClock clock;
  int writes = 0;
  DeferredWriter* changing = nullptr;
  DeferredWriter writer("table", clock, [&]() -> Result<void> {
    if (++writes == 1) changing->changed();
    clock.advance(10ms);
    return {};
  });
  changing = &writer;
  writer.changed();
  EXPECT_EQ(writer.tick(), 90ms);
  clock.advance(90ms);
  EXPECT_EQ(writer.tick(), DeferredWriter::idle_period);
  EXPECT_EQ(writes, 2);
}

TEST(DeferredWriterTest, SpendsATenthOfTheTimeOnABurst) {
  ManualClock clock;
  int writes = 0;
  DeferredWriter writer("table", clock, [&]() -> Result<void> {
    ++writes;
    clock.advance(10ms);
    return {};
  });
  for (int change = 0; change < 100; ++change) {
    writer.changed();
    writer.tick();
    clock.advance(1ms);
  }
  EXPECT_EQ(writes, 2) << "one at the beginning, one after 9 x 10 ms";
  clock.advance(90ms);
  writer.tick();
  EXPECT_EQ(writes, 3) << "the last one saves what the burst left";
}

TEST(DeferredWriterTest, TriesAgainWhatCouldNotBeSaved) {
  ManualClock clock;
  bool disk_is_full = true;
  int writes = 0;
  DeferredWriter writer("table", clock, [&]() -> Result<void> {
    ++writes;
    if (disk_is_full) return Error{ResponseCode::SystemError, "no space"};
    return {};
  });
  writer.changed();
  EXPECT_EQ(writer.tick(), 1'000ms) << "not again and again without a pause";
  EXPECT_FALSE(writer.flush());
  disk_is_full = false;
  EXPECT_TRUE(writer.flush());
  EXPECT_EQ(writes, 3);
  EXPECT_TRUE(writer.flush());
  EXPECT_EQ(writes, 3);
}

}  // namespace
}  // namespace rocketmq::broker
