#include "rocketmq/common/subscription_data.hpp"

#include <gtest/gtest.h>

namespace rocketmq {
namespace {

TEST(TagSubscription, IsEverythingWhenEmptyOrAStar) {
  for (const char* expression : {"", "*"}) {
    const auto subscription = parse_tag_subscription("T", expression, 7);
    ASSERT_TRUE(subscription);
    EXPECT_TRUE(subscription->matches_all());
    EXPECT_EQ(subscription->sub_string, "*");
    EXPECT_EQ(subscription->sub_version, 7);
    EXPECT_TRUE(subscription->matches_code(0) && subscription->matches_code(123));
    EXPECT_TRUE(subscription->matches_tag("") && subscription->matches_tag("x"));
  }
}

TEST(TagSubscription, SplitsTagsTrimsBlanksAndDropsEmptyOnes) {
  const auto subscription = parse_tag_subscription("T", " TagA ||BatchTag|| ||\tTagA", 1);
  ASSERT_TRUE(subscription);
  EXPECT_EQ(subscription->topic, "T");
  EXPECT_EQ(subscription->tags_set, (std::set<std::string>{"BatchTag", "TagA"}));
  EXPECT_EQ(subscription->code_set, (std::set<std::int32_t>{-1629498848, 2598919}));
  EXPECT_EQ(subscription->expression_type, "TAG");
}

TEST(TagSubscription, MatchesByHashAndByText) {
  const auto subscription = parse_tag_subscription("T", "TagA||BatchTag", 1);
  ASSERT_TRUE(subscription);
  EXPECT_TRUE(subscription->matches_code(2598919));
  EXPECT_TRUE(subscription->matches_code(-1629498848LL));
  EXPECT_FALSE(subscription->matches_code(0));
  EXPECT_TRUE(subscription->matches_tag("TagA"));
  EXPECT_FALSE(subscription->matches_tag("TagB"));
  EXPECT_FALSE(subscription->matches_tag(""));
}

TEST(TagSubscription, IsRefusedWhenItNamesNoTag) {
  for (const char* expression : {"||", " ", " || || "}) {
    const auto refused = parse_tag_subscription("T", expression, 1);
    ASSERT_FALSE(refused) << expression;
    EXPECT_EQ(refused.error().code, ResponseCode::SubscriptionParseFailed);
  }
}

TEST(ClassFilterSubscription, LeavesTheChoiceToTheFilterServer) {
  SubscriptionData subscription{.topic = "T", .sub_string = "my.Filter", .class_filter_mode = true};
  EXPECT_TRUE(subscription.matches_code(12345));
}

}  // namespace
}  // namespace rocketmq
