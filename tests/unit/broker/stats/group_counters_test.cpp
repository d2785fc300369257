#include "stats/group_counters.hpp"

#include <gtest/gtest.h>

#include <map>
#include <thread>
#include <vector>

namespace rocketmq::broker {
namespace {

using namespace std::chrono_literals;

std::map<std::string, GroupCounters::Counts> all(const GroupCounters& counters) {
  std::map<std::string, GroupCounters::Counts> found;
  counters.visit([&](const GroupQueueView& queue, const GroupCounters::Counts& counts) {
    found[std::string(queue.topic) + "@" + std::string(queue.group) + "@" +
          std::to_string(queue.queue_id)] = counts;
  });
  return found;
}

TEST(GroupCounters, CountEachQueueOfEachGroup) {
  GroupCounters counters;
  counters.add({"T", "a", 0}, {.messages = 3, .bytes = 300, .time = 2ms});
  counters.add({"T", "a", 0}, {.messages = 1, .bytes = 100, .time = 5ms});
  counters.add({"T", "a", 1}, {.messages = 1, .bytes = 10, .time = 1ms});
  counters.add({"T", "b", 0}, {.messages = 1, .bytes = 10, .time = 1ms});
  const auto found = all(counters);
  ASSERT_EQ(found.size(), 3U);
  const auto& first = found.at("T@a@0");
  EXPECT_EQ(first.messages, 4);
  EXPECT_EQ(first.bytes, 400);
  EXPECT_EQ(first.reads, 2);
  EXPECT_EQ(first.time, 7ms);
  EXPECT_EQ(counters.longest(), 5ms);
}

TEST(GroupCounters, ForgetWhatIsGone) {
  GroupCounters counters;
  counters.add({"T", "a", 0}, {.messages = 1});
  counters.add({"U", "a", 0}, {.messages = 1});
  counters.forget([](const GroupQueueView& queue) { return queue.topic == "T"; });
  EXPECT_EQ(all(counters).size(), 1U);
  EXPECT_TRUE(all(counters).contains("U@a@0"));
}

TEST(GroupCounters, KnowHowFarTheLastReadWasBehind) {
  GroupCounters counters;
  EXPECT_FALSE(counters.lag_of({"T", "a", 0}));
  counters.add({"T", "a", 0}, {.lag = {.bytes = 500, .ms = 50, .read_at_ms = 1}});
  counters.add({"T", "a", 0}, {.lag = {.bytes = 300, .ms = 30, .read_at_ms = 2}});
  counters.add({"T", "b", 0}, {.lag = {.bytes = 7, .ms = 7, .read_at_ms = 2}});
  const auto lag = counters.lag_of({"T", "a", 0});
  ASSERT_TRUE(lag);
  EXPECT_EQ(lag->bytes, 300);
  EXPECT_EQ(lag->ms, 30);
  EXPECT_EQ(lag->read_at_ms, 2);
  counters.forget_lags("a");
  EXPECT_EQ(counters.lag_of({"T", "a", 0})->read_at_ms, 0);
  EXPECT_EQ(counters.lag_of({"T", "b", 0})->bytes, 7);
}

TEST(GroupCounters, LoseNothingWhenSeveralThreadsCount) {
  GroupCounters counters;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&counters] {
      for (int i = 0; i < 1'000; ++i) {
        counters.add({"T", "g", i % 8}, {.messages = 1, .bytes = 2, .time = 1us});
      }
    });
  }
  for (auto& thread : threads) thread.join();
  std::int64_t messages = 0;
  for (const auto& [key, counts] : all(counters)) messages += counts.messages;
  EXPECT_EQ(messages, 4'000);
}

}  // namespace
}  // namespace rocketmq::broker
