#include "rocketmq/common/unique_function.hpp"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>

namespace rocketmq {
namespace {

TEST(UniqueFunction, HoldsCallablesThatOnlyMove) {
  UniqueFunction<int(int)> add = [base = std::make_unique<int>(40)](int more) {
    return *base + more;
  };
  EXPECT_TRUE(add);
  EXPECT_EQ(add(2), 42);
  UniqueFunction<int(int)> moved = std::move(add);
  EXPECT_FALSE(add);
  EXPECT_EQ(moved(1), 41);
}

TEST(UniqueFunction, HoldsCallablesTooLargeForItsInside) {
  std::array<char, 4 * UniqueFunction<int()>::inline_bytes> large{};
  large.back() = 7;
  UniqueFunction<int()> call = [large] { return static_cast<int>(large.back()); };
  UniqueFunction<int()> moved = std::move(call);
  EXPECT_EQ(moved(), 7);
}

TEST(UniqueFunction, DestroysWhatItHeldExactlyOnce) {
  const auto witness = std::make_shared<int>(0);
  std::array<char, 200> ballast{};
  {
    UniqueFunction<void()> small = [witness] {};
    UniqueFunction<void()> large = [witness, ballast] { (void)ballast; };
    EXPECT_EQ(witness.use_count(), 3);
    UniqueFunction<void()> moved = std::move(small);
    EXPECT_EQ(witness.use_count(), 3);
    moved = std::move(large);
    EXPECT_EQ(witness.use_count(), 2);
    moved = nullptr;
    EXPECT_EQ(witness.use_count(), 1);
  }
  EXPECT_EQ(witness.use_count(), 1);
}

TEST(UniqueFunction, KeepsItselfWhenAssignedToItself) {
  UniqueFunction<std::string()> call = [] { return std::string("still here"); };
  auto& same = call;
  call = std::move(same);
  EXPECT_EQ(call(), "still here");
}

TEST(UniqueFunction, IsEmptyByDefaultAndFromNull) {
  EXPECT_FALSE(UniqueFunction<void()>());
  EXPECT_FALSE(UniqueFunction<void()>(nullptr));
}

TEST(UniqueFunction, ForwardsArgumentsThatOnlyMove) {
  UniqueFunction<int(std::unique_ptr<int>)> take = [](std::unique_ptr<int> value) {
    return *value;
  };
  EXPECT_EQ(take(std::make_unique<int>(5)), 5);
}

}  // namespace
}  // namespace rocketmq
