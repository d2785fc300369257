#include "rocketmq/common/worker_pool.hpp"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <exception>
#include <future>
#include <latch>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace rocketmq {
namespace {

TEST(WorkerPool, RunsTasksOnThreadsThatCarryItsName) {
  WorkerPool pool("cold-read", 1, 10);
  std::promise<std::string> name;
  ASSERT_TRUE(pool.post([&] {
    char text[16] = {};
    pthread_getname_np(pthread_self(), text, sizeof text);
    name.set_value(text);
  }));
  EXPECT_EQ(name.get_future().get(), "cold-read-0");
  EXPECT_EQ(pool.name(), "cold-read");
}

TEST(WorkerPool, RunsAsManyTasksAtATimeAsItHasThreads) {
  WorkerPool pool("pool", 3, 10);
  std::latch all_are_running(3);
  for (int k = 0; k < 3; ++k) ASSERT_TRUE(pool.post([&] { all_are_running.arrive_and_wait(); }));
  all_are_running.wait();
  pool.stop();
}

TEST(WorkerPool, RefusesWhatDoesNotFitIntoItsQueue) {
  WorkerPool pool("pool", 1, 2);
  EXPECT_EQ(pool.queue_capacity(), 2U);
  std::promise<void> started;
  std::promise<void> go_on;
  ASSERT_TRUE(pool.post([&] {
    started.set_value();
    go_on.get_future().wait();
  }));
  started.get_future().wait();
  std::atomic<int> runs{0};
  EXPECT_TRUE(pool.post([&] { ++runs; }));
  EXPECT_TRUE(pool.post([&] { ++runs; }));
  EXPECT_FALSE(pool.post([&] { ++runs; }));
  EXPECT_EQ(pool.queue_size(), 2U);
  go_on.set_value();
  pool.stop();
  EXPECT_EQ(runs, 2);
}

TEST(WorkerPool, RunsWhatWasPostedBeforeItStopsAndRefusesWhatComesAfterwards) {
  WorkerPool pool("pool", 2, 1'000);
  std::atomic<int> runs{0};
  for (int k = 0; k < 500; ++k) ASSERT_TRUE(pool.post([&] { ++runs; }));
  pool.stop();
  EXPECT_EQ(runs, 500);
  EXPECT_FALSE(pool.post([&] { ++runs; }));
  pool.stop();
  EXPECT_EQ(runs, 500);
}

/// A pool whose only thread is busy until it may continue.
class BusyPool : public testing::Test {
 protected:
  ~BusyPool() override { release(); }
  void make(std::size_t queue_max) {
    pool.emplace("pool", 1, queue_max);
    std::promise<void> started;
    ASSERT_TRUE(pool->post([&] {
      started.set_value();
      go_on.get_future().wait();
    }));
    started.get_future().wait();
  }
  /// Posts a task whose end is noted under `name`, with a "-" when it was refused.
  bool post(std::uint64_t lane, const std::string& name) {
    return pool->post(lane, [this, name](WorkerPool::Fate fate) {
      ended.push_back(fate == WorkerPool::Fate::Run ? name : "-" + name);
    });
  }
  /// Lets the thread continue; also when a test ends early.
  void release() {
    if (pool && !std::exchange(is_released, true)) go_on.set_value();
  }
  std::promise<void> go_on;
  bool is_released = false;
  std::vector<std::string> ended;  // on the pool's thread, or on the test's while that one waits
  std::optional<WorkerPool> pool;
};

TEST_F(BusyPool, LetsLanesTakeTurns) {
  make(10);
  for (const char* name : {"a1", "a2", "a3", "a4"}) ASSERT_TRUE(post(1, name));
  for (const char* name : {"b1", "b2"}) ASSERT_TRUE(post(2, name));
  ASSERT_TRUE(post(3, "c1"));
  release();
  pool->stop();
  EXPECT_EQ(ended, (std::vector<std::string>{"a1", "b1", "c1", "a2", "b2", "a3", "a4"}));
}

TEST_F(BusyPool, GivesThePlaceOfTheLongestLaneToAShorterOneWhenItIsFull) {
  make(5);
  for (const char* name : {"a1", "a2", "a3", "a4"}) ASSERT_TRUE(post(1, name));
  ASSERT_TRUE(post(2, "b1"));
  EXPECT_FALSE(post(1, "a5")) << "it has most itself";
  EXPECT_TRUE(post(2, "b2"));
  EXPECT_EQ(ended, std::vector<std::string>{"-a4"});
  EXPECT_TRUE(post(3, "c1"));
  EXPECT_FALSE(post(2, "b3")) << "no lane has two more";
  EXPECT_EQ(pool->queue_size(), 5U);
  release();
  pool->stop();
  EXPECT_EQ(ended, (std::vector<std::string>{"-a4", "-a3", "a1", "b1", "c1", "a2", "b2"}));
}

TEST_F(BusyPool, RefusesWhatIsLeftWhenItsTimeToStopIsOver) {
  make(100'000'000);  // never full
  ASSERT_TRUE(post(1, "a1"));
  ASSERT_TRUE(post(2, "b1"));
  std::thread stopping([this] { pool->stop(std::chrono::milliseconds(0)); });
  // It refuses as soon as it is stopping.
  while (pool->post([] {})) std::this_thread::yield();
  release();
  stopping.join();
  EXPECT_EQ(ended, (std::vector<std::string>{"-a1", "-b1"}));
}

TEST(WorkerPool, SurvivesATaskThatThrows) {
  WorkerPool pool("pool", 1, 10);
  ASSERT_TRUE(pool.post([] { throw std::runtime_error("on purpose"); }));
  std::promise<void> ran;
  ASSERT_TRUE(pool.post([&] { ran.set_value(); }));
  ran.get_future().wait();
}

TEST(WorkerPool, LetsGoOfATasksCapturesOnceItHasRun) {
  WorkerPool pool("pool", 1, 10);
  auto held = std::make_shared<int>(1);
  const std::weak_ptr<int> watched = held;
  ASSERT_TRUE(pool.post([held = std::move(held)] {}));
  pool.stop();
  EXPECT_TRUE(watched.expired());
}

TEST(WorkerPool, ALimitOnThreadsIsAnErrorThatNamesTheThread) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "sanitizers need more memory than the limit leaves";
#endif
  const pid_t child = ::fork();
  if (child == 0) {
    const rlimit no_room{1, 1};
    ::setrlimit(RLIMIT_AS, &no_room);
    try {
      const WorkerPool pool("pool", 100, 1);  // more than the stacks that are left over
      ::_exit(1);
    } catch (const std::exception& failure) {
      ::_exit(std::string(failure.what()).find("pool-") != std::string::npos ? 0 : 2);
    }
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status)) << "ended by signal " << WTERMSIG(status);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace rocketmq
