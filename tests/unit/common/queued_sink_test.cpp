#include "queued_sink.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>

#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

namespace rocketmq {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// What a disk would do with the log. Outlives the sink, which owns only a handle to it.
struct Disk {
  std::mutex mutex;
  std::condition_variable changed;
  bool is_held = false;
  bool is_full = false;
  int waiting = 0;
  std::vector<std::string> lines;

  void hold(bool held) {
    const std::lock_guard lock(mutex);
    is_held = held;
    changed.notify_all();
  }
  void wait_until_a_write_waits() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [this] { return waiting > 0; });
  }
};

class DiskOutput final : public LogOutput {
 public:
  explicit DiskOutput(Disk& disk) : disk_(disk) {}
  Result<void> write(const std::vector<std::string>& lines) override {
    std::unique_lock lock(disk_.mutex);
    ++disk_.waiting;
    disk_.changed.notify_all();
    disk_.changed.wait(lock, [this] { return !disk_.is_held; });
    --disk_.waiting;
    if (disk_.is_full) return Error{ResponseCode::SystemError, "No space left on device"};
    disk_.lines.insert(disk_.lines.end(), lines.begin(), lines.end());
    return {};
  }

 private:
  Disk& disk_;
};

struct QueuedSinkTest : testing::Test {
  static constexpr std::size_t queued_bytes_max = 64;

  Disk disk;
  std::shared_ptr<QueuedSink> sink = std::make_shared<QueuedSink>(
      std::make_unique<DiskOutput>(disk),
      std::make_unique<spdlog::pattern_formatter>("%v", spdlog::pattern_time_type::local, ""),
      queued_bytes_max);
  spdlog::logger log{"test", sink};
};

TEST_F(QueuedSinkTest, KeepsTheOrderOfTheLines) {
  for (const char* line : {"1", "2", "3"}) log.info(line);
  log.flush();
  EXPECT_THAT(disk.lines, ElementsAre("1", "2", "3"));
  EXPECT_TRUE(sink->is_drained());
}

TEST_F(QueuedSinkTest, NoCallerWaitsForADiskThatHoldsAWrite) {
  disk.hold(true);
  log.info("first");
  disk.wait_until_a_write_waits();
  log.info("second");  // would never return
  EXPECT_FALSE(sink->is_drained());
  disk.hold(false);
  log.flush();
  EXPECT_THAT(disk.lines, ElementsAre("first", "second"));
}

TEST_F(QueuedSinkTest, DropsWhatExceedsTheBoundAndTellsHowMuch) {
  disk.hold(true);
  log.info("first");
  disk.wait_until_a_write_waits();
  const std::string long_line(queued_bytes_max, 'x');
  log.info(long_line);
  for (int i = 0; i < 7; ++i) log.info("dropped");
  disk.hold(false);
  log.flush();
  EXPECT_THAT(disk.lines, ElementsAre("first", long_line, HasSubstr("7 lines were dropped")));
  log.info("later");
  log.flush();
  EXPECT_EQ(disk.lines.back(), "later");
}

/// Two files of one log. The bound holds for both together.
struct SharedQueueTest : testing::Test {
  static constexpr std::size_t queued_bytes_max = 100;

  std::shared_ptr<QueuedSink> sink_to(Disk& disk) const {
    return std::make_shared<QueuedSink>(
        thread, std::make_unique<DiskOutput>(disk),
        std::make_unique<spdlog::pattern_formatter>("%v", spdlog::pattern_time_type::local, ""));
  }
  /// From now on nothing is written, and nothing waits.
  void hold_the_thread() {
    disk_of_flood.hold(true);
    flood.info("");
    disk_of_flood.wait_until_a_write_waits();
  }

  Disk disk_of_flood;
  Disk disk_of_other;
  Disk disk_of_third;
  std::shared_ptr<LogThread> thread = std::make_shared<LogThread>(queued_bytes_max);
  spdlog::logger flood{"flood", sink_to(disk_of_flood)};
  spdlog::logger other{"other", sink_to(disk_of_other)};
  spdlog::logger third{"third", sink_to(disk_of_third)};
};

TEST_F(SharedQueueTest, AFloodInOneFileTakesHalfOfTheBoundAndLeavesRoomForTheOthers) {
  hold_the_thread();
  for (int i = 0; i < 100; ++i) flood.info("ten bytes.");
  other.info("not of the flood");
  disk_of_flood.hold(false);
  thread->flush();
  EXPECT_EQ(disk_of_flood.lines.size(), 1 + queued_bytes_max / 2 / 10 + 1);
  EXPECT_THAT(disk_of_flood.lines.back(), HasSubstr("95 lines were dropped"));
  EXPECT_THAT(disk_of_other.lines, ElementsAre("not of the flood"));
}

TEST_F(SharedQueueTest, AllFilesTogetherHoldNoMoreThanTheBound) {
  hold_the_thread();
  for (int i = 0; i < 100; ++i) {
    flood.info("ten bytes.");
    other.info("ten bytes.");
  }
  third.info("finds no room");
  disk_of_flood.hold(false);
  thread->flush();
  EXPECT_THAT(disk_of_third.lines, testing::IsEmpty());
  third.info("finds room");
  thread->flush();
  EXPECT_THAT(disk_of_third.lines, ElementsAre("finds room", HasSubstr("1 lines were dropped")));
}

TEST_F(QueuedSinkTest, TellsHowManyLinesAFullDiskHasCost) {
  testing::internal::CaptureStderr();
  disk.is_full = true;
  log.info("lost");
  log.flush();
  log.info("lost as well");
  log.flush();
  {
    const std::lock_guard lock(disk.mutex);
    disk.is_full = false;
  }
  log.info("kept");
  log.flush();
  log.flush();
  EXPECT_THAT(disk.lines, ElementsAre("kept", HasSubstr("2 lines could not be written")));
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("No space left on device"));
}

TEST_F(QueuedSinkTest, WritesTheRestWhenItGoesAway) {
  log.info("the last words");
  log.sinks().clear();
  sink.reset();
  EXPECT_THAT(disk.lines, ElementsAre("the last words"));
}

}  // namespace
}  // namespace rocketmq
