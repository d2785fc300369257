#include "producer/send_limiter.hpp"

#include <gtest/gtest.h>

#include <future>
#include <thread>

namespace rocketmq::client {
namespace {

using std::chrono::milliseconds;
constexpr std::chrono::minutes patience{1};

TEST(SendLimiter, RefusesMoreThanItsNumberAndItsBytes) {
  SendLimiter limiter(2, 100);
  EXPECT_TRUE(limiter.acquire(90, milliseconds(0)));
  EXPECT_FALSE(limiter.acquire(11, milliseconds(0)));
  EXPECT_TRUE(limiter.acquire(10, milliseconds(0)));
  EXPECT_FALSE(limiter.acquire(0, milliseconds(0)));
  limiter.release(90);
  EXPECT_TRUE(limiter.acquire(90, milliseconds(0)));
}

TEST(SendLimiter, LetsOneThroughWhateverItsSize) {
  SendLimiter limiter(2, 100);
  EXPECT_TRUE(limiter.acquire(1'000, milliseconds(0)));
  EXPECT_FALSE(limiter.acquire(1, milliseconds(0)));
}

TEST(SendLimiter, GivesALittleRoomToWhoWaitsForIt) {
  SendLimiter limiter(1'000, 1'000'000);
  for (int i = 0; i < 1'000; ++i) ASSERT_TRUE(limiter.acquire(1, milliseconds(0)));
  auto waiting = std::async(std::launch::async, [&] { return limiter.acquire(1, patience); });
  limiter.release(1);
  EXPECT_TRUE(waiting.get());
}

TEST(SendLimiter, GoesBeyondItsBoundsForThreadsThatMustNotWait) {
  SendLimiter limiter(1, 100);
  EXPECT_TRUE(limiter.acquire(1, milliseconds(0)));
  limiter.acquire_now(1);
  limiter.release(1);
  EXPECT_FALSE(limiter.acquire(1, milliseconds(0))) << "one is still under way";
}

TEST(SendLimiter, SaysWhenNothingIsUnderWay) {
  SendLimiter limiter(10, 100);
  EXPECT_TRUE(limiter.wait_until_idle(milliseconds(0)));
  ASSERT_TRUE(limiter.acquire(1, milliseconds(0)));
  EXPECT_FALSE(limiter.wait_until_idle(milliseconds(0)));
  auto waiting = std::async(std::launch::async, [&] { return limiter.wait_until_idle(patience); });
  limiter.release(1);
  EXPECT_TRUE(waiting.get());
}

}  // namespace
}  // namespace rocketmq::client
