// What a put waits for, step by step: no thread, no clock, no disk.

#include "acknowledgement_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace rocketmq::store {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr AcknowledgementNeeds flush{.flush_timeout = 5s};
constexpr AcknowledgementNeeds replication{.replication_timeout = 3s};
constexpr AcknowledgementNeeds pace{.pace_timeout = 1s};
constexpr AcknowledgementNeeds both{.flush_timeout = 5s, .replication_timeout = 3s};

class AcknowledgementTableTest : public ::testing::Test {
 protected:
  AcknowledgementTableTest() { slaves_at({0}); }

  void add(std::int64_t end, const AcknowledgementNeeds& needs) {
    AcknowledgementTable::Put put{.end = end};
    put.result.physical_offset = end - 10;
    table_.add(std::move(put), needs, now_, completed_);
  }
  void expire_after(std::chrono::milliseconds time) {
    now_ += time;
    table_.expire(now_, completed_);
  }
  void flushed_to(std::int64_t end) { table_.flushed_to(end, completed_); }
  void slaves_at(std::vector<std::int64_t> ends) { slaves_at(table_, 1, std::move(ends)); }
  void slaves_at(AcknowledgementTable& table, std::size_t needed, std::vector<std::int64_t> ends) {
    table.slaves_at(end_of_enough(ends, needed), log_end_, completed_);
  }
  void replicated_to(std::int64_t end) { slaves_at({end}); }

  /// "end STATUS" of each put that was completed since the last call.
  std::vector<std::string> completed() {
    std::vector<std::string> texts;
    for (const auto& put : completed_) {
      EXPECT_EQ(put.result.physical_offset, put.end - 10) << "the result is that of another put";
      texts.push_back(std::to_string(put.end) + " " + to_string(put.result.status));
      remarks_.push_back(put.result.remark);
    }
    completed_.clear();
    return texts;
  }

  Live<std::int64_t> lag_max_ = 1'000;
  AcknowledgementTable table_{
      {.waiting_max = 4, .slave_lag_max_bytes = &lag_max_, .async_slave_lag_max_bytes = 1'000}};
  std::int64_t log_end_ = 0;
  AcknowledgementTable::Time now_{1h};
  AcknowledgementTable::Completed completed_;
  std::vector<std::string> remarks_;
};

TEST_F(AcknowledgementTableTest, APutThatNeedsNothingIsCompleteImmediately) {
  add(100, {});
  EXPECT_THAT(completed(), ElementsAre("100 PUT_OK"));
  EXPECT_EQ(table_.waiting(), 0U);
}

TEST_F(AcknowledgementTableTest, AFlushCompletesWhatLiesBeforeItsEndAndNothingElse) {
  add(100, flush);
  add(200, flush);
  add(300, flush);
  EXPECT_THAT(completed(), IsEmpty());
  flushed_to(99);
  EXPECT_THAT(completed(), IsEmpty());
  flushed_to(200);
  EXPECT_THAT(completed(), ElementsAre("100 PUT_OK", "200 PUT_OK"));
  EXPECT_EQ(table_.waiting(), 1U);
  flushed_to(1'000);
  EXPECT_THAT(completed(), ElementsAre("300 PUT_OK"));
}

TEST_F(AcknowledgementTableTest, APutThatIsFlushedAlreadyIsComplete) {
  flushed_to(100);
  add(100, flush);
  EXPECT_THAT(completed(), ElementsAre("100 PUT_OK"));
}

TEST_F(AcknowledgementTableTest, WhatTheLogHeldWhenItWasOpenedNeedsNothing) {
  table_.begin_at(500);
  add(500, both);
  EXPECT_THAT(completed(), ElementsAre("500 PUT_OK"));
}

TEST_F(AcknowledgementTableTest, PutsThatComeOutOfOrderAreCompletedInTheOrderOfTheLog) {
  add(200, flush);
  add(100, flush);
  add(300, flush);
  flushed_to(100);
  EXPECT_THAT(completed(), ElementsAre("100 PUT_OK"));
  flushed_to(300);
  EXPECT_THAT(completed(), ElementsAre("200 PUT_OK", "300 PUT_OK"));
}

TEST_F(AcknowledgementTableTest, AWatermarkNeverGoesBack) {
  flushed_to(200);
  flushed_to(100);
  replicated_to(200);
  replicated_to(100);
  EXPECT_EQ(table_.flushed(), 200);
  EXPECT_EQ(table_.replicated(), 200);
}

TEST_F(AcknowledgementTableTest, AFlushThatIsLateIsSaidOnceAndThePutIsDone) {
  add(100, flush);
  expire_after(3s);
  add(200, flush);
  EXPECT_THAT(completed(), IsEmpty());
  expire_after(2s);
  EXPECT_THAT(completed(), ElementsAre("100 FLUSH_DISK_TIMEOUT"));
  EXPECT_THAT(remarks_, ElementsAre("not on disk within 5000 ms"));
  flushed_to(200);
  EXPECT_THAT(completed(), ElementsAre("200 PUT_OK"));
}

TEST_F(AcknowledgementTableTest, AFailedDiskFailsAllThatWaitsForItAndAllThatComes) {
  add(100, flush);
  add(200, flush);
  flushed_to(100);
  (void)completed();
  table_.flush_failed("disk is broken", completed_);
  add(300, flush);
  add(90, flush);
  EXPECT_THAT(completed(),
              ElementsAre("200 SERVICE_NOT_AVAILABLE", "300 SERVICE_NOT_AVAILABLE", "90 PUT_OK"));
  EXPECT_EQ(remarks_[1], "disk is broken");
  EXPECT_EQ(remarks_[2], "disk is broken");
}

TEST_F(AcknowledgementTableTest, AFailedDiskEndsTheWaitForASlave) {
  add(100, both);
  add(200, replication);
  table_.flush_failed("disk is broken", completed_);
  EXPECT_THAT(completed(), ElementsAre("100 SERVICE_NOT_AVAILABLE"));
  replicated_to(200);
  EXPECT_THAT(completed(), ElementsAre("200 PUT_OK"));
}

TEST_F(AcknowledgementTableTest, APutThatNeedsBothWaitsForTheLaterOne) {
  add(100, both);
  add(200, both);
  flushed_to(200);
  EXPECT_THAT(completed(), IsEmpty());
  replicated_to(100);
  EXPECT_THAT(completed(), ElementsAre("100 PUT_OK"));
  replicated_to(300);
  add(300, both);
  EXPECT_THAT(completed(), ElementsAre("200 PUT_OK"));
  flushed_to(300);
  EXPECT_THAT(completed(), ElementsAre("300 PUT_OK"));
}

TEST_F(AcknowledgementTableTest, ALateSlaveIsSaidWhenTheFlushHasEnded) {
  add(100, both);
  expire_after(3s);
  EXPECT_THAT(completed(), IsEmpty()) << "the flush has time left";
  flushed_to(100);
  EXPECT_THAT(completed(), ElementsAre("100 FLUSH_SLAVE_TIMEOUT"));
  EXPECT_THAT(remarks_, ElementsAre("on no slave within 3000 ms"));
}

TEST_F(AcknowledgementTableTest, WhatReplicationSaysWinsOverALateFlush) {
  add(100, both);
  expire_after(5s);
  EXPECT_THAT(completed(), ElementsAre("100 FLUSH_SLAVE_TIMEOUT"));
  add(200, both);
  replicated_to(200);
  expire_after(5s);
  EXPECT_THAT(completed(), ElementsAre("200 FLUSH_DISK_TIMEOUT"));
}

TEST_F(AcknowledgementTableTest, WithoutASlaveAPutDoesNotWaitForOne) {
  slaves_at({});
  add(100, replication);
  EXPECT_THAT(completed(), ElementsAre("100 SLAVE_NOT_AVAILABLE"));
  add(200, both);
  EXPECT_THAT(completed(), IsEmpty()) << "the flush is still waited for";
  flushed_to(200);
  EXPECT_THAT(completed(), ElementsAre("200 SLAVE_NOT_AVAILABLE"));
}

TEST_F(AcknowledgementTableTest, ASlaveThatIsTooFarBehindIsNotWaitedFor) {
  replicated_to(500);
  add(1'499, replication);
  EXPECT_THAT(completed(), IsEmpty());
  add(1'500, replication);
  EXPECT_THAT(completed(), ElementsAre("1500 SLAVE_NOT_AVAILABLE"));
}

TEST_F(AcknowledgementTableTest, TheSlaveThatIsFarthestCounts) {
  add(100, replication);
  add(200, replication);
  slaves_at({50, 150, 0});
  EXPECT_THAT(completed(), ElementsAre("100 PUT_OK"));
  slaves_at({200, 150});
  EXPECT_THAT(completed(), ElementsAre("200 PUT_OK"));
}

TEST_F(AcknowledgementTableTest, WhatASlaveHadIsNotTakenBackWhenItIsLost) {
  replicated_to(5'000);
  slaves_at({100});
  add(5'000, replication);
  EXPECT_THAT(completed(), ElementsAre("5000 PUT_OK"));
  add(5'100, replication);
  EXPECT_THAT(completed(), ElementsAre("5100 SLAVE_NOT_AVAILABLE"))
      << "the slave that is left is too far behind";
  add(1'000, replication);
  slaves_at({});
  EXPECT_THAT(completed(), ElementsAre("1000 PUT_OK"));
}

TEST_F(AcknowledgementTableTest, AWaitOutlivesTheLinkOfItsSlave) {
  add(100, replication);
  slaves_at({});
  EXPECT_THAT(completed(), IsEmpty());
  slaves_at({100});
  EXPECT_THAT(completed(), ElementsAre("100 PUT_OK")) << "it came back in time";
}

TEST_F(AcknowledgementTableTest, AsManySlavesAsAreWantedHaveToHaveIt) {
  AcknowledgementTable two({.slaves_needed = 2});
  slaves_at(two, 2, {100});
  two.add({.end = 100, .result = {.physical_offset = 90}}, replication, now_, completed_);
  EXPECT_THAT(completed(), ElementsAre("100 SLAVE_NOT_AVAILABLE"));
  slaves_at(two, 2, {100, 200});
  two.add({.end = 200, .result = {.physical_offset = 190}}, replication, now_, completed_);
  slaves_at(two, 2, {199, 200, 100});
  EXPECT_THAT(completed(), IsEmpty());
  slaves_at(two, 2, {199, 300, 200});
  EXPECT_THAT(completed(), ElementsAre("200 PUT_OK"));
}

TEST_F(AcknowledgementTableTest, APutThatIsTooFarAheadOfASlaveInStepWaitsForIt) {
  add(1'000, pace);
  EXPECT_THAT(completed(), ElementsAre("1000 PUT_OK"));
  add(1'001, pace);
  add(1'200, pace);
  EXPECT_THAT(completed(), IsEmpty());
  log_end_ = 1'200;
  slaves_at({100});
  EXPECT_THAT(completed(), ElementsAre("1001 PUT_OK"));
  slaves_at({200});
  EXPECT_THAT(completed(), ElementsAre("1200 PUT_OK"));
}

TEST_F(AcknowledgementTableTest, ASlaveThatIsLostHoldsNoPutUp) {
  add(2'000, pace);
  slaves_at({});
  EXPECT_THAT(completed(), ElementsAre("2000 PUT_OK"));
  add(3'000, pace);
  EXPECT_THAT(completed(), ElementsAre("3000 PUT_OK"));
}

TEST_F(AcknowledgementTableTest, ASlaveThatComesNoNearerIsWaitedForOnce) {
  add(1'500, pace);
  expire_after(500ms);
  add(1'600, pace);
  EXPECT_THAT(completed(), IsEmpty());
  expire_after(500ms);
  EXPECT_THAT(completed(), ElementsAre("1500 PUT_OK", "1600 PUT_OK"));
  EXPECT_FALSE(table_.pace().is_in_step());
  log_end_ = 1'600;
  slaves_at({1'099});
  add(2'500, pace);
  EXPECT_THAT(completed(), ElementsAre("2500 PUT_OK")) << "it is not within half of the bound yet";
  slaves_at({1'100});
  add(2'500, pace);
  EXPECT_THAT(completed(), IsEmpty()) << "it is in step again";
  expire_after(1s);
  EXPECT_FALSE(table_.pace().is_in_step());
}

TEST_F(AcknowledgementTableTest, ASlaveThatCatchesUpFromAfarHoldsNoPutUp) {
  slaves_at({});
  log_end_ = 10'000;
  for (std::int64_t end = 0; end < 9'500; end += 500) {
    slaves_at({end});
    add(20'000, pace);
    EXPECT_THAT(completed(), ElementsAre("20000 PUT_OK")) << end;
  }
  slaves_at({9'500});
  add(20'000, pace);
  EXPECT_THAT(completed(), IsEmpty());
}

TEST_F(AcknowledgementTableTest, WithoutABoundOrAfterItsCloseNoPutWaitsForASlavesPace) {
  AcknowledgementTable unbounded;
  slaves_at(unbounded, 1, {0});
  unbounded.add({.end = 1'000'000, .result = {.physical_offset = 999'990}}, pace, now_, completed_);
  EXPECT_THAT(completed(), ElementsAre("1000000 PUT_OK"));
  add(2'000, pace);
  table_.close("it stops", completed_);
  EXPECT_THAT(completed(), ElementsAre("2000 PUT_OK"));
  slaves_at({0});
  add(3'000, pace);
  EXPECT_THAT(completed(), ElementsAre("3000 PUT_OK"));
}

TEST_F(AcknowledgementTableTest, AFailedDiskEndsTheWaitForASlavesPace) {
  add(2'000, {.flush_timeout = 5s, .pace_timeout = 1s});
  table_.flush_failed("no disk", completed_);
  EXPECT_THAT(completed(), ElementsAre("2000 SERVICE_NOT_AVAILABLE"));
  slaves_at({2'000});
  EXPECT_THAT(completed(), IsEmpty());
}

TEST_F(AcknowledgementTableTest, MoreThanTheBoundIsCompletedAsIfItsTimeWereOver) {
  for (std::int64_t end = 100; end <= 400; end += 100) add(end, flush);
  EXPECT_THAT(completed(), IsEmpty());
  add(500, flush);
  add(600, replication);
  EXPECT_THAT(completed(), ElementsAre("500 FLUSH_DISK_TIMEOUT", "600 FLUSH_SLAVE_TIMEOUT"));
  EXPECT_EQ(table_.waiting(), 4U);
  flushed_to(100);
  add(700, flush);
  EXPECT_THAT(completed(), ElementsAre("100 PUT_OK")) << "there is room again";
}

TEST_F(AcknowledgementTableTest, ClosingCompletesAllThatWaits) {
  add(100, flush);
  add(200, both);
  add(300, replication);
  table_.close("stopped", completed_);
  EXPECT_THAT(completed(), ElementsAre("100 SERVICE_NOT_AVAILABLE", "200 SERVICE_NOT_AVAILABLE",
                                       "300 FLUSH_SLAVE_TIMEOUT"));
  EXPECT_THAT(remarks_, ElementsAre("stopped", "stopped", "stopped"));
  add(400, flush);
  add(500, replication);
  EXPECT_THAT(completed(), ElementsAre("400 SERVICE_NOT_AVAILABLE", "500 FLUSH_SLAVE_TIMEOUT"));
  EXPECT_EQ(table_.waiting(), 0U);
}

TEST_F(AcknowledgementTableTest, ManyPutsLeaveTheirPlacesToLaterOnes) {
  AcknowledgementTable large;
  AcknowledgementTable::Completed completed;
  for (int round = 0; round < 3; ++round) {
    for (std::int64_t i = 1; i <= 10'000; ++i)
      large.add({.end = round * 10'000 + i}, flush, now_, completed);
    EXPECT_EQ(large.waiting(), 10'000U);
    large.flushed_to((round + 1) * 10'000, completed);
    EXPECT_EQ(large.waiting(), 0U);
    ASSERT_EQ(completed.size(), 10'000U);
    for (const auto& put : completed) ASSERT_EQ(put.result.status, PutStatus::Ok);
    completed.clear();
  }
}

}  // namespace
}  // namespace rocketmq::store
