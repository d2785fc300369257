#include "rocketmq/acl/access_config.hpp"

#include <gtest/gtest.h>

#include <string>

namespace rocketmq::acl {
namespace {

TEST(AccessConfig, IsReadAsTheSampleOf4xHasIt) {
  const auto config = parse_access_config(R"(
globalWhiteRemoteAddresses:
  - 10.10.103.*
  - 192.168.0.*
accounts:
  - accessKey: RocketMQ
    secretKey: 12345678
    whiteRemoteAddress:
    admin: false
    defaultTopicPerm: DENY
    defaultGroupPerm: SUB
    topicPerms:
      - topicA=DENY
      - topicB=PUB|SUB
    groupPerms:
      - groupA=DENY
      - groupC=SUB
  - accessKey: rocketmq2
    secretKey: "00000008"
    whiteRemoteAddress: 192.168.1.*
    admin: true
dataVersion:
- {counter: 3, timestamp: 1597560928718}
)",
                                          "plain_acl.yml");
  ASSERT_TRUE(config) << config.error().remark;
  EXPECT_EQ(config->global_white_addresses,
            (std::vector<std::string>{"10.10.103.*", "192.168.0.*"}));
  EXPECT_TRUE(config->global_white.matches(Endpoint::v4(192, 168, 0, 7, 1)));
  EXPECT_EQ(config->version, (DataVersion{.timestamp_ms = 1'597'560'928'718, .counter = 3}));
  ASSERT_EQ(config->accounts.size(), 2U);
  const AccountConfig& first = config->accounts[0];
  EXPECT_EQ(first.access_key, "RocketMQ");
  EXPECT_EQ(first.secret_key, "12345678");
  EXPECT_FALSE(first.white_addresses.matches(Endpoint::v4(127, 0, 0, 1, 1)));
  EXPECT_FALSE(first.permissions.is_admin);
  EXPECT_EQ(first.permissions.default_topic, Permissions::Deny);
  EXPECT_EQ(first.permissions.default_group, Permissions::Sub);
  EXPECT_EQ(first.permissions.topics.at("topicB"), Permissions::PubSub);
  EXPECT_EQ(first.permissions.groups.at("groupA"), Permissions::Deny);
  const AccountConfig& second = config->accounts[1];
  EXPECT_EQ(second.secret_key, "00000008");
  EXPECT_TRUE(second.permissions.is_admin);
  EXPECT_TRUE(second.white_addresses.matches(Endpoint::v4(192, 168, 1, 9, 1)));
}

TEST(AccessConfig, IsEmptyForAnEmptyFileAndForEmptyKeys) {
  for (const char* text : {"", "# nothing\n", "accounts:\nglobalWhiteRemoteAddresses:\n"}) {
    const auto config = parse_access_config(text, "f");
    ASSERT_TRUE(config) << text;
    EXPECT_TRUE(config->accounts.empty());
  }
}

std::string account_with(const std::string& line) {
  return "accounts:\n  - accessKey: account1\n    secretKey: secret-text\n    " + line + "\n";
}

struct Bad {
  std::string text;
  std::string place;
  std::string reason;
};

class BadAccessConfig : public testing::TestWithParam<Bad> {};

TEST_P(BadAccessConfig, IsRefusedWithFileLineAndReasonAndWithoutItsSecrets) {
  const auto config = parse_access_config(GetParam().text, "plain_acl.yml");
  ASSERT_FALSE(config) << GetParam().text;
  const std::string& remark = config.error().remark;
  EXPECT_TRUE(remark.starts_with("plain_acl.yml:" + GetParam().place + ": ")) << remark;
  EXPECT_NE(remark.find(GetParam().reason), std::string::npos) << remark;
  EXPECT_EQ(remark.find("secret-text"), std::string::npos) << remark;
}

INSTANTIATE_TEST_SUITE_P(
    All, BadAccessConfig,
    testing::Values(
        Bad{"accounts: [\n", "2", ""}, Bad{"- a\n", "1", "a map is wanted"},
        Bad{"\naccounts: 3\n", "2", "accounts is no list"},
        Bad{"accounts:\n  - 3\n", "2", "an account is a map"},
        Bad{"globalWhiteRemoteAddresses: 10.0.0.1\n", "1", "is no list"},
        Bad{"globalWhiteRemoteAddresses:\n  - 10.0.0\n", "2", "\"10.0.0\" is no address pattern"},
        Bad{"accounts:\n  - accessKey: short\n    secretKey: secret-text\n", "2",
            "accessKey must have 7"},
        Bad{"accounts:\n  - accessKey: account1\n    secretKey: secret\n", "3",
            "secretKey must have 7"},
        Bad{"accounts:\n  - accessKey: account1\n", "2", "secretKey must have 7"},
        Bad{account_with("admin: perhaps"), "4", "admin is true or false"},
        Bad{account_with("whiteRemoteAddress: nowhere"), "4", "is no address pattern"},
        Bad{account_with("defaultTopicPerm: ALL"), "4", "defaultTopicPerm is DENY, PUB, SUB"},
        Bad{account_with("defaultGroupPerm: [SUB]"), "4", "defaultGroupPerm is no single value"},
        Bad{account_with("topicPerms: T=PUB"), "4", "topicPerms is no list"},
        Bad{account_with("topicPerms: [T]"), "4", "NAME=PERMISSION"},
        Bad{account_with("topicPerms: [T=ALL]"), "4", "NAME=PERMISSION"},
        Bad{account_with("groupPerms: [G=SUB, G=DENY]"), "4", "groupPerms names G twice"},
        Bad{account_with("x: 1\n  - accessKey: account1\n    secretKey: secret-text"), "5",
            "accessKey account1 is there twice"}));

}  // namespace
}  // namespace rocketmq::acl
