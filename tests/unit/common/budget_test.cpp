#include "rocketmq/common/budget.hpp"

#include <gtest/gtest.h>

#include <string>

#include "rocketmq/common/figure_table.hpp"

namespace rocketmq {
namespace {

constexpr Budget::Peer greedy = 1;
constexpr Budget::Peer greedy_too = 2;
constexpr Budget::Peer honest = 3;

/// What the peer holds after it has asked until it was refused.
std::size_t fill(Budget& budget, Budget::Peer peer) {
  while (budget.take(peer)) {
  }
  return budget.used_by(peer);
}

TEST(Budget, GivesAGreedyPeerHalfAndTheOthersTheRest) {
  Budget budget("things", "things here", 100);
  EXPECT_EQ(fill(budget, greedy), 50U);
  const auto refused = budget.take(greedy);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ResponseCode::SystemError);
  EXPECT_EQ(refused.error().remark,
            "your address has 50 of 100 things here, and no share in the 50 that are left for "
            "others");
  EXPECT_EQ(fill(budget, honest), 25U);
}

TEST(Budget, LeavesTheLastEighthToThoseWhoHoldLittle) {
  Budget budget("things", "things here", 1'000);
  for (Budget::Peer peer = 10; peer < 30; ++peer) fill(budget, peer);
  EXPECT_TRUE(budget.take(honest));
  EXPECT_GT(budget.total() - budget.used(), 100U);
  EXPECT_FALSE(budget.take(10)) << "the greedy one is refused, not the next honest one";
}

TEST(Budget, GivesRoomAgainThatWasGivenBack) {
  Budget budget("things", "things here", 9);
  fill(budget, greedy);
  budget.give_back(greedy, 3);
  EXPECT_EQ(budget.used_by(greedy), 2U);
  EXPECT_TRUE(budget.take(greedy));
}

TEST(Budget, CountsWhatBelongsToNobodyAndHasNoShareForIt) {
  Budget budget("things", "things here", 10);
  for (int k = 0; k < 8; ++k) EXPECT_TRUE(budget.take(Budget::nobody));
  EXPECT_EQ(fill(budget, greedy), 1U);
  budget.charge(Budget::nobody, 5);
  EXPECT_EQ(budget.used(), 14U);
  const auto refused = budget.take(honest);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().remark, "no more than 10 things here");
}

TEST(Budget, TakesAmounts) {
  Budget budget("bytes", "bytes of things", 100);
  EXPECT_TRUE(budget.take(greedy, 40));
  EXPECT_FALSE(budget.take(greedy, 30)) << "70 would be more than the 60 that are free";
  EXPECT_TRUE(budget.take(greedy_too, 50));
  EXPECT_EQ(budget.used(), 90U);
  EXPECT_EQ(budget.refusals(), 1U);
}

TEST(Budget, IsShownByFigures) {
  Budget budget("things", "things here", 2);
  fill(budget, greedy);
  FigureTable figures;
  add_budget_figures(figures, {&budget});
  EXPECT_NE(figures.markdown().find("| limitRefusals_ | LIMIT | counter |"), std::string::npos)
      << figures.markdown();
}

}  // namespace
}  // namespace rocketmq
