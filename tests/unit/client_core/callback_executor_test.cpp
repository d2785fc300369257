#include "rocketmq/client/callback_executor.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <numeric>
#include <thread>
#include <vector>

namespace rocketmq::client {
namespace {

/// What executors share.
struct Threads {
  SharedPool pool{"test", 64};
  TimerThread timer{"test-timer", {&pool}};
};

TEST(CallbackExecutor, RunsGatheredTasksInTheirOrderAfterThoseThatWait) {
  Threads threads;
  CallbackExecutor executor(threads.pool, threads.timer, 1);
  std::promise<void> go_on;
  executor.post([&] { go_on.get_future().wait(); });
  std::vector<int> ran;
  executor.post([&] { ran.push_back(0); });
  for (int i = 1; i < 100; ++i) executor.gather([&, i] { ran.push_back(i); });
  CallbackExecutor::post_gathered();
  go_on.set_value();
  executor.stop();
  std::vector<int> expected(100);
  std::iota(expected.begin(), expected.end(), 0);
  EXPECT_EQ(ran, expected);
}

TEST(CallbackExecutor, HandsManyGatheredTasksOverWithoutBeingTold) {
  Threads threads;
  CallbackExecutor executor(threads.pool, threads.timer, 1);
  std::promise<void> first_ran;
  executor.gather([&] { first_ran.set_value(); });
  for (int i = 0; i < 100; ++i) executor.gather([] {});
  first_ran.get_future().wait();
  CallbackExecutor::post_gathered();
}

TEST(CallbackExecutor, RunsGatheredTasksOnTheCallersThreadOnceItHasStopped) {
  Threads threads;
  CallbackExecutor executor(threads.pool, threads.timer, 1);
  executor.stop();
  std::thread::id ran_on;
  executor.gather([&] { ran_on = std::this_thread::get_id(); });
  CallbackExecutor::post_gathered();
  EXPECT_EQ(ran_on, std::this_thread::get_id());
}

TEST(CallbackExecutor, LetsOtherThreadsRunWhatIsBehindASlowTask) {
  Threads threads;
  CallbackExecutor executor(threads.pool, threads.timer, 2);
  std::promise<void> last_ran;
  executor.gather([&] { last_ran.get_future().wait(); });
  executor.gather([&] { last_ran.set_value(); });
  CallbackExecutor::post_gathered();
  executor.stop();
}

TEST(CallbackExecutor, LetsATaskWaitForTheOneThatWasHandedOverAfterIt) {
  Threads threads;
  CallbackExecutor executor(threads.pool, threads.timer, 4);
  constexpr int pairs = 8;
  std::vector<std::promise<void>> ran(pairs);
  std::atomic<int> waited_without_success{0};
  for (int i = 0; i < pairs; ++i) {
    executor.gather([&, next = std::make_shared<std::future<void>>(ran.at(i).get_future())] {
      if (next->wait_for(std::chrono::seconds(20)) != std::future_status::ready) {
        ++waited_without_success;
      }
    });
    executor.gather([&, i] { ran.at(i).set_value(); });
  }
  CallbackExecutor::post_gathered();
  executor.stop();
  EXPECT_EQ(waited_without_success, 0);
}

TEST(CallbackExecutor, WhoseTasksWaitDoesNotHoldUpThoseOfOthers) {
  Threads threads;
  std::promise<void> last_ran;
  const std::shared_future<void> may_end = last_ran.get_future().share();
  std::vector<std::unique_ptr<CallbackExecutor>> executors;
  for (int i = 0; i < 5; ++i) {
    auto& executor =
        *executors.emplace_back(std::make_unique<CallbackExecutor>(threads.pool, threads.timer, 1));
    executor.post([may_end] { may_end.wait(); });
  }
  CallbackExecutor other(threads.pool, threads.timer, 1);
  other.post([&] { last_ran.set_value(); });
  other.stop();
  for (const auto& executor : executors) executor->stop();
}

TEST(CallbackExecutor, RunsNoMoreTasksAtATimeThanItHasThreads) {
  Threads threads;
  CallbackExecutor many(threads.pool, threads.timer, 4);
  CallbackExecutor one(threads.pool, threads.timer, 1);
  int running = 0;  // of one thread at a time, or this test is a race
  for (int i = 0; i < 1'000; ++i) {
    one.post([&] {
      ++running;
      EXPECT_EQ(running, 1);
      --running;
    });
  }
  one.stop();
}

}  // namespace
}  // namespace rocketmq::client
