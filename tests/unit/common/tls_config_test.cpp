#include "rocketmq/common/tls_config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "rocketmq/common/config_table.hpp"
#include "temp_dir.hpp"

namespace rocketmq {
namespace {

using testing::HasSubstr;
using testing::Not;

class TlsConfigTest : public testing::Test {
 protected:
  TlsConfigTest() {
    add_tls_keys(table, config);
    config.config_file = (dir / "tls.properties").string();
  }
  Result<void> apply(const std::string& text) {
    dir.write("tls.properties", text);
    return apply_tls_file(config, [this](std::string warning) { warnings.push_back(warning); });
  }

  test::TempDir dir;
  TlsConfig config;
  ConfigTable table;
  std::vector<std::string> warnings;
};

TEST_F(TlsConfigTest, TakesThePropertiesOfJava) {
  ASSERT_TRUE(
      apply("tls.test.mode.enable=false\ntls.server.need.client.auth=REQUIRE\n"
            "tls.server.keyPath=/opt/server.key\ntls.server.keyPassword=123456\n"
            "tls.server.certPath=/opt/server.pem\ntls.server.authClient=false\n"
            "tls.server.trustCertPath=/opt/ca.pem\ntls.client.keyPath=/opt/client.key\n"
            "tls.client.keyPassword=654321\ntls.client.certPath=/opt/client.pem\n"
            "tls.client.authServer=true\ntls.client.trustCertPath=/opt/ca.pem\n"));
  EXPECT_EQ(warnings, std::vector<std::string>());
  EXPECT_FALSE(config.makes_certificate);
  EXPECT_EQ(config.client_auth, TlsClientAuth::Require);
  EXPECT_EQ(config.server.key, "/opt/server.key");
  EXPECT_EQ(config.server.key_password, "123456");
  EXPECT_EQ(config.server.certificate, "/opt/server.pem");
  EXPECT_EQ(config.server.trusted, "/opt/ca.pem");
  EXPECT_EQ(config.client.key, "/opt/client.key");
  EXPECT_TRUE(config.client.verifies_peer);
}

TEST_F(TlsConfigTest, TheFileComesBeforeWhatWasSet) {
  ASSERT_TRUE(table.set("tls.server.certPath", "/opt/first.pem"));
  ASSERT_TRUE(table.set("tls.server.keyPath", "/opt/first.key"));
  ASSERT_TRUE(apply("tls.server.certPath=/opt/second.pem\n"));
  EXPECT_EQ(config.server.certificate, "/opt/second.pem");
  EXPECT_EQ(config.server.key, "/opt/first.key");
}

TEST_F(TlsConfigTest, OnlyTheDefaultFileMayBeMissing) {
  const auto refused = apply_tls_file(config, nullptr);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().remark, HasSubstr("tls.config.file: " + config.config_file));
  config.config_file = "";
  EXPECT_TRUE(apply_tls_file(config, nullptr));
}

TEST_F(TlsConfigTest, NamesFileLineAndKeyOfABadValue) {
  const auto refused = apply("tls.test.mode.enable=true\ntls.server.need.client.auth=maybe\n");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().remark,
              HasSubstr("tls.properties:2: tls.server.need.client.auth=maybe: "
                        "expected one of none, optional, require"));
  EXPECT_FALSE(table.set("tls.server.mode", "strict"));
  EXPECT_FALSE(table.set("tls.enable", "yes"));
}

TEST_F(TlsConfigTest, ShowsNoPassword) {
  ASSERT_TRUE(table.set("tls.server.keyPassword", "secret-1"));
  ASSERT_TRUE(table.set("tls.client.keyPassword", "secret-2"));
  EXPECT_THAT(table.print(), Not(HasSubstr("secret")));
}

TEST_F(TlsConfigTest, NothingOfItCanBeChangedRemotely) {
  for (const ConfigKey& key : table.keys()) EXPECT_FALSE(key.remotely_changeable) << key.name;
}

TEST_F(TlsConfigTest, OwnConnectionsAreEncryptedWithEnforcingUnlessToldOtherwise) {
  EXPECT_FALSE(config.encrypts_own_connections());
  ASSERT_TRUE(table.set("tls.server.mode", "enforcing"));
  EXPECT_TRUE(config.encrypts_own_connections());
  ASSERT_TRUE(table.set("tls.enable", "false"));
  EXPECT_FALSE(config.encrypts_own_connections());
  ASSERT_TRUE(table.set("tls.enable", "TRUE"));
  EXPECT_TRUE(config.encrypts_own_connections());
}

}  // namespace
}  // namespace rocketmq
