#include "rocketmq/client/own_code.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace rocketmq::client {
namespace {

TEST(OwnCode, RunsForEachClientWhoseCodeIsOnTheStackOfTheThread) {
  const int one = 0;
  const int other = 0;
  EXPECT_FALSE(OwnCode::runs_for(&one));
  {
    const OwnCode outer(&one);
    EXPECT_TRUE(OwnCode::runs_for(&one));
    EXPECT_FALSE(OwnCode::runs_for(&other));
    {
      const OwnCode inner(&other);
      EXPECT_TRUE(OwnCode::runs_for(&one));
      EXPECT_TRUE(OwnCode::runs_for(&other));
    }
    EXPECT_FALSE(OwnCode::runs_for(&other));
    std::thread([&] { EXPECT_FALSE(OwnCode::runs_for(&one)) << "another thread"; }).join();
  }
  EXPECT_FALSE(OwnCode::runs_for(&one));
}

}  // namespace
}  // namespace rocketmq::client
