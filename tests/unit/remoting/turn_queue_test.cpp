#include "rocketmq/net/turn_queue.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <vector>

namespace rocketmq::net {
namespace {

using namespace std::chrono_literals;

/// Only what the queue needs of a member: that there is one.
struct Member final : ReactorMember {
  explicit Member(int n) : number(n) {}
  void on_wake() override {}
  void on_turn_end() override {}
  void take_turn() override {}
  void wind_down(const Error&) override {}
  void close_now(const Error&) override {}
  void close_if_idle(SteadyTime) override {}
  std::size_t counted_bytes() const override { return 0; }
  void close_for_buffers() override {}

  const int number;
};

class TurnQueueTest : public testing::Test {
 protected:
  TurnQueueTest() {
    for (int n = 0; n < 1'000; ++n) members.push_back(std::make_shared<Member>(n));
  }
  /// Runs a round in which every turn takes `cost` and leaves as much work as before.
  std::vector<int> round(std::chrono::microseconds cost) {
    std::vector<int> served;
    queue.run_round([this] { return now; },
                    [&](ReactorMember& member) {
                      const int number = static_cast<Member&>(member).number;
                      served.push_back(number);
                      now += cost;
                      queue.push(members[static_cast<std::size_t>(number)]);
                      return number != last_of_round;
                    });
    return served;
  }

  TurnQueue queue;
  int last_of_round = -1;
  SteadyTime now;
  std::vector<std::shared_ptr<Member>> members;
};

TEST_F(TurnQueueTest, EndsARoundWhenItsTimeIsOverHoweverManyWait) {
  for (const auto& member : members) queue.push(member);
  const SteadyTime begin = now;
  EXPECT_EQ(round(500us), (std::vector<int>{0, 1, 2, 3}));
  EXPECT_EQ(now - begin, TurnQueue::round_max);
  EXPECT_EQ(queue.size(), 1'000U);
}

TEST_F(TurnQueueTest, ContinuesInTheNextRoundWhereTheLastOneEnded) {
  for (const auto& member : members) queue.push(member);
  (void)round(500us);
  EXPECT_EQ(round(1'000us), (std::vector<int>{4, 5}));
  std::size_t served = 6;
  while (served < 1'000) served += round(500us).size();
  EXPECT_EQ(round(2'000us), (std::vector<int>{2})) << "the first ones are behind all others";
}

TEST_F(TurnQueueTest, GivesOneTurnEvenWhereItTakesLongerThanARound) {
  queue.push(members[7]);
  queue.push(members[8]);
  EXPECT_EQ(round(50'000us), (std::vector<int>{7}));
  EXPECT_EQ(round(50'000us), (std::vector<int>{8}));
}

TEST_F(TurnQueueTest, EndsARoundWithATurnThatSaysSo) {
  for (const auto& member : members) queue.push(member);
  last_of_round = 2;
  EXPECT_EQ(round(0us), (std::vector<int>{0, 1, 2}));
  EXPECT_EQ(round(1'000us), (std::vector<int>{3, 4}));
}

TEST_F(TurnQueueTest, GivesEachMemberOneTurnARound) {
  queue.push(members[1]);
  queue.push(members[2]);
  EXPECT_EQ(round(0us), (std::vector<int>{1, 2})) << "both come back, for the next round";
  EXPECT_EQ(queue.size(), 2U);
}

}  // namespace
}  // namespace rocketmq::net
