#include "rocketmq/acl/access_edit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "rocketmq/acl/access_config.hpp"

namespace rocketmq::acl {
namespace {

using testing::HasSubstr;

const std::string file = R"(# Licence
# of this file

futureKey: {a: [1, 2]}
accounts:
  - accessKey: account1
    secretKey: "00000001"
    note: kept
    topicPerms: [T=PUB]
  - accessKey: account2
    secretKey: secret-two
)";

AccessConfig parsed(const Result<std::string>& text) {
  return parse_access_config(text.value(), "f").value();
}

TEST(AccessEdit, ChangesWhatIsGivenOfAnAccountAndKeepsTheRest) {
  const auto text = with_account(
      file, {.access_key = "account1", .is_admin = true, .group_permissions = "G=SUB, H=DENY"},
      1'000);
  const auto config = parsed(text);
  ASSERT_EQ(config.accounts.size(), 2U);
  const AccountConfig& account = config.accounts[0];
  EXPECT_EQ(account.secret_key, "00000001");
  EXPECT_TRUE(account.permissions.is_admin);
  EXPECT_EQ(account.permissions.topics.at("T"), Permissions::Pub);
  EXPECT_EQ(account.permissions.groups.at("H"), Permissions::Deny);
  EXPECT_EQ(config.accounts[1].secret_key, "secret-two");
  EXPECT_THAT(*text, testing::StartsWith("# Licence\n# of this file\n\n"));
  EXPECT_THAT(*text, HasSubstr("futureKey"));
  EXPECT_THAT(*text, HasSubstr("note: kept"));
  EXPECT_THAT(*text, HasSubstr("\"00000001\"")) << "without quotes it is a number to others";
}

TEST(AccessEdit, AddsAnAccountAlsoToAnEmptyFile) {
  for (const std::string& before : {file, std::string(), std::string("accounts:\n")}) {
    const auto config =
        parsed(with_account(before, {.access_key = "account3", .secret_key = "12345678"}, 1'000));
    ASSERT_FALSE(config.accounts.empty());
    EXPECT_EQ(config.accounts.back().access_key, "account3");
    EXPECT_EQ(config.accounts.back().secret_key, "12345678");
  }
}

TEST(AccessEdit, EmptiesAListThatIsGivenEmpty) {
  const auto config =
      parsed(with_account(file, {.access_key = "account1", .topic_permissions = ""}, 1'000));
  EXPECT_TRUE(config.accounts[0].permissions.topics.empty());
}

TEST(AccessEdit, CountsItsChanges) {
  const auto once = without_account(file, "account1", 1'000);
  EXPECT_EQ(parsed(once).version, (DataVersion{.timestamp_ms = 1'000, .counter = 1}));
  const auto twice = with_global_addresses(*once, "10.0.0.1", 2'000);
  EXPECT_EQ(parsed(twice).version, (DataVersion{.timestamp_ms = 2'000, .counter = 2}));
}

TEST(AccessEdit, RefusesAliasesThatWouldFillTheMemory) {
  std::string doubling = "a0: &a0 [x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string alias = "*a" + std::to_string(i - 1);
    doubling += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + alias;
    for (int k = 0; k < 7; ++k) doubling += ", " + alias;
    doubling += "]\n";
  }
  for (const std::string& text : {doubling, std::string("a: &a [*a]\n")}) {
    const auto edited = with_global_addresses(text, "10.0.0.1", 1'000);
    ASSERT_TRUE(edited.has_error());
    EXPECT_THAT(edited.error().remark, HasSubstr("aliases"));
  }
}

TEST(AccessEdit, CountsUpToTheLargestNumber) {
  const auto text = with_global_addresses("dataVersion: [{counter: 9223372036854775807}]\n", "", 1);
  EXPECT_EQ(parsed(text).version.counter, INT64_MAX);
}

TEST(AccessEdit, DeletesAnAccountThatIsThere) {
  const auto config = parsed(without_account(file, "account1", 1'000));
  ASSERT_EQ(config.accounts.size(), 1U);
  EXPECT_EQ(config.accounts[0].access_key, "account2");
  const auto refused = without_account(file, "nobody", 1'000);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().remark, HasSubstr("nobody"));
}

TEST(AccessEdit, ReplacesTheGlobalAddresses) {
  const auto config = parsed(with_global_addresses(file, "10.0.0.{1,2}, 10.1.*", 1'000));
  EXPECT_EQ(config.global_white_addresses, (std::vector<std::string>{"10.0.0.{1,2}", "10.1.*"}));
  EXPECT_TRUE(parsed(with_global_addresses(file, "", 1'000)).global_white_addresses.empty());
}

TEST(AccessEdit, KeepsTextsApartFromYamlsSigns) {
  const std::string strange = "a: \"b\" # c\n- {d}";
  const auto config =
      parsed(with_account(file, {.access_key = "account3", .secret_key = strange}, 1'000));
  EXPECT_EQ(config.accounts.back().secret_key, strange);
}

}  // namespace
}  // namespace rocketmq::acl
