#include "filters/upload_keys.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "signing.hpp"
#include "temp_dir.hpp"

namespace rocketmq::filtersrv {
namespace {

using test::SigningKey;
using testing::HasSubstr;

constexpr std::string_view unsigned_text = "#rmq-filter sql92\nid % 3 = 0\n";

TEST(ReadSignature, TakesTheLastLineApart) {
  for (const char* sign : {"#", "--", "//", "// ", "\t# "}) {
    const std::string text = std::string(unsigned_text) + sign + "rmq-signature abc=\n";
    EXPECT_EQ(read_signature(text).text, unsigned_text) << sign;
    EXPECT_EQ(read_signature(text).signature, "abc=") << sign;
  }
  const std::string without_end = "a = 1\r\n# rmq-signature abc=\r\n \r\n";
  EXPECT_EQ(read_signature(without_end).text, "a = 1\r\n");
  EXPECT_EQ(read_signature(without_end).signature, "abc=");
  EXPECT_EQ(read_signature("# rmq-signature abc=").text, "");
}

TEST(ReadSignature, IsNothingElse) {
  for (const std::string text :
       {"", "\n", "a = 1\n", "# rmq-signature abc=\na = 1\n", "a = 1 # rmq-signature abc=\n",
        "a = 1\n# rmq-signature\n", "a = 1\nrmq-signature abc=\n"}) {
    EXPECT_EQ(read_signature(text).text, text);
    EXPECT_EQ(read_signature(text).signature, "") << text;
  }
}

class UploadKeysTest : public testing::Test {
 protected:
  Result<UploadKeys> load(const std::string& content) {
    return UploadKeys::load(directory_.write("keys.pem", content));
  }
  std::string refusal(const std::string& content) {
    const auto keys = load(content);
    return keys ? "taken" : keys.error().remark;
  }
  std::string at_line(int line) const {
    return (directory_ / "keys.pem").string() + ":" + std::to_string(line);
  }

  test::TempDir directory_;
  const SigningKey alice_;
  const SigningKey bob_;
};

TEST_F(UploadKeysTest, KnowTheirOwnersSignatures) {
  const auto keys = load("# Alice\n" + alice_.public_pem() + "\n# Bob\n" + bob_.public_pem());
  ASSERT_TRUE(keys) << keys.error().remark;
  for (const SigningKey* key : {&alice_, &bob_}) {
    const std::string text = key->sign(unsigned_text);
    const auto signer = keys->signer_of(read_signature(text));
    ASSERT_TRUE(signer) << signer.error().remark;
    EXPECT_EQ(*signer, key == &alice_ ? at_line(2) : at_line(7));
  }
}

TEST_F(UploadKeysTest, KnowWhatTheProgramOfOpensslHasSigned) {
  // As docs/filtersrv.md describes it.
  const auto keys = load(
      "-----BEGIN PUBLIC KEY-----\n"
      "MCowBQYDK2VwAyEAF9tr1m5HB0LIDRjCk6GhqooSD5YVvfGU++YGITEZaP8=\n"
      "-----END PUBLIC KEY-----\n");
  ASSERT_TRUE(keys);
  const std::string text =
      "#rmq-filter sql92\n"
      "SequenceId % 3 = 0 AND SequenceId > 10\n"
      "# rmq-signature 2vztRcgM3lIqbp0c9kbLmMbKKpK24MV4yfyZ5Q8xHSCQlFhXA2gM9VRmGGESkX734nbrZncyyN"
      "h0JsjWUbn9Dg==\n";
  const auto signer = keys->signer_of(read_signature(text));
  EXPECT_TRUE(signer) << (signer ? "" : signer.error().remark);
}

TEST_F(UploadKeysTest, RefuseASignatureOfAnotherKey) {
  const auto keys = load(alice_.public_pem());
  ASSERT_TRUE(keys);
  const std::string text = bob_.sign(unsigned_text);
  const auto signer = keys->signer_of(read_signature(text));
  ASSERT_FALSE(signer);
  EXPECT_THAT(signer.error().remark, HasSubstr("it was made with another key"));
}

TEST_F(UploadKeysTest, RefuseATextThatHasBeenChanged) {
  const auto keys = load(alice_.public_pem());
  ASSERT_TRUE(keys);
  const std::string text = alice_.sign(unsigned_text);
  // Each byte of the text and of the signature.
  for (std::size_t at = 0; at < text.size() - 1; ++at) {
    std::string changed = text;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    EXPECT_FALSE(keys->signer_of(read_signature(changed))) << at;
  }
  const std::string longer = "\n" + text;
  EXPECT_THAT(keys->signer_of(read_signature(longer)).error().remark,
              HasSubstr("the text has been changed since"));
}

TEST_F(UploadKeysTest, RefuseATextWithoutSignature) {
  const auto keys = load(alice_.public_pem());
  ASSERT_TRUE(keys);
  EXPECT_THAT(keys->signer_of(read_signature(unsigned_text)).error().remark,
              HasSubstr("the text is not signed"));
  const std::string behind = alice_.sign(unsigned_text) + "OR 1 = 1\n";
  EXPECT_THAT(keys->signer_of(read_signature(behind)).error().remark,
              HasSubstr("the text is not signed"));
  for (const std::string signature : {"abc", "====", "?"}) {
    const std::string damaged = std::string(unsigned_text) + "# rmq-signature " + signature;
    EXPECT_THAT(keys->signer_of(read_signature(damaged)).error().remark,
                HasSubstr("the signature is damaged"));
  }
}

TEST_F(UploadKeysTest, AreRefusedWithTheLineThatIsWrong) {
  const std::string good = alice_.public_pem();
  std::string damaged = good;
  damaged[damaged.find('\n') + 5] ^= 1;
  EXPECT_EQ(refusal("# Alice\n\n" + good + damaged), at_line(6) + ": the key is damaged");
  EXPECT_EQ(refusal(good + "key of Bob\n" + good),
            at_line(4) +
                ": expected -----BEGIN PUBLIC KEY-----, an empty line or one that begins with #");
  EXPECT_EQ(refusal(alice_.private_pem()),
            at_line(1) + ": expected -----BEGIN PUBLIC KEY-----: private keys do not belong here");
  EXPECT_EQ(refusal(good + good.substr(0, good.find("-----END"))),
            at_line(4) + ": the key that begins here has no -----END PUBLIC KEY-----");
  EXPECT_EQ(refusal(SigningKey("X25519").public_pem()),
            at_line(1) + ": the key is of the kind X25519, expected ED25519");
  EXPECT_THAT(refusal("# nothing\n"), HasSubstr("there is no key in it"));
  std::string many;
  for (std::size_t i = 0; i <= UploadKeys::keys_max; ++i) many += good;
  EXPECT_EQ(refusal(many), at_line(3 * 64 + 1) + ": more than 64 keys");
}

TEST_F(UploadKeysTest, AreRefusedWhereOthersCouldChangeThem) {
  const auto file = directory_.write("keys.pem", alice_.public_pem());
  std::filesystem::permissions(file, std::filesystem::perms::others_write,
                               std::filesystem::perm_options::add);
  const auto keys = UploadKeys::load(file);
  ASSERT_FALSE(keys);
  EXPECT_THAT(keys.error().remark, HasSubstr("only root or this user can write to"));
  EXPECT_THAT(UploadKeys::load(directory_ / "none.pem").error().remark, HasSubstr("none.pem"));
}

}  // namespace
}  // namespace rocketmq::filtersrv
