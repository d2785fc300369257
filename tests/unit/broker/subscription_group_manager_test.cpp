#include "groups/subscription_group_manager.hpp"

#include "fixture.hpp"

namespace rocketmq::broker::test {
namespace {

using SubscriptionGroupManagerTest = BrokerFixture;

TEST_F(SubscriptionGroupManagerTest, MakesUnknownGroupsWithDefaults) {
  EXPECT_TRUE(groups.find("TOOLS_CONSUMER"));
  const auto made = groups.find_or_create("cg");
  ASSERT_TRUE(made);
  EXPECT_EQ(*made, (SubscriptionGroupConfig{.group_name = "cg"}));
  EXPECT_EQ(made->retry_max_times, 16);
}

TEST_F(SubscriptionGroupManagerTest, MakesOnlySystemGroupsWhenAutomaticCreationIsOff) {
  config.auto_create_subscription_group = false;
  EXPECT_EQ(groups.find_or_create("cg").error().code, ResponseCode::SubscriptionGroupNotExist);
  EXPECT_TRUE(groups.find_or_create("CID_RMQ_SYS_TRANS"));
}

TEST_F(SubscriptionGroupManagerTest, KeepsItsGroupsOverARestart) {
  ASSERT_TRUE(groups.update({.group_name = "cg", .consume_enable = false, .retry_max_times = 3}));
  ASSERT_TRUE(groups.flush());
  SubscriptionGroupManager again(config, clock, directory.path() / "subscriptionGroup.json");
  ASSERT_TRUE(again.load());
  EXPECT_EQ(again.find("cg"), groups.find("cg"));
  EXPECT_EQ(again.snapshot().data_version, groups.snapshot().data_version);
  EXPECT_TRUE(groups.remove("cg"));
  EXPECT_FALSE(groups.find("cg"));
}

TEST_F(SubscriptionGroupManagerTest, TakesAGroupsPermissionToConsumeOnce) {
  ASSERT_TRUE(groups.update({.group_name = "cg", .retry_max_times = 3}));
  const auto before = groups.snapshot().data_version;
  EXPECT_TRUE(groups.disable_consume("cg"));
  EXPECT_EQ(
      *groups.find("cg"),
      (SubscriptionGroupConfig{.group_name = "cg", .consume_enable = false, .retry_max_times = 3}));
  EXPECT_NE(groups.snapshot().data_version, before) << "slaves and tools see that it has changed";
  EXPECT_FALSE(groups.disable_consume("cg"));
  EXPECT_FALSE(groups.disable_consume("unknown"));
  ASSERT_TRUE(groups.flush());
  SubscriptionGroupManager again(config, clock, directory.path() / "subscriptionGroup.json");
  ASSERT_TRUE(again.load());
  EXPECT_FALSE(again.find("cg")->consume_enable);
}

}  // namespace
}  // namespace rocketmq::broker::test
