#include "rocketmq/common/timer_thread.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <latch>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

namespace rocketmq {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

TEST(Scheduler, RunsTasksInTheOrderOfTheirTimes) {
  TimerThread timer("test");
  Scheduler scheduler(timer);
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
  TimerThread timer("test");
  Scheduler scheduler(timer);
  std::promise<void> ran;
  const auto task = scheduler.every(hours(1), hours(1), [&] { ran.set_value(); });
  scheduler.start();
  scheduler.trigger(task);
  ran.get_future().wait();
}

TEST(Scheduler, RunsAgainWhenItIsTriggeredDuringTheRun) {
  TimerThread timer("test");
  Scheduler scheduler(timer);
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
  TimerThread timer("test");
  Scheduler scheduler(timer);
  bool ran = false;
  scheduler.start();
  scheduler.after(hours(1), [&] { ran = true; });
  scheduler.stop();
  scheduler.after(milliseconds(0), [&] { ran = true; });
  scheduler.stop();
  EXPECT_FALSE(ran);
}

TEST(Scheduler, RunsTheTasksOfManyOnTheOneThreadOfTheirTimer) {
  TimerThread timer("test");
  std::mutex mutex;
  std::set<std::thread::id> threads;
  std::vector<std::unique_ptr<Scheduler>> schedulers;
  std::latch ran(10);
  for (int i = 0; i < 10; ++i) {
    auto& scheduler = *schedulers.emplace_back(std::make_unique<Scheduler>(timer));
    scheduler.start();
    scheduler.after(milliseconds(0), [&] {
      const std::scoped_lock lock(mutex);
      threads.insert(std::this_thread::get_id());
      ran.count_down();
    });
  }
  ran.wait();
  EXPECT_EQ(threads.size(), 1U);
}

TEST(Scheduler, WhoseTaskWaitsDoesNotHoldUpThoseOfOthers) {
  SharedPool pool("test", 16);
  TimerThread timer("test", {&pool});
  std::promise<void> go_on;
  const std::shared_future<void> may_go_on = go_on.get_future().share();
  std::vector<std::unique_ptr<Scheduler>> waiting;
  std::latch begun(3);
  for (int i = 0; i < 3; ++i) {
    auto& scheduler = *waiting.emplace_back(std::make_unique<Scheduler>(timer, &pool));
    scheduler.start();
    scheduler.after(milliseconds(0), [&] {
      begun.count_down();
      may_go_on.wait();
    });
  }
  begun.wait();
  Scheduler other(timer, &pool);
  std::promise<void> ran;
  other.start();
  other.after(milliseconds(0), [&] { ran.set_value(); });
  ran.get_future().wait();
  go_on.set_value();
}

TEST(Scheduler, StopsWhileItsTurnHasNotCome) {
  SharedPool pool("test", 1);
  TimerThread timer("test", {&pool});
  std::promise<void> go_on;
  std::promise<void> has_begun;
  Scheduler first(timer, &pool);
  first.start();
  first.after(milliseconds(0), [&] {
    has_begun.set_value();
    go_on.get_future().wait();
  });
  has_begun.get_future().wait();
  bool ran = false;
  Scheduler second(timer, &pool);
  second.start();
  second.after(milliseconds(0), [&] { ran = true; });
  second.stop();
  go_on.set_value();
  first.stop();
  EXPECT_FALSE(ran);
}

}  // namespace
}  // namespace rocketmq
