#include "rocketmq/daemon/table_saver.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <latch>
#include <string>
#include <thread>

namespace rocketmq {
namespace {

using namespace std::chrono_literals;

/// A disk that holds every write until it is released.
class HeldDisk {
 public:
  Result<void> write() {
    begun_.count_down();
    released_.wait();
    ++writes;
    return {};
  }
  void wait_for_write() { begun_.wait(); }
  void release() { released_.count_down(); }
  std::atomic<int> writes = 0;

 private:
  std::latch begun_{1};
  std::latch released_{1};
};

TEST(TableSaver, SavesAChangeSoon) {
  const SystemClock clock;
  std::promise<std::thread::id> saved;
  SavedTable table("topics", clock, [&]() -> Result<void> {
    saved.set_value(std::this_thread::get_id());
    return {};
  });
  TableSaver saver;
  saver.add(table);
  saver.start();
  table.changed();
  EXPECT_NE(saved.get_future().get(), std::this_thread::get_id());
  saver.stop();
}

TEST(TableSaver, SavesATableAtItsIntervalAndEarlierForACallerThatWaits) {
  std::atomic<int> writes = 0;
  SavedTable table("offsets", [&]() -> Result<void> { return ++writes, Result<void>(); });
  TableSaver saver;
  saver.add(table, 1h);
  saver.start();
  table.changed();
  std::promise<bool> saved;
  table.when_saved([&](const Result<void>& result) { saved.set_value(result.has_value()); });
  EXPECT_TRUE(saved.get_future().get());
  EXPECT_EQ(writes, 1);
  table.changed();
  saver.stop();
  EXPECT_EQ(writes, 2) << "what is unsaved at the end";
}

TEST(TableSaver, AHeldFileDelaysNoChangeAndNoCaller) {
  const SystemClock clock;
  HeldDisk disk;
  SavedTable topics("topics", clock, [&] { return disk.write(); });
  SavedTable groups("groups", clock, []() -> Result<void> { return {}; });
  TableSaver saver;
  saver.add(topics);
  saver.add(groups);
  saver.start();
  topics.changed();
  disk.wait_for_write();
  // None of these calls would return if it waited for the disk.
  std::promise<int> writes_when_told;
  topics.changed();
  topics.when_saved([&](const Result<void>&) { writes_when_told.set_value(disk.writes); });
  groups.changed();
  EXPECT_EQ(disk.writes, 0);
  disk.release();
  EXPECT_EQ(writes_when_told.get_future().get(), 2) << "the save under way is not of this change";
  saver.stop();
}

TEST(TableSaver, ManyCallersShareOneSave) {
  const SystemClock clock;
  HeldDisk disk;
  SavedTable table("topics", clock, [&] { return disk.write(); });
  TableSaver saver;
  saver.add(table);
  saver.start();
  table.changed();
  disk.wait_for_write();
  std::latch told(100);
  for (int caller = 0; caller < 100; ++caller) {
    table.changed();
    table.when_saved([&](const Result<void>&) { told.count_down(); });
  }
  disk.release();
  told.wait();
  EXPECT_EQ(disk.writes, 2);
  saver.stop();
}

TEST(TableSaver, RefusesCallersBeyondItsBound) {
  const SystemClock clock;
  SavedTable table("topics", clock, []() -> Result<void> { return {}; });
  TableSaver saver;  // which is not started: everybody waits
  saver.add(table);
  std::size_t told = 0;
  for (std::size_t caller = 0; caller < SavedTable::waiting_max; ++caller)
    table.when_saved([&](const Result<void>&) { ++told; });
  EXPECT_EQ(told, 0U);
  std::string remark;
  table.when_saved([&](const Result<void>& result) { remark = result.error().remark; });
  EXPECT_NE(remark.find("topics"), std::string::npos);
  saver.stop();
  EXPECT_EQ(told, SavedTable::waiting_max);
}

TEST(TableSaver, WithoutItACallerSavesByItself) {
  const SystemClock clock;
  int writes = 0;
  SavedTable table("topics", clock, [&]() -> Result<void> { return ++writes, Result<void>(); });
  {
    TableSaver saver;
    saver.add(table);
    saver.start();
    saver.stop();
  }
  table.changed();
  bool told = false;
  table.when_saved([&](const Result<void>& result) { told = result.has_value(); });
  EXPECT_TRUE(told);
  EXPECT_EQ(writes, 1);
}

TEST(TableSaver, OneThatEndsWithoutAStopIsNotWokenAgain) {
  const SystemClock clock;
  int writes = 0;
  SavedTable table("topics", clock, [&]() -> Result<void> { return ++writes, Result<void>(); });
  {
    TableSaver saver;
    saver.add(table);
  }
  table.changed();
  bool told = false;
  table.when_saved([&](const Result<void>& result) { told = result.has_value(); });
  EXPECT_TRUE(told);
  EXPECT_EQ(writes, 1);
}

TEST(TableSaver, TellsWhoWaitsThatTheDiskIsFull) {
  const SystemClock clock;
  SavedTable table("topics", clock, []() -> Result<void> {
    return Error{ResponseCode::SystemError, "no space"};
  });
  TableSaver saver;
  saver.add(table);
  saver.start();
  std::promise<std::string> remark;
  table.changed();
  table.when_saved([&](const Result<void>& result) { remark.set_value(result.error().remark); });
  EXPECT_EQ(remark.get_future().get(), "no space");
}

}  // namespace
}  // namespace rocketmq
