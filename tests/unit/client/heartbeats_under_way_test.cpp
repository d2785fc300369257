#include "instance/heartbeats_under_way.hpp"

#include <gtest/gtest.h>

namespace rocketmq::client {
namespace {

TEST(HeartbeatsUnderWay, LetWhatNeedNotWaitRunImmediately) {
  HeartbeatsUnderWay heartbeats;
  int runs = 0;
  heartbeats.after("a:1", [&] { ++runs; });
  const auto other = heartbeats.begin("b:1");
  heartbeats.after("a:1", [&] { ++runs; });
  EXPECT_EQ(runs, 2);
  heartbeats.end("b:1", other);
}

TEST(HeartbeatsUnderWay, HoldWhatFollowsUntilAllOfThemHaveEnded) {
  HeartbeatsUnderWay heartbeats;
  const auto first = heartbeats.begin("a:1");
  const auto second = heartbeats.begin("a:1");
  int runs = 0;
  heartbeats.after("a:1", [&] { ++runs; });
  heartbeats.end("a:1", second);
  EXPECT_EQ(runs, 0);
  heartbeats.end("a:1", first);
  EXPECT_EQ(runs, 1);
}

TEST(HeartbeatsUnderWay, DoNotHoldWhatCameBeforeThem) {
  HeartbeatsUnderWay heartbeats;
  const auto before = heartbeats.begin("a:1");
  int runs = 0;
  heartbeats.after("a:1", [&] { ++runs; });
  const auto later = heartbeats.begin("a:1");
  heartbeats.end("a:1", before);
  EXPECT_EQ(runs, 1);
  heartbeats.end("a:1", later);
  EXPECT_EQ(runs, 1);
}

}  // namespace
}  // namespace rocketmq::client
