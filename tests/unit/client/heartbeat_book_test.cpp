#include "instance/heartbeat_book.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace rocketmq::client {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr const char* broker = "127.0.0.1:10911";

/// The waits between `tries` tries that all fail.
std::vector<milliseconds> failed_tries(HeartbeatBook& book, int tries) {
  std::vector<milliseconds> delays;
  for (int i = 0; i < tries; ++i) {
    const auto delay = book.lost(broker);
    if (!delay) break;
    delays.push_back(*delay);
    if (book.take_retry(broker)) book.sent(broker);
  }
  return delays;
}

TEST(HeartbeatBook, KnowsABrokerAsToldFromTheSendingUntilTheConnectionIsLost) {
  HeartbeatBook book(seconds(30));
  EXPECT_TRUE(book.is_new(broker));
  EXPECT_FALSE(book.is_told(broker));
  book.sent(broker);
  EXPECT_FALSE(book.is_new(broker));
  EXPECT_TRUE(book.is_told(broker));
  book.taken(broker);
  EXPECT_TRUE(book.is_told(broker));
  (void)book.lost(broker);
  EXPECT_FALSE(book.is_told(broker));
  EXPECT_FALSE(book.is_new(broker));
  book.forget(broker);
  EXPECT_TRUE(book.is_new(broker));
}

TEST(HeartbeatBook, TriesAgainLaterEachTimeUntilThePeriodicHeartbeatIsAsNear) {
  HeartbeatBook book(seconds(30));
  book.sent(broker);
  EXPECT_EQ(failed_tries(book, 10), (std::vector<milliseconds>{seconds(1), seconds(2), seconds(4),
                                                               seconds(8), seconds(16)}));
}

TEST(HeartbeatBook, TriesNoLessOftenThanEveryHalfMinuteWhereThePeriodIsLong) {
  HeartbeatBook book(std::chrono::hours(1));
  book.sent(broker);
  EXPECT_EQ(failed_tries(book, 8),
            (std::vector<milliseconds>{seconds(1), seconds(2), seconds(4), seconds(8), seconds(16),
                                       seconds(30), seconds(30), seconds(30)}));
}

TEST(HeartbeatBook, LeavesItToThePeriodicHeartbeatWhereThePeriodIsShort) {
  HeartbeatBook book(milliseconds(500));
  book.sent(broker);
  EXPECT_EQ(book.lost(broker), std::nullopt);
}

TEST(HeartbeatBook, BeginsWithTheShortestWaitAfterAHeartbeatWasTaken) {
  HeartbeatBook book(seconds(30));
  book.sent(broker);
  (void)failed_tries(book, 3);
  book.taken(broker);
  EXPECT_EQ(book.lost(broker), HeartbeatBook::first_delay);
}

TEST(HeartbeatBook, HasOneTryComingForALossThatIsReportedTwice) {
  HeartbeatBook book(seconds(30));
  book.sent(broker);
  EXPECT_EQ(book.lost(broker), seconds(1));
  EXPECT_EQ(book.lost(broker), std::nullopt);
  EXPECT_TRUE(book.take_retry(broker));
  EXPECT_EQ(book.lost(broker), seconds(2));
}

TEST(HeartbeatBook, NeedsNoTryForABrokerThatWasToldMeanwhile) {
  HeartbeatBook book(seconds(30));
  book.sent(broker);
  (void)book.lost(broker);
  book.sent(broker);
  EXPECT_FALSE(book.take_retry(broker));
  EXPECT_TRUE(book.is_told(broker));
}

TEST(HeartbeatBook, NeedsNoTryForABrokerThatIsForgotten) {
  HeartbeatBook book(seconds(30));
  book.sent(broker);
  (void)book.lost(broker);
  book.forget(broker);
  EXPECT_FALSE(book.take_retry(broker));
}

}  // namespace
}  // namespace rocketmq::client
