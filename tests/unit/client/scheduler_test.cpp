#include "scheduler.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

namespace rocketmq::client {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

TEST(Scheduler, RunsTasksInTheOrderOfTheirTimes) {
  Scheduler scheduler("test");
  std::promise<void> done;
  std::string order;
  scheduler.after(milliseconds(20), [&] {
    order += 'b';
    done.set_value();
  });
  scheduler.after(milliseconds(0), [&] { order += 'a'; });
  scheduler.start();
  done.get_future().wait();
  scheduler.stop();
  EXPECT_EQ(order, "ab");
}

TEST(Scheduler, RunsAPeriodicTaskWhenItIsTriggered) {
  Scheduler scheduler("test");
  std::promise<void> ran;
  const auto task = scheduler.every(hours(1), hours(1), [&] { ran.set_value(); });
  scheduler.start();
  scheduler.trigger(task);
  ran.get_future().wait();
}

TEST(Scheduler, RunsAgainWhenItIsTriggeredDuringTheRun) {
  Scheduler scheduler("test");
  std::promise<void> twice;
  std::atomic<int> runs{0};
  Scheduler::TaskId task = 0;
  task = scheduler.every(hours(1), hours(1), [&] {
    if (++runs == 1) scheduler.trigger(task);
    if (runs == 2) twice.set_value();
  });
  scheduler.start();
  scheduler.trigger(task);
  twice.get_future().wait();
}

TEST(Scheduler, DropsWhatIsNotDueWhenItStops) {
  Scheduler scheduler("test");
  bool ran = false;
  scheduler.start();
  scheduler.after(hours(1), [&] { ran = true; });
  scheduler.stop();
  scheduler.after(milliseconds(0), [&] { ran = true; });
  scheduler.stop();
  EXPECT_FALSE(ran);
}

}  // namespace
}  // namespace rocketmq::client
