#include "deferred_writer.hpp"

#include <gtest/gtest.h>

namespace rocketmq::broker {
namespace {

using namespace std::chrono_literals;

TEST(DeferredWriterTest, SavesALoneChangeAtOnce) {
  ManualClock clock;
  int writes = 0;
  DeferredWriter writer("table", clock, [&]() -> Result<void> {
    ++writes;
    return {};
  });
  writer.changed();
  EXPECT_EQ(writes, 1);
  writer.tick();
  EXPECT_EQ(writes, 1) << "nothing has changed since";
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
    clock.advance(1ms);
  }
  EXPECT_EQ(writes, 2) << "one at the beginning, one after 9 x 10 ms";
  writer.tick();
  EXPECT_EQ(writes, 3) << "the tick saves what the burst left";
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
  EXPECT_FALSE(writer.flush());
  disk_is_full = false;
  EXPECT_TRUE(writer.flush());
  EXPECT_EQ(writes, 3);
  EXPECT_TRUE(writer.flush());
  EXPECT_EQ(writes, 3);
}

}  // namespace
}  // namespace rocketmq::broker
