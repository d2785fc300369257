#include "rocketmq/net/tls_context.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "certificates.hpp"
#include "temp_dir.hpp"

namespace rocketmq::net {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

// Encrypted as Java's guide says: openssl pkcs8 -topk8 -v1 PBE-SHA1-RC4-128, password 123456.
constexpr const char* rc4_key = R"(-----BEGIN ENCRYPTED PRIVATE KEY-----
MIGrMBwGCiqGSIb3DQEMAQEwDgQIUDabg/gx4gICAggABIGKKQ6tYywykynXPsiR
fWD0ypBf3r6R+ti+sH65Hq8B6gQLC7mfXFF3X2sbnomvNKN5VE8QAykMDM5d7Dkb
4qdnYRv8p2R9+56YJtbvSoHLUF8UWXA4AzwMLZpeeDROX8lcnnbnR1rhNgfoilmE
iwmr1v+z0rAg8hxyF+i69yx1GP23DPNC96gSjxZj
-----END ENCRYPTED PRIVATE KEY-----
)";
constexpr const char* certificate_of_rc4_key = R"(-----BEGIN CERTIFICATE-----
MIIBeDCCAR+gAwIBAgIUKOKSiuWfVL0tEcJkN6qdjDLUtoAwCgYIKoZIzj0EAwIw
ETEPMA0GA1UEAwwGYnJva2VyMCAXDTI2MTIwMTAwMjgwN1oYDzIxMjYxMTA3MDAy
ODA3WjARMQ8wDQYDVQQDDAZicm9rZXIwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
AAR6xuKrakVBx6Eou7VBISiZ/30V7wy23gdvLF+NRZprQanRa6p2OzM40hFyldjg
J6cIFvgdaq+QTFwVvq5oeSoNo1MwUTAdBgNVHQ4EFgQUBz4p1JwkMCI00bzKD9ck
SvcATdUwHwYDVR0jBBgwFoAUBz4p1JwkMCI00bzKD9ckSvcATdUwDwYDVR0TAQH/
BAUwAwEB/zAKBggqhkjOPQQDAgNHADBEAiAlQh6aLuIiGiAxyPV/eEj/rsDRSOsa
tfVFvvb+Z8sOXAIgMkJ3SMtL9WdaAxd2p4plInGXupVVJ4Wha6u2v5ZDWLA=
-----END CERTIFICATE-----
)";

class TlsContextTest : public testing::Test {
 protected:
  TlsContextTest() { use(authority.issue("broker")); }

  void use(const test::IssuedCertificate& issued) {
    config.server.certificate = dir.write("server.pem", issued.certificate);
    config.server.key = dir.write("server.key", issued.key);
  }
  std::string refusal(TlsSide side = TlsSide::Server) const {
    const auto context = TlsContext::load(config, side);
    return context ? "none" : context.error().remark;
  }

  test::TempDir dir;
  test::CertificateAuthority authority;
  TlsConfig config;
};

TEST_F(TlsContextTest, LoadsACertificateAndItsKey) { EXPECT_EQ(refusal(), "none"); }

TEST_F(TlsContextTest, NamesKeyAndFileOfWhatIsMissing) {
  config.server.certificate = dir / "missing.pem";
  EXPECT_THAT(refusal(), AllOf(StartsWith("tls.server.certPath=" + dir.text() + "/missing.pem: "),
                               HasSubstr("no such file")));
  use(authority.issue("broker"));
  config.server.key = dir / "missing.key";
  EXPECT_THAT(refusal(), StartsWith("tls.server.keyPath=" + dir.text() + "/missing.key: "));
  use(authority.issue("broker"));
  config.server.trusted = dir / "missing-ca.pem";
  EXPECT_THAT(refusal(), StartsWith("tls.server.trustCertPath=" + dir.text() + "/missing-ca.pem"));
}

TEST_F(TlsContextTest, NamesKeyAndFileOfWhatIsDamaged) {
  dir.write("server.pem", "no certificate");
  EXPECT_THAT(refusal(), AllOf(StartsWith("tls.server.certPath=" + dir.text() + "/server.pem: "),
                               HasSubstr("expected certificates in PEM")));
  use(authority.issue("broker"));
  dir.write("server.key", "no key");
  EXPECT_THAT(refusal(), AllOf(StartsWith("tls.server.keyPath=" + dir.text() + "/server.key: "),
                               HasSubstr("expected a private key in PEM")));
  use(authority.issue("broker"));
  config.server.trusted = dir.write("ca.pem", "no certificate");
  EXPECT_THAT(refusal(), StartsWith("tls.server.trustCertPath=" + dir.text() + "/ca.pem: "));
}

TEST_F(TlsContextTest, RefusesAKeyOfAnotherCertificate) {
  dir.write("server.key", authority.issue("other").key);
  EXPECT_THAT(refusal(), AllOf(StartsWith("tls.server.keyPath=" + dir.text() + "/server.key: "),
                               HasSubstr("is not the key of tls.server.certPath")));
}

TEST_F(TlsContextTest, RefusesAKeyOfAnotherKindThanTheCertificates) {
  dir.write("server.key", test::CertificateAuthority::rsa_key());
  EXPECT_THAT(refusal(), AllOf(StartsWith("tls.server.keyPath=" + dir.text() + "/server.key: "),
                               HasSubstr("is not the key of tls.server.certPath")));
}

TEST_F(TlsContextTest, RefusesHalfAPair) {
  config.server.key.clear();
  EXPECT_THAT(refusal(), StartsWith("tls.server.keyPath has to name the key of"));
  use(authority.issue("broker"));
  config.server.certificate.clear();
  EXPECT_THAT(refusal(), StartsWith("tls.server.certPath has to name the certificate of"));
  config.client.key = config.server.key;
  EXPECT_THAT(refusal(TlsSide::Client), StartsWith("tls.client.certPath has to name"));
}

TEST_F(TlsContextTest, TakesAnEncryptedKeyWithItsPassword) {
  use(authority.issue("broker", "open sesame"));
  EXPECT_THAT(refusal(), StartsWith("tls.server.keyPath=")) << "without a password";
  config.server.key_password = "wrong";
  EXPECT_THAT(refusal(), StartsWith("tls.server.keyPath="));
  config.server.key_password = "open sesame";
  EXPECT_EQ(refusal(), "none");
}

TEST_F(TlsContextTest, TakesAKeyThatIsEncryptedAsJavasGuideSays) {
  use({certificate_of_rc4_key, rc4_key});
  config.server.key_password = "123456";
  EXPECT_EQ(refusal(), "none");
}

TEST_F(TlsContextTest, MakesACertificateWhereNoneIsNamed) {
  config.server = {};
  const auto made = TlsContext::load(config, TlsSide::Server);
  ASSERT_TRUE(made) << made.error().remark;
  EXPECT_NE(*made, nullptr);
  config.makes_certificate = false;
  const auto none = TlsContext::load(config, TlsSide::Server);
  ASSERT_TRUE(none) << none.error().remark;
  EXPECT_EQ(*none, nullptr);
  config.mode = TlsMode::Enforcing;
  EXPECT_THAT(refusal(), StartsWith("tls.server.mode=enforcing needs tls.server.certPath"));
}

class TlsCredentialsTest : public TlsContextTest {
 protected:
  /// As a daemon does, twice: a change counts when it stays.
  static void look(TlsCredentials& credentials) {
    credentials.reload();
    credentials.reload();
  }
};

TEST_F(TlsCredentialsTest, ReadsFilesAgainThatHaveChanged) {
  TlsCredentials credentials(config, TlsSide::Server);
  ASSERT_TRUE(credentials.load());
  const auto before = credentials.current();
  look(credentials);
  EXPECT_EQ(credentials.current(), before) << "nothing has changed";
  use(authority.issue("broker of a longer name"));
  look(credentials);
  EXPECT_NE(credentials.current(), before);
}

TEST_F(TlsCredentialsTest, WaitsUntilTheFilesStayAsTheyAre) {
  TlsCredentials credentials(config, TlsSide::Server);
  ASSERT_TRUE(credentials.load());
  const auto before = credentials.current();
  const auto issued = authority.issue("broker of a longer name");
  dir.write("server.pem", issued.certificate);
  credentials.reload();
  dir.write("server.key", issued.key + "\n");
  credentials.reload();
  EXPECT_EQ(credentials.current(), before);
  credentials.reload();
  EXPECT_NE(credentials.current(), before);
}

TEST_F(TlsCredentialsTest, KeepsTheOldCertificateWhileTheNewFilesAreBad) {
  TlsCredentials credentials(config, TlsSide::Server);
  ASSERT_TRUE(credentials.load());
  const auto before = credentials.current();
  dir.write("server.pem", "no certificate");
  look(credentials);
  EXPECT_EQ(credentials.current(), before);
  use(authority.issue("broker of a longer name"));
  look(credentials);
  EXPECT_NE(credentials.current(), before);
}

}  // namespace
}  // namespace rocketmq::net
