#include "restart_policy.hpp"

#include <gtest/gtest.h>

#include "worker_budget.hpp"

namespace rocketmq::filtersrv {
namespace {

using std::chrono::milliseconds;

TEST(RestartPolicy, PausesLongerAfterEachFailureInARow) {
  ManualClock clock;
  RestartPolicy policy(
      {.first_pause = milliseconds(100), .longest_pause = milliseconds(300), .failures_max = 100},
      clock);
  EXPECT_FALSE(policy.reason_to_wait());
  for (const int pause : {100, 200, 300, 300}) {
    policy.failed("it crashed");
    clock.advance(milliseconds(pause - 1));
    ASSERT_TRUE(policy.reason_to_wait()) << pause;
    EXPECT_EQ(*policy.reason_to_wait(), "restarts in 1 ms: it crashed");
    clock.advance(milliseconds(1));
    EXPECT_FALSE(policy.reason_to_wait()) << pause;
  }
  policy.succeeded();
  policy.failed("it crashed");
  clock.advance(milliseconds(100));
  EXPECT_FALSE(policy.reason_to_wait());
}

TEST(RestartPolicy, QuarantinesAFilterThatKeepsFailing) {
  ManualClock clock;
  RestartPolicy policy({.first_pause = milliseconds(1),
                        .failures_max = 3,
                        .window = milliseconds(1'000),
                        .quarantine = milliseconds(5'000)},
                       clock);
  for (int k = 0; k < 3; ++k) {
    EXPECT_EQ(policy.state().find("quarantined"), std::string::npos);
    policy.failed("it loops");
    policy.succeeded();  // one batch between failures does not help
    clock.advance(milliseconds(10));
  }
  EXPECT_EQ(policy.state(), "quarantined for another 4990 ms: it loops");
  clock.advance(milliseconds(4'990));
  EXPECT_FALSE(policy.reason_to_wait());
}

TEST(RestartPolicy, ForgetsFailuresOfLongAgo) {
  ManualClock clock;
  RestartPolicy policy({.first_pause = milliseconds(1),
                        .longest_pause = milliseconds(1),
                        .failures_max = 2,
                        .window = milliseconds(1'000)},
                       clock);
  for (int k = 0; k < 5; ++k) {
    policy.failed("it crashed");
    EXPECT_EQ(policy.state(), "restarts in 1 ms: it crashed");
    clock.advance(milliseconds(1'001));
  }
  policy.started();
  policy.started();
  EXPECT_EQ(policy.state(), "running, 1 restarts, 5 failures, last: it crashed");
}

TEST(WorkerBudget, BoundsWorkersAndTheirMemory) {
  WorkerBudget budget(2, 100);
  auto first = budget.take(60);
  ASSERT_TRUE(first);
  EXPECT_FALSE(budget.take(41));
  {
    auto second = budget.take(40);
    ASSERT_TRUE(second);
    const auto third = budget.take(0);
    ASSERT_FALSE(third);
    EXPECT_EQ(third.error().code, ResponseCode::SystemBusy);
    EXPECT_EQ(budget.workers(), 2U);
  }
  EXPECT_EQ(budget.workers(), 1U);
  EXPECT_TRUE(budget.take(40));
}

}  // namespace
}  // namespace rocketmq::filtersrv
