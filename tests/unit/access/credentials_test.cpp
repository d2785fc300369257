#include "rocketmq/access/credentials.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "temp_dir.hpp"

namespace rocketmq::acl {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(OwnCredentials, AreReadFromAFileLikeThatOfTheTools) {
  const rocketmq::test::TempDir directory;
  const auto file = directory.write("account.yml", "accessKey: broker-account\nsecretKey: 0815\n");
  const auto credentials = read_own_credentials(file);
  ASSERT_TRUE(credentials) << credentials.error().remark;
  remoting::RemotingCommand request;
  (*credentials)->sign(request);
  EXPECT_EQ(request.ext_fields.find("AccessKey"), "broker-account");
  EXPECT_EQ(remoting::RequestSigner("0815").check(request, *request.ext_fields.find("Signature")),
            remoting::SignatureCheck::Valid);
}

TEST(OwnCredentials, AreRefusedWithTheFileAndTheReasonAndWithoutTheSecret) {
  const rocketmq::test::TempDir directory;
  for (const std::string text : {"", "accessKey: broker-account\n", "secretKey: hidden-words\n",
                                 "- accessKey\n", "accessKey: a\nsecretKey: [hidden-words\n"}) {
    const auto refused = read_own_credentials(directory.write("account.yml", text));
    ASSERT_FALSE(refused) << text;
    EXPECT_THAT(refused.error().remark,
                AllOf(HasSubstr("account.yml"), Not(HasSubstr("hidden-words"))));
  }
  EXPECT_FALSE(read_own_credentials(directory / "no-such-file.yml"));
}

}  // namespace
}  // namespace rocketmq::acl
