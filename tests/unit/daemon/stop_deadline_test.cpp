#include "rocketmq/daemon/stop_deadline.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <future>
#include <thread>

namespace rocketmq {
namespace {

using std::chrono::milliseconds;

TEST(StopDeadline, GivesUpWhenTheStopHasNotEnded) {
  std::promise<void> given_up;
  const StopDeadline deadline(milliseconds(1), [&given_up] { given_up.set_value(); });
  given_up.get_future().wait();
}

TEST(StopDeadline, DoesNothingWhenTheStopEndsBefore) {
  bool given_up = false;
  {
    const StopDeadline deadline(std::chrono::hours(1), [&given_up] { given_up = true; });
  }
  EXPECT_FALSE(given_up);
}

TEST(StopDeadline, WithoutALimitNeverGivesUp) {
  bool given_up = false;
  {
    const StopDeadline deadline(milliseconds(0), [&given_up] { given_up = true; });
  }
  EXPECT_FALSE(given_up);
}

TEST(StopDeadlineDeathTest, EndsADaemonThatHangsAndSaysSo) {
  EXPECT_EXIT(
      {
        const StopDeadline deadline("mqsome", std::chrono::seconds(1));
        for (;;) std::this_thread::sleep_for(std::chrono::seconds(1));
      },
      testing::ExitedWithCode(255), "mqsome has not stopped within 1 s");
}

}  // namespace
}  // namespace rocketmq
