#include "pulls/filter_turns.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

namespace rocketmq::filtersrv {
namespace {

class AnyFilter final : public Filter {
 public:
  explicit AnyFilter(bool one_batch_at_a_time) : one_batch_at_a_time_(one_batch_at_a_time) {}
  Result<std::vector<Verdict>> match(std::span<const FilterMessage>) override { return {}; }
  bool judges_one_batch_at_a_time() const override { return one_batch_at_a_time_; }

 private:
  const bool one_batch_at_a_time_;
};

using Fate = WorkerPool::Fate;

/// Of one and the same group.
FilterTurns::Lane of_connection(std::uint64_t connection) {
  return {.group = 1, .connection = connection};
}
FilterTurns::Lane of_group(std::uint64_t group) { return {.group = group, .connection = 1}; }

class FilterTurnsTest : public testing::Test {
 protected:
  ~FilterTurnsTest() override { pool_.stop(); }

  /// A batch of the filter that is judged until release() is called; returns when it is.
  void hold(const std::shared_ptr<Filter>& filter) {
    ASSERT_TRUE(turns_.post(filter, of_connection(1), [this](Fate) {
      begun_.count_down();
      released_.wait();
    }));
    begun_.wait();
  }
  void release() { released_.count_down(); }

  ManualClock clock_;
  WorkerPool pool_{"filter", 2, 1'000};
  FilterTurns turns_{pool_, clock_};
  const std::shared_ptr<Filter> slow_ = std::make_shared<AnyFilter>(true);
  std::latch begun_{1};
  std::latch released_{1};
};

TEST_F(FilterTurnsTest, BatchesOfOneFilterAreJudgedInTurnAndNoneIsRefused) {
  hold(slow_);
  constexpr int batches = 100;
  std::atomic<int> inside{0};
  std::string order;  // written by one at a time
  std::latch all(batches);
  for (int k = 0; k < batches; ++k) {
    ASSERT_TRUE(
        turns_.post(slow_, of_connection(static_cast<std::uint64_t>(k % 7)), [&, k](Fate fate) {
          EXPECT_EQ(fate, Fate::Run);
          EXPECT_EQ(inside.fetch_add(1), 0);
          order += std::to_string(k) + ' ';
          inside.fetch_sub(1);
          all.count_down();
        }));
  }
  EXPECT_EQ(turns_.waiting(), 100U);
  release();
  all.wait();
  std::string expected;
  for (int k = 0; k < batches; ++k) expected += std::to_string(k) + ' ';
  EXPECT_EQ(order, expected);
}

TEST_F(FilterTurnsTest, GroupsThatShareAFilterTakeTurns) {
  hold(slow_);
  std::string order;  // written by one at a time
  std::latch all(5);
  const auto post = [&](std::uint64_t group) {
    ASSERT_TRUE(turns_.post(slow_, of_group(group), [&, group](Fate) {
      order += std::to_string(group);
      all.count_down();
    }));
  };
  for (const std::uint64_t group : {1, 1, 1, 2, 3}) post(group);
  release();
  all.wait();
  EXPECT_EQ(order, "12311");
}

TEST_F(FilterTurnsTest, TheGroupThatHasMostGivesWayToOthers) {
  hold(slow_);
  std::atomic<int> refused{0};
  std::latch all(FilterTurns::waiting_max + 1);
  const auto post = [&](std::uint64_t group) {
    return turns_.post(slow_, of_group(group), [&](Fate fate) {
      if (fate == Fate::Refused) ++refused;
      all.count_down();
    });
  };
  for (std::size_t k = 0; k < FilterTurns::waiting_max; ++k) ASSERT_TRUE(post(1));
  EXPECT_FALSE(post(1));
  EXPECT_TRUE(post(2));
  EXPECT_EQ(refused, 1);
  EXPECT_EQ(turns_.waiting(), FilterTurns::waiting_max);
  release();
  all.wait();
  EXPECT_EQ(refused, 1);
}

TEST_F(FilterTurnsTest, WhatWaitsForASlowFilterHoldsNoThread) {
  hold(slow_);
  std::latch later(5);
  for (int k = 0; k < 5; ++k)
    ASSERT_TRUE(turns_.post(slow_, of_connection(2), [&](Fate) { later.count_down(); }));
  // The pool's other thread is free.
  for (const bool one_at_a_time : {true, false}) {
    std::latch judged(1);
    ASSERT_TRUE(turns_.post(std::make_shared<AnyFilter>(one_at_a_time), of_connection(3),
                            [&](Fate) { judged.count_down(); }));
    judged.wait();
  }
  EXPECT_FALSE(later.try_wait());
  release();
  later.wait();
}

TEST_F(FilterTurnsTest, OtherFiltersJudgeSeveralBatchesAtATime) {
  const auto fast = std::make_shared<AnyFilter>(false);
  std::latch both(2);
  std::latch ended(2);
  for (int k = 0; k < 2; ++k) {
    ASSERT_TRUE(turns_.post(fast, of_connection(1), [&](Fate) {
      both.arrive_and_wait();
      ended.count_down();
    }));
  }
  ended.wait();
}

TEST_F(FilterTurnsTest, SoManyWaitForOneFilterAndNotForEver) {
  hold(slow_);
  std::atomic<int> refused{0};
  std::latch all(FilterTurns::waiting_max);
  const auto wait = [&] {
    return turns_.post(slow_, of_connection(1), [&](Fate fate) {
      if (fate == Fate::Refused) ++refused;
      all.count_down();
    });
  };
  for (std::size_t k = 0; k < FilterTurns::waiting_max; ++k) ASSERT_TRUE(wait());
  EXPECT_FALSE(wait());
  clock_.advance(FilterTurns::wait_max + std::chrono::milliseconds(1));
  release();
  all.wait();
  EXPECT_EQ(refused, static_cast<int>(FilterTurns::waiting_max));
}

TEST_F(FilterTurnsTest, GoesOnBehindABatchThatThrows) {
  hold(slow_);
  std::latch later(1);
  ASSERT_TRUE(
      turns_.post(slow_, of_connection(1), [](Fate) { throw std::runtime_error("no memory"); }));
  ASSERT_TRUE(turns_.post(slow_, of_connection(1), [&](Fate) { later.count_down(); }));
  release();
  later.wait();
}

TEST_F(FilterTurnsTest, RefusesWhatWaitsWhenThePoolStops) {
  hold(slow_);
  std::atomic<int> refused{0};
  for (int k = 0; k < 3; ++k) {
    ASSERT_TRUE(turns_.post(slow_, of_connection(1), [&](Fate fate) {
      if (fate == Fate::Refused) ++refused;
    }));
  }
  std::thread stop([&] { pool_.stop(std::chrono::milliseconds(0)); });
  // The pool takes nothing any more; what it has taken has ended, so that it is not merely full.
  for (;;) {
    std::latch ended(1);
    if (!pool_.post(1, [&](Fate) { ended.count_down(); })) break;
    ended.wait();
  }
  release();
  stop.join();
  EXPECT_EQ(refused, 3);
  EXPECT_FALSE(turns_.post(slow_, of_connection(1), [](Fate) {}));
  EXPECT_EQ(turns_.waiting(), 0U);
}

}  // namespace
}  // namespace rocketmq::filtersrv
