#include "rocketmq/common/shared_pool.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include "rocketmq/common/timer_thread.hpp"

namespace rocketmq {
namespace {

using namespace std::chrono_literals;

/// Work that is run once.
class Once final : public SharedPool::Work {
 public:
  void run_work() override { ran_.set_value(std::this_thread::get_id()); }
  std::thread::id wait() { return ran_.get_future().get(); }

 private:
  std::promise<std::thread::id> ran_;
};

/// A system that makes no thread until it is told to.
class Refusing {
 public:
  SharedPool::MakeThread make() {
    return [this](std::string name, UniqueFunction<void()> body) {
      ++tries;
      if (refuses) throw std::runtime_error("cannot start the thread " + name);
      return named_thread(std::move(name), std::move(body));
    };
  }
  std::atomic<bool> refuses = true;
  std::atomic<int> tries = 0;
};

TEST(SharedPool, AThreadThatIsRefusedIsTriedAgainAfterAPause) {
  Refusing system;
  SharedPool pool("test", 4, system.make());
  Once work;
  EXPECT_TRUE(pool.post(work)) << "somebody has to look after it";
  const auto now = std::chrono::steady_clock::now();
  const auto next = pool.look(now + SharedPool::pause_after_refusal + SharedPool::patience);
  EXPECT_EQ(next, now + 2 * SharedPool::pause_after_refusal + SharedPool::patience);
  EXPECT_EQ(system.tries, 2);
  EXPECT_EQ(pool.look(now + SharedPool::pause_after_refusal + SharedPool::patience), next);
  EXPECT_EQ(system.tries, 2) << "not before the pause is over";

  system.refuses = false;
  (void)pool.look(next);
  EXPECT_NE(work.wait(), std::this_thread::get_id());
}

TEST(SharedPool, ThatGetsNoThreadDoesNotEndTheTimer) {
  Refusing system;
  SharedPool pool("test", 4, system.make());
  TimerThread timer("timer", {&pool});
  Scheduler with_pool(timer, &pool);
  Scheduler without(timer);
  std::promise<void> ran;
  std::promise<void> refused;
  with_pool.after(0ms, [&] { ran.set_value(); });
  without.every(0ms, 1ms, [&, is_first = true]() mutable {
    if (system.tries > 0 && std::exchange(is_first, false)) refused.set_value();
  });
  with_pool.start();
  without.start();
  refused.get_future().wait();
  system.refuses = false;
  ran.get_future().wait();
  with_pool.stop();
  without.stop();
}

TEST(SharedPool, RunsWhatWaitsWhenItStopsWithoutAThread) {
  Refusing system;
  SharedPool pool("test", 4, system.make());
  Once work;
  EXPECT_TRUE(pool.post(work));
  pool.stop();
  EXPECT_EQ(work.wait(), std::this_thread::get_id());
}

}  // namespace
}  // namespace rocketmq
