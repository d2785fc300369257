#include "rocketmq/common/copy_in_steps.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <numeric>
#include <shared_mutex>
#include <thread>
#include <unordered_map>
#include <vector>

namespace rocketmq {
namespace {

int key_of(const std::pair<const int, int>& element) { return element.first; }

TEST(CopyInSteps, CopiesEveryElementOnce) {
  std::shared_mutex mutex;
  std::unordered_map<int, int> table;
  EXPECT_TRUE(copy_in_steps(mutex, table, key_of).empty());
  std::vector<int> expected(10'000);
  std::iota(expected.begin(), expected.end(), 0);
  for (const int key : expected) table[key] = key;
  std::vector<int> copies = copy_in_steps(mutex, table, key_of);
  std::sort(copies.begin(), copies.end());
  EXPECT_EQ(copies, expected);
}

TEST(CopyInSteps, LetsChangesInBetweenAndCopiesWhatStays) {
  std::shared_mutex mutex;
  std::unordered_map<int, int> table;
  for (int key = 0; key < 10'000; ++key) table[key] = key;
  std::atomic<bool> is_done = false;
  std::thread changing([&] {
    for (int key = 10'000; !is_done; ++key) {
      const std::unique_lock lock(mutex);
      table[key] = key;
      if (key > 30'000) table.erase(key - 10'000);
    }
  });
  for (int round = 0; round < 20; ++round) {
    std::vector<int> copies = copy_in_steps(mutex, table, key_of);
    std::sort(copies.begin(), copies.end());
    EXPECT_EQ(std::adjacent_find(copies.begin(), copies.end()), copies.end()) << "copied twice";
    ASSERT_GE(copies.size(), 10'000U);
    EXPECT_EQ(copies[9'999], 9'999) << "one of those that stay is missing";
  }
  is_done = true;
  changing.join();
}

}  // namespace
}  // namespace rocketmq
