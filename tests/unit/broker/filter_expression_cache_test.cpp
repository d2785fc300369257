#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "filter/expression_cache.hpp"

namespace rocketmq::broker {
namespace {

TEST(ExpressionCache, CompilesATextOnce) {
  ExpressionCache cache;
  const auto first = cache.compile("SQL92", "a = 1");
  const auto second = cache.compile("SQL92", "a = 1");
  ASSERT_TRUE(first && second);
  EXPECT_EQ(*first, *second);
  EXPECT_EQ(cache.size(), 1U);
}

TEST(ExpressionCache, RemembersFailuresToo) {
  ExpressionCache cache;
  EXPECT_FALSE(cache.compile("SQL92", "a >"));
  EXPECT_EQ(cache.size(), 1U);
  const auto again = cache.compile("SQL92", "a >");
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ResponseCode::SubscriptionParseFailed);
}

TEST(ExpressionCache, DoesNotKeepWhatIsRefusedAtAGlance) {
  ExpressionCache cache;
  EXPECT_FALSE(cache.compile("OTHER", "a = 1"));
  EXPECT_FALSE(cache.compile("SQL92", std::string(9'000, ' ')));
  EXPECT_EQ(cache.size(), 0U);
}

TEST(ExpressionCache, ForgetsWhatIsNotAskedForWhenItIsFull) {
  ExpressionCache cache({.texts_max = 2, .text_bytes_max = 1'000});
  const auto kept = cache.compile("SQL92", "a = 1");
  const auto forgotten = cache.compile("SQL92", "a = 2");
  (void)cache.compile("SQL92", "a = 3");  // the first two are the old generation now
  EXPECT_EQ(*cache.compile("SQL92", "a = 1"), *kept);
  (void)cache.compile("SQL92", "a = 4");  // and "a = 2" is gone
  EXPECT_EQ(*cache.compile("SQL92", "a = 1"), *kept);
  EXPECT_NE(*cache.compile("SQL92", "a = 2"), *forgotten);
  EXPECT_LE(cache.size(), 4U);
}

TEST(ExpressionCache, IsBoundedByBytesAsWell) {
  ExpressionCache cache({.texts_max = 1'000, .text_bytes_max = 100});
  for (int i = 0; i < 100; ++i) {
    (void)cache.compile("SQL92", "a = '" + std::string(40, 'x') + std::to_string(i) + "'");
  }
  EXPECT_LE(cache.size(), 4U);
}

TEST(ExpressionCache, ServesSeveralThreads) {
  ExpressionCache cache({.texts_max = 8, .text_bytes_max = 1'000});
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&cache, t] {
      for (int i = 0; i < 500; ++i) {
        const int number = (i * 7 + t) % 24;
        const auto compiled = cache.compile("SQL92", "a = " + std::to_string(number));
        ASSERT_TRUE(compiled);
        EXPECT_TRUE((*compiled)->matches("a\x01" + std::to_string(number) + "\x02"));
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

}  // namespace
}  // namespace rocketmq::broker
