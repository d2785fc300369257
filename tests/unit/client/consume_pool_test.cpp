#include "consumer/push/consume_pool.hpp"

#include <gtest/gtest.h>

#include <future>
#include <set>
#include <thread>
#include <vector>

namespace rocketmq::client {
namespace {

/// Ten pieces; the first one waits for the last one, which another thread must run.
class StuckPieces final : public ConsumeWork {
 public:
  bool has_more() const override { return next_ < pieces; }
  std::optional<std::size_t> claim() override {
    const std::size_t piece = next_++;
    if (piece >= pieces) return std::nullopt;
    return piece;
  }
  void run(std::size_t piece) override {
    if (piece == 0) last_done_.get_future().wait();
    if (piece == pieces - 1) last_done_.set_value();
    if (++done_ == pieces) all_done.set_value();
  }
  std::promise<void> all_done;

 private:
  static constexpr std::size_t pieces = 10;
  std::atomic<std::size_t> next_{0};
  std::atomic<std::size_t> done_{0};
  std::promise<void> last_done_;
};

TEST(ConsumePool, LetsOtherThreadsRunThePiecesBehindAStuckOne) {
  ConsumePool pool("test", 2);
  pool.start();
  const auto work = std::make_shared<StuckPieces>();
  pool.post(work);
  work->all_done.get_future().wait();
  pool.stop();
}

TEST(ConsumePool, WaitsForThePieceUnderWayAndBeginsNoOther) {
  ConsumePool pool("test", 1);
  pool.start();
  std::promise<void> begun;
  std::promise<void> go_on;
  std::atomic<int> ran{0};
  pool.post(std::make_shared<OneCall>([&] {
    begun.set_value();
    go_on.get_future().wait();
    ++ran;
  }));
  pool.post(std::make_shared<OneCall>([&] { ++ran; }));
  begun.get_future().wait();
  pool.stop_taking();
  EXPECT_FALSE(pool.wait_until_idle(std::chrono::milliseconds(1)));
  go_on.set_value();
  EXPECT_TRUE(pool.wait_until_idle(std::chrono::milliseconds(0)));
  pool.stop();
  EXPECT_EQ(ran, 1);
}

TEST(ConsumePool, GivesWorkToAsManyThreadsAsItIsResizedTo) {
  ConsumePool pool("test", 1);
  pool.start();
  const auto work = std::make_shared<StuckPieces>();  // needs two threads
  pool.post(work);
  pool.resize(2);
  work->all_done.get_future().wait();

  pool.resize(1);
  std::set<std::thread::id> ran_on;
  std::promise<void> done;
  for (int i = 0; i < 50; ++i) {
    pool.post(std::make_shared<OneCall>([&, i] {
      ran_on.insert(std::this_thread::get_id());
      if (i == 49) done.set_value();
    }));
  }
  done.get_future().wait();
  EXPECT_EQ(ran_on.size(), 1U);
  EXPECT_EQ(pool.threads(), 1);
}

TEST(ConsumePool, KnowsItsOwnThreads) {
  ConsumePool pool("test", 1);
  pool.start();
  std::promise<bool> inside;
  pool.post(std::make_shared<OneCall>([&] { inside.set_value(pool.runs_this_thread()); }));
  EXPECT_TRUE(inside.get_future().get());
  EXPECT_FALSE(pool.runs_this_thread());
}

}  // namespace
}  // namespace rocketmq::client
