#include "rocketmq/common/lane_queue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <random>
#include <string>

#include "seed.hpp"

namespace rocketmq {
namespace {

TEST(LaneQueue, GivesTheNewestOfTheLongestLane) {
  LaneQueue<std::string> queue;
  for (const char* item : {"a1", "a2"}) queue.push(1, item);
  for (const char* item : {"b1", "b2", "b3"}) queue.push(2, item);
  std::string taken;
  ASSERT_TRUE(queue.give_way(3, taken));
  EXPECT_EQ(taken, "b3");
  EXPECT_EQ(queue.size(), 4U);
}

TEST(LaneQueue, GivesNothingToALaneThatIsAlmostAsLong) {
  LaneQueue<std::string> queue;
  for (const char* item : {"a1", "a2"}) queue.push(1, item);
  queue.push(2, "b1");
  std::string taken;
  EXPECT_FALSE(queue.give_way(2, taken));
  EXPECT_FALSE(queue.give_way(1, taken));
}

TEST(LaneQueue, FindsTheLongestOfManyLanes) {
  LaneQueue<int> queue;
  for (std::uint64_t lane = 0; lane < 10'000; ++lane) queue.push(lane, 1);
  queue.push(7'777, 2);
  int taken = 0;
  ASSERT_TRUE(queue.give_way(20'000, taken));
  EXPECT_EQ(taken, 2);
  EXPECT_FALSE(queue.give_way(20'000, taken)) << "no lane has two now";
}

/// What a LaneQueue should do, by walking all lanes.
struct Model {
  std::map<std::uint64_t, std::deque<int>> lanes;
  std::deque<std::uint64_t> turns;

  std::size_t length(std::uint64_t lane) const {
    const auto found = lanes.find(lane);
    return found == lanes.end() ? 0 : found->second.size();
  }
  std::size_t longest() const {
    std::size_t most = 0;
    for (const auto& [lane, items] : lanes) most = std::max(most, items.size());
    return most;
  }
  void push(std::uint64_t lane, int item) {
    if (length(lane) == 0) turns.push_back(lane);
    lanes[lane].push_back(item);
  }
  int pop() {
    const std::uint64_t lane = turns.front();
    turns.pop_front();
    auto& items = lanes[lane];
    const int item = items.front();
    items.pop_front();
    if (items.empty()) {
      lanes.erase(lane);
    } else {
      turns.push_back(lane);
    }
    return item;
  }
  /// The lane that lost `taken`, which must have been one of the longest.
  void take_newest(int taken) {
    const std::size_t most = longest();
    for (auto& [lane, items] : lanes) {
      if (items.size() != most || items.back() != taken) continue;
      items.pop_back();
      return;
    }
    FAIL() << taken << " is the newest of no longest lane";
  }
};

TEST(LaneQueue, DoesWhatAWalkOverAllLanesWould) {
  std::mt19937_64 random = test::seeded_random();
  LaneQueue<int> queue;
  Model model;
  for (int step = 0; step < 20'000; ++step) {
    const std::uint64_t lane = random() % 20;
    switch (random() % 3) {
      case 0:
        queue.push(lane, step);
        model.push(lane, step);
        break;
      case 1:
        ASSERT_EQ(queue.empty(), model.turns.empty());
        if (!queue.empty()) {
          ASSERT_EQ(queue.pop(), model.pop());
        }
        break;
      default:
        int taken = 0;
        const bool is_longer = model.longest() >= model.length(lane) + 2;
        ASSERT_EQ(queue.give_way(lane, taken), is_longer);
        if (is_longer) model.take_newest(taken);
        break;
    }
  }
  while (!queue.empty()) ASSERT_EQ(queue.pop(), model.pop());
  EXPECT_TRUE(model.lanes.empty());
}

}  // namespace
}  // namespace rocketmq
