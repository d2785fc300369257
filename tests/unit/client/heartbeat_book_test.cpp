#include "instance/heartbeat_book.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace rocketmq::client {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr const char* broker_address = "127.0.0.1:10911";

/// The waits between `tries` tries that all fail.
std::vector<milliseconds> failed_tries(HeartbeatBook& book, int tries) {
  std::vector<milliseconds> delays;
  for (int i = 0; i < tries; ++i) {
    const auto delay = book.lost(broker_address);
    if (!delay) break;
    delays.push_back(*delay);
    if (book.take_retry(broker_address)) book.sent(broker_address);
  }
  return delays;
}

TEST(HeartbeatBook, KnowsABrokerAsToldFromTheSendingUntilTheConnectionIsLost) {
  HeartbeatBook book(seconds(30));
  EXPECT_TRUE(book.is_new(broker_address));
  EXPECT_FALSE(book.is_told(broker_address));
  book.sent(broker_address);
  EXPECT_FALSE(book.is_new(broker_address));
  EXPECT_TRUE(book.is_told(broker_address));
  book.taken(broker_address);
  EXPECT_TRUE(book.is_told(broker_address));
  (void)book.lost(broker_address);
  EXPECT_FALSE(book.is_told(broker_address));
  EXPECT_FALSE(book.is_new(broker_address));
  book.forget(broker_address);
  EXPECT_TRUE(book.is_new(broker_address));
}

TEST(HeartbeatBook, TriesAgainLaterEachTimeUntilThePeriodicHeartbeatIsAsNear) {
  HeartbeatBook book(seconds(30));
  book.sent(broker_address);
  EXPECT_EQ(failed_tries(book, 10), (std::vector<milliseconds>{seconds(1), seconds(2), seconds(4),
                                                               seconds(8), seconds(16)}));
}

TEST(HeartbeatBook, TriesNoLessOftenThanEveryHalfMinuteWhereThePeriodIsLong) {
  HeartbeatBook book(std::chrono::hours(1));
  book.sent(broker_address);
  EXPECT_EQ(failed_tries(book, 8),
            (std::vector<milliseconds>{seconds(1), seconds(2), seconds(4), seconds(8), seconds(16),
                                       seconds(30), seconds(30), seconds(30)}));
}

TEST(HeartbeatBook, LeavesItToThePeriodicHeartbeatWhereThePeriodIsShort) {
  HeartbeatBook book(milliseconds(500));
  book.sent(broker_address);
  EXPECT_EQ(book.lost(broker_address), std::nullopt);
}

TEST(HeartbeatBook, BeginsWithTheShortestWaitAfterAHeartbeatWasTaken) {
  HeartbeatBook book(seconds(30));
  book.sent(broker_address);
  (void)failed_tries(book, 3);
  book.taken(broker_address);
  EXPECT_EQ(book.lost(broker_address), HeartbeatBook::first_delay);
}

TEST(HeartbeatBook, HasOneTryComingForALossThatIsReportedTwice) {
  HeartbeatBook book(seconds(30));
  book.sent(broker_address);
  EXPECT_EQ(book.lost(broker_address), seconds(1));
  EXPECT_EQ(book.lost(broker_address), std::nullopt);
  EXPECT_TRUE(book.take_retry(broker_address));
  EXPECT_EQ(book.lost(broker_address), seconds(2));
}

TEST(HeartbeatBook, NeedsNoTryForABrokerThatWasToldMeanwhile) {
  HeartbeatBook book(seconds(30));
  book.sent(broker_address);
  (void)book.lost(broker_address);
  book.sent(broker_address);
  EXPECT_FALSE(book.take_retry(broker_address));
  EXPECT_TRUE(book.is_told(broker_address));
}

TEST(HeartbeatBook, NeedsNoTryForABrokerThatIsForgotten) {
  HeartbeatBook book(seconds(30));
  book.sent(broker_address);
  (void)book.lost(broker_address);
  book.forget(broker_address);
  EXPECT_FALSE(book.take_retry(broker_address));
}

}  // namespace
}  // namespace rocketmq::client
