#include "rocketmq/common/one_task.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

namespace rocketmq {
namespace {

TEST(OneTask, IsNotPostedAgainBeforeItHasEnded) {
  WorkerPool pool("pool", 2, 10);
  OneTask task;
  std::promise<void> started;
  std::promise<void> go_on;
  task.post(pool, [&] {
    started.set_value();
    go_on.get_future().wait();
  });
  started.get_future().wait();
  std::atomic<int> runs{0};
  task.post(pool, [&] { ++runs; });
  go_on.set_value();
  pool.stop();
  EXPECT_EQ(runs, 0);
}

TEST(OneTask, IsPostedAgainWhenItHasEnded) {
  WorkerPool pool("pool", 1, 10);
  OneTask task;
  int runs = 0;
  // The second of the pool's tasks begins when the first one has ended.
  for (int k = 0; k < 2; ++k) {
    task.post(pool, [&] { ++runs; });
    std::promise<void> is_over;
    ASSERT_TRUE(pool.post([&] { is_over.set_value(); }));
    is_over.get_future().wait();
  }
  EXPECT_EQ(runs, 2);
}

TEST(OneTask, IsPostedAgainWhenThePoolHasRefusedItLater) {
  WorkerPool pool("pool", 1, 2);
  std::promise<void> started;
  std::promise<void> go_on;
  ASSERT_TRUE(pool.post([&] {
    started.set_value();
    go_on.get_future().wait();
  }));
  started.get_future().wait();
  OneTask task;
  int runs = 0;
  ASSERT_TRUE(pool.post([] {}));
  task.post(pool, [&] { ++runs; });
  // The owner's lane has two tasks, and loses the newest to a lane that has none.
  ASSERT_TRUE(pool.post(7, [](WorkerPool::Fate) {}));
  go_on.set_value();
  pool.stop();
  EXPECT_EQ(runs, 0);

  WorkerPool another("pool", 1, 2);
  task.post(another, [&] { ++runs; });
  another.stop();
  EXPECT_EQ(runs, 1);
}

TEST(OneTask, IsPostedAgainWhenThePoolHasRefusedItAtOnce) {
  WorkerPool stopped("pool", 1, 2);
  stopped.stop();
  OneTask task;
  int runs = 0;
  task.post(stopped, [&] { ++runs; });
  WorkerPool another("pool", 1, 2);
  task.post(another, [&] { ++runs; });
  another.stop();
  EXPECT_EQ(runs, 1);
}

}  // namespace
}  // namespace rocketmq
