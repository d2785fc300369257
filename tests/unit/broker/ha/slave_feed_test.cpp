// What a master owes a slave, step by step: no link, no store, no clock.

#include "ha/slave_feed.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rocketmq::broker::ha {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class SlaveFeedTest : public ::testing::Test {
 protected:
  static constexpr std::int64_t file_bytes = 262'144;

  Result<void> report(std::int64_t end) { return feed_.take_report(end, log_, file_bytes, now_); }
  std::string refusal(std::int64_t end) {
    const auto taken = report(end);
    return taken ? std::string() : taken.error().remark;
  }

  store::LogBounds log_{.begin = 262'144, .end = 786'000};
  SlaveFeed::Time now_{1h};
  SlaveFeed feed_{now_};
};

TEST_F(SlaveFeedTest, ASlaveWithoutALogBeginsWithTheLastFile) {
  log_ = {.begin = 0, .end = 386'295};
  ASSERT_TRUE(report(0));
  EXPECT_EQ(feed_.next(), 262'144);
  EXPECT_EQ(feed_.acknowledged(), 0);
}

TEST_F(SlaveFeedTest, ASlaveWithoutALogBeginsAtTheEndWhereAFileHasJustEnded) {
  log_ = {.begin = 0, .end = 2 * file_bytes};
  ASSERT_TRUE(report(0));
  EXPECT_EQ(feed_.next(), 2 * file_bytes);
}

TEST_F(SlaveFeedTest, AnEmptyLogIsFollowedFromItsBeginning) {
  log_ = {.begin = 0, .end = 0};
  ASSERT_TRUE(report(0));
  EXPECT_EQ(feed_.next(), 0);
}

TEST_F(SlaveFeedTest, ASlaveGoesOnWhereItsLogEnds) {
  ASSERT_TRUE(report(300'001));
  EXPECT_EQ(feed_.next(), 300'001) << "in the middle of a record, it may be";
  EXPECT_EQ(feed_.acknowledged(), 300'001);
}

TEST_F(SlaveFeedTest, TheEndOfTheLogIsTheLastPlaceToGoOnAt) {
  EXPECT_TRUE(report(log_.end));
  EXPECT_EQ(feed_.next(), log_.end);
}

TEST_F(SlaveFeedTest, ASlaveThatIsAheadIsRefusedAtItsFirstReport) {
  EXPECT_THAT(refusal(log_.end + 1), HasSubstr("its log ends at 786001, this master's at 786000"));
  EXPECT_FALSE(feed_.has_begun());
}

TEST_F(SlaveFeedTest, ASlaveThatIsAheadIsRefusedLaterToo) {
  ASSERT_TRUE(report(log_.end));
  EXPECT_THAT(refusal(log_.end + 1), HasSubstr("this master has lost it"));
}

TEST_F(SlaveFeedTest, WhatWasNotSentIsNotAcknowledged) {
  ASSERT_TRUE(report(300'000));
  feed_.sent(1'000, now_);
  EXPECT_TRUE(report(301'000));
  EXPECT_THAT(refusal(301'001), HasSubstr("acknowledges 301001"));
}

TEST_F(SlaveFeedTest, ASlaveThatNeedsDeletedFilesIsRefused) {
  EXPECT_THAT(refusal(262'143), HasSubstr("begins at 262144 now"));
  EXPECT_FALSE(feed_.has_begun());
}

TEST_F(SlaveFeedTest, ASlaveWhoseFilesAreDeletedUnderItIsRefused) {
  ASSERT_TRUE(report(300'000));
  EXPECT_TRUE(feed_.check_still_there(log_));
  log_.begin = 2 * file_bytes;
  const auto there = feed_.check_still_there(log_);
  ASSERT_FALSE(there);
  EXPECT_THAT(there.error().remark, HasSubstr("too far behind"));
}

TEST_F(SlaveFeedTest, ANegativeReportIsRefused) {
  EXPECT_FALSE(report(-1));
  EXPECT_FALSE(report(INT64_MIN));
}

TEST_F(SlaveFeedTest, SendingMovesThePlaceAndReportsTheAcknowledgement) {
  ASSERT_TRUE(report(300'000));
  feed_.sent(32'768, now_);
  feed_.sent(0, now_);
  EXPECT_EQ(feed_.next(), 332'768);
  EXPECT_EQ(feed_.acknowledged(), 300'000);
  ASSERT_TRUE(report(332'768));
  EXPECT_EQ(feed_.acknowledged(), 332'768);
  ASSERT_TRUE(report(310'000));
  EXPECT_EQ(feed_.acknowledged(), 310'000) << "it knows best what it has";
}

TEST_F(SlaveFeedTest, HeartbeatsAreDueWhenNothingWasSentForTheInterval) {
  now_ += 6s;
  EXPECT_FALSE(feed_.is_heartbeat_due(now_, 5s)) << "it has not said yet where it is";
  ASSERT_TRUE(report(300'000));
  EXPECT_TRUE(feed_.is_heartbeat_due(now_, 5s));
  feed_.sent(0, now_);
  EXPECT_FALSE(feed_.is_heartbeat_due(now_ + 4'999ms, 5s));
  EXPECT_TRUE(feed_.is_heartbeat_due(now_ + 5s, 5s));
}

TEST_F(SlaveFeedTest, ASlaveIsSilentWhenItHasSaidNothingForTheLimit) {
  EXPECT_FALSE(feed_.is_silent(now_ + 20s, 20s));
  EXPECT_TRUE(feed_.is_silent(now_ + 20'001ms, 20s)) << "nor has it ever";
  now_ += 19s;
  ASSERT_TRUE(report(300'000));
  feed_.sent(0, now_ + 15s);
  EXPECT_FALSE(feed_.is_silent(now_ + 20s, 20s));
  EXPECT_TRUE(feed_.is_silent(now_ + 21s, 20s)) << "what is sent to it says nothing of it";
}

}  // namespace
}  // namespace rocketmq::broker::ha
