#include "rocketmq/common/result.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace rocketmq {
namespace {

TEST(Error, IsShownWithItsNameAndNumber) {
  EXPECT_EQ(to_string(Error{ResponseCode::TopicNotExist, "no topic T"}),
            "TOPIC_NOT_EXIST (17): no topic T");
  EXPECT_EQ(to_string(Error{static_cast<ResponseCode>(4242), "?"}), "UNKNOWN (4242): ?");
}

TEST(Result, ThrowsWhenAskedForTheValueThatItHasNot) {
  const Result<int> result = Error{ResponseCode::SystemError, "why"};
  EXPECT_FALSE(result);
  EXPECT_THROW((void)result.value(), std::logic_error);
}

TEST(EnsureDeathTest, AbortsWithTheInvariantThatDoesNotHold) {
  ensure(true, "holds");
  EXPECT_DEATH(ensure(false, "two processors for one code"), "");
}

}  // namespace
}  // namespace rocketmq
