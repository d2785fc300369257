#include "callback_executor.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <numeric>
#include <vector>

namespace rocketmq::client {
namespace {

TEST(CallbackExecutor, RunsGatheredTasksInTheirOrderAfterThoseThatWait) {
  CallbackExecutor executor(1);
  std::promise<void> go_on;
  executor.post([&] { go_on.get_future().wait(); });
  std::vector<int> ran;
  executor.post([&] { ran.push_back(0); });
  for (int i = 1; i < 100; ++i) executor.gather([&, i] { ran.push_back(i); });
  executor.post_gathered();
  go_on.set_value();
  executor.stop();
  std::vector<int> expected(100);
  std::iota(expected.begin(), expected.end(), 0);
  EXPECT_EQ(ran, expected);
}

TEST(CallbackExecutor, HandsManyGatheredTasksOverWithoutBeingTold) {
  CallbackExecutor executor(1);
  std::promise<void> first_ran;
  executor.gather([&] { first_ran.set_value(); });
  for (int i = 0; i < 100; ++i) executor.gather([] {});
  first_ran.get_future().wait();
  executor.post_gathered();
}

TEST(CallbackExecutor, RunsGatheredTasksOnTheCallersThreadOnceItHasStopped) {
  CallbackExecutor executor(1);
  executor.stop();
  std::thread::id ran_on;
  executor.gather([&] { ran_on = std::this_thread::get_id(); });
  executor.post_gathered();
  EXPECT_EQ(ran_on, std::this_thread::get_id());
}

TEST(CallbackExecutor, LetsOtherThreadsRunWhatIsBehindASlowTask) {
  CallbackExecutor executor(2);
  std::promise<void> last_ran;
  executor.gather([&] { last_ran.get_future().wait(); });
  executor.gather([&] { last_ran.set_value(); });
  executor.post_gathered();
  executor.stop();
}

TEST(CallbackExecutor, LetsATaskWaitForTheOneThatWasHandedOverAfterIt) {
  CallbackExecutor executor(4);
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
  executor.post_gathered();
  executor.stop();
  EXPECT_EQ(waited_without_success, 0);
}

}  // namespace
}  // namespace rocketmq::client
