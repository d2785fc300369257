#include "rocketmq/acl/permissions.hpp"

#include <gtest/gtest.h>

namespace rocketmq::acl {
namespace {

TEST(Permissions, AreReadAsTheyAreWritten) {
  EXPECT_EQ(parse_permissions("DENY"), Permissions::Deny);
  EXPECT_EQ(parse_permissions("PUB"), Permissions::Pub);
  EXPECT_EQ(parse_permissions(" SUB "), Permissions::Sub);
  EXPECT_EQ(parse_permissions("PUB|SUB"), Permissions::PubSub);
  EXPECT_EQ(parse_permissions("SUB|PUB"), Permissions::PubSub);
  for (const char* bad : {"", "pub", "PUB,SUB", "ALL", "PUB|DENY"})
    EXPECT_FALSE(parse_permissions(bad)) << bad;
}

TEST(AccountPermissions, DenyWhatNothingNames) {
  const AccountPermissions nothing;
  for (const Need need : {Need::Pub, Need::Sub, Need::Either}) {
    EXPECT_FALSE(nothing.may_use_topic(need, "T"));
    EXPECT_FALSE(nothing.may_use_group(need, "G"));
  }
}

TEST(AccountPermissions, TakeTheEntryOfANameBeforeTheDefault) {
  AccountPermissions some;
  some.default_topic = Permissions::PubSub;
  some.default_group = Permissions::Sub;
  some.topics = {
      {"denied", Permissions::Deny}, {"in", Permissions::Pub}, {"out", Permissions::Sub}};
  some.groups = {{"denied", Permissions::Deny}};
  EXPECT_TRUE(some.may_use_topic(Need::Pub, "other"));
  EXPECT_FALSE(some.may_use_topic(Need::Either, "denied"));
  EXPECT_TRUE(some.may_use_topic(Need::Pub, "in"));
  EXPECT_FALSE(some.may_use_topic(Need::Sub, "in"));
  EXPECT_TRUE(some.may_use_topic(Need::Either, "in"));
  EXPECT_FALSE(some.may_use_topic(Need::Pub, "out"));
  EXPECT_TRUE(some.may_use_group(Need::Sub, "other"));
  EXPECT_FALSE(some.may_use_group(Need::Sub, "denied"));
}

TEST(AccountPermissions, LetDenyWin) {
  AccountPermissions some;
  some.topics["T"] = static_cast<Permissions>(static_cast<unsigned>(Permissions::Deny) |
                                              static_cast<unsigned>(Permissions::PubSub));
  EXPECT_FALSE(some.may_use_topic(Need::Pub, "T"));
  EXPECT_FALSE(some.may_use_topic(Need::Either, "T"));
}

TEST(AccountPermissions, JudgeARetryTopicAsItsGroup) {
  AccountPermissions some;
  some.default_topic = Permissions::PubSub;
  some.groups = {{"G", Permissions::Sub}};
  EXPECT_TRUE(some.may_use_topic(Need::Pub, "%RETRY%G"));
  EXPECT_TRUE(some.may_use_topic(Need::Sub, "%RETRY%G"));
  EXPECT_FALSE(some.may_use_topic(Need::Pub, "%RETRY%other"));
  EXPECT_FALSE(some.may_use_topic(Need::Sub, "%RETRY%other"));
}

TEST(AccountPermissions, OpenTopicsWithMessagesOfOthersByNameOnly) {
  AccountPermissions some;
  some.default_topic = Permissions::PubSub;
  for (const char* topic : {"SCHEDULE_TOPIC_XXXX", "RMQ_SYS_TRANS_HALF_TOPIC",
                            "RMQ_SYS_TRANS_OP_HALF_TOPIC", "TRANS_CHECK_MAX_TIME_TOPIC"}) {
    EXPECT_FALSE(some.may_use_topic(Need::Sub, topic)) << topic;
    AccountPermissions named = some;
    named.topics[topic] = Permissions::Sub;
    EXPECT_TRUE(named.may_use_topic(Need::Sub, topic)) << topic;
  }
}

TEST(AccountPermissions, OfAnAdministratorWithoutEntriesAreAll) {
  AccountPermissions admin{.is_admin = true};
  EXPECT_TRUE(admin.may_use_topic(Need::Pub, "T"));
  EXPECT_TRUE(admin.may_use_topic(Need::Sub, "SCHEDULE_TOPIC_XXXX"));
  EXPECT_TRUE(admin.may_use_group(Need::Sub, "G"));
  admin.topics = {{"T", Permissions::Sub}};
  EXPECT_FALSE(admin.may_use_topic(Need::Pub, "T"));
  EXPECT_FALSE(admin.may_use_topic(Need::Pub, "other")) << "one entry, and the defaults count";
}

}  // namespace
}  // namespace rocketmq::acl
