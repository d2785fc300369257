#include "rocketmq/common/periodic_tasks.hpp"

#include <gtest/gtest.h>
#include <pthread.h>

#include <array>
#include <atomic>
#include <chrono>
#include <future>
#include <latch>
#include <stdexcept>
#include <string>
#include <thread>

namespace rocketmq {
namespace {

using namespace std::chrono_literals;

constexpr auto never = std::chrono::milliseconds(1h);

TEST(PeriodicTasks, RunsATaskAgainAndAgain) {
  std::latch three_runs(3);
  PeriodicTasks tasks("tasks");
  std::atomic<int> runs = 0;
  tasks.every(0ms, 1ms, "count", [&] {
    if (++runs <= 3) three_runs.count_down();
  });
  tasks.start();
  three_runs.wait();
  tasks.stop();
  EXPECT_GE(runs, 3);
}

TEST(PeriodicTasks, WaitsForTheDelay) {
  std::latch ran(1);
  std::atomic<bool> early = false;
  const auto begin = std::chrono::steady_clock::now();
  PeriodicTasks tasks("tasks");
  tasks.every(20ms, never, "late", [&] {
    early = std::chrono::steady_clock::now() - begin < 20ms;
    ran.count_down();
  });
  tasks.start();
  ran.wait();
  EXPECT_FALSE(early);
}

TEST(PeriodicTasks, ATaskThatKnowsItsNextTimeRunsThen) {
  std::latch three_runs(3);
  std::atomic<int> runs = 0;
  PeriodicTasks tasks("tasks");
  tasks.when_due(0ms, never, "due", [&] {
    if (++runs <= 3) three_runs.count_down();
    return runs < 3 ? 1ms : never;
  });
  tasks.start();
  three_runs.wait();
  tasks.stop();
  EXPECT_EQ(runs, 3);
}

TEST(PeriodicTasks, ATaskRunsAfterItsPeriodAtTheLatest) {
  std::latch three_runs(3);
  std::atomic<int> runs = 0;
  PeriodicTasks tasks("tasks");
  tasks.when_due(0ms, 1ms, "due", [&] {
    if (++runs <= 3) three_runs.count_down();
    if (runs == 2) throw std::runtime_error("it cannot say when");
    return never;
  });
  tasks.start();
  three_runs.wait();
}

TEST(PeriodicTasks, RunsOnAThreadOfItsName) {
  std::promise<std::string> name;
  PeriodicTasks tasks("housekeeping");
  tasks.every(0ms, never, "name", [&] {
    std::array<char, 16> buffer{};
    pthread_getname_np(pthread_self(), buffer.data(), buffer.size());
    name.set_value(buffer.data());
  });
  tasks.start();
  EXPECT_EQ(name.get_future().get(), "housekeeping");
}

TEST(PeriodicTasks, ATriggeredTaskRunsBeforeItsTime) {
  std::latch ran(1);
  PeriodicTasks tasks("tasks");
  tasks.every(never, never, "rare", [&] { ran.count_down(); });
  tasks.start();
  tasks.trigger("rare");
  ran.wait();
}

TEST(PeriodicTasks, ATriggerDuringTheRunIsNotLost) {
  std::latch in_first_run(1);
  std::latch triggered(1);
  std::latch second_run(1);
  std::atomic<int> runs = 0;
  PeriodicTasks tasks("tasks");
  tasks.every(0ms, never, "rare", [&] {
    if (++runs == 1) {
      in_first_run.count_down();
      triggered.wait();
    } else {
      second_run.count_down();
    }
  });
  tasks.start();
  in_first_run.wait();
  tasks.trigger("rare");
  triggered.count_down();
  second_run.wait();
  EXPECT_EQ(runs, 2);
}

TEST(PeriodicTasks, ATaskThatThrowsRunsAgainAndHindersNoOther) {
  std::latch thrown_twice(2);
  std::latch other_ran(1);
  std::atomic<int> throws = 0;
  std::atomic<int> others = 0;
  PeriodicTasks tasks("tasks");
  tasks.every(0ms, 1ms, "thrower", [&] {
    if (++throws <= 2) thrown_twice.count_down();
    if (throws % 2 == 0) throw 7;  // not even an exception object
    throw std::runtime_error("as always");
  });
  tasks.every(0ms, 1ms, "other", [&] {
    if (++others == 1) other_ran.count_down();
  });
  tasks.start();
  thrown_twice.wait();
  other_ran.wait();
}

TEST(PeriodicTasks, StopWaitsForTheRunningTask) {
  std::latch running(1);
  std::latch stopping(1);
  std::atomic<bool> ended = false;
  PeriodicTasks tasks("tasks");
  tasks.every(0ms, never, "long", [&] {
    running.count_down();
    stopping.wait();
    ended = true;
  });
  tasks.start();
  running.wait();
  std::thread releaser([&] { stopping.count_down(); });
  tasks.stop();
  EXPECT_TRUE(ended);
  releaser.join();
}

TEST(PeriodicTasks, StopsTwiceAndWithoutStart) {
  PeriodicTasks started("tasks");
  started.start();
  started.stop();
  started.stop();
  PeriodicTasks idle("tasks");
  idle.stop();
}

TEST(PeriodicTasks, RunsNothingAfterTheStop) {
  std::atomic<int> runs = 0;
  PeriodicTasks tasks("tasks");
  tasks.every(never, never, "rare", [&] { ++runs; });
  tasks.start();
  tasks.stop();
  tasks.trigger("rare");
  EXPECT_EQ(runs, 0);
}

}  // namespace
}  // namespace rocketmq
