#include "rocketmq/protocol/request_signature.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace rocketmq::remoting {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

RemotingCommand request_with(const Fields& fields, std::string body = {}) {
  RemotingCommand request;
  for (const auto& [key, value] : fields) request.ext_fields.add(key, value);
  request.set_body(std::move(body));
  return request;
}

// spec/broker.md §18.2
const Fields vector_fields{
    {"topic", "TopicTest"}, {"queueId", "3"}, {"AccessKey", "rocketmq2"}, {"consumerGroup", "g1"}};
const RequestSigner signer{"12345678"};

TEST(RequestSigner, SignsTheValuesInTheOrderOfTheirKeys) {
  EXPECT_EQ(signer.signature_of(request_with(vector_fields)), "a+6PQzwgVo4viI1hklq3IVAnaiM=");
}

TEST(RequestSigner, OrdersLongKeysByAllTheirBytes) {
  const auto forward = request_with({{"abcdefgh1", "1"}, {"abcdefgh2", "2"}, {"abcdefgh", "0"}});
  const auto backward = request_with({{"abcdefgh2", "2"}, {"abcdefgh", "0"}, {"abcdefgh1", "1"}});
  const auto in_order = request_with({{"a", "012"}});
  EXPECT_EQ(signer.signature_of(forward), signer.signature_of(in_order));
  EXPECT_EQ(signer.signature_of(backward), signer.signature_of(in_order));
}

TEST(RequestSigner, SignsTheBodyAfterTheFields) {
  EXPECT_EQ(signer.signature_of(request_with(vector_fields, "hello")),
            "i4X/b1hN9iY8rlSiwsYucVCSUdw=");
}

TEST(RequestSigner, LeavesOutTheSignatureAndWhatClientsAddAfterIt) {
  Fields fields = vector_fields;
  fields.emplace_back("Signature", "a+6PQzwgVo4viI1hklq3IVAnaiM=");
  fields.emplace_back("_UNIQUE_KEY_QUERY", "true");
  EXPECT_EQ(signer.signature_of(request_with(fields)), "a+6PQzwgVo4viI1hklq3IVAnaiM=");
}

TEST(RequestSigner, TakesSecretsLongerThanABlock) {
  // HMAC-SHA1 of RFC 2202, test case 6.
  const RequestSigner longer(std::string(80, '\xAA'));
  EXPECT_EQ(longer.signature_of(
                request_with({}, "Test Using Larger Than Block-Size Key - Hash Key First")),
            "qkrl4VJy0A6VcFY3zoo7Ve1AIRI=");
}

TEST(RequestSigner, KnowsAnEqualSignatureFromEveryOther) {
  const auto request = request_with(vector_fields, "hello");
  const std::string right = signer.signature_of(request);
  EXPECT_EQ(signer.check(request, right), SignatureCheck::Valid);
  for (std::size_t i = 0; i < right.size(); ++i) {
    std::string wrong = right;
    wrong[i] = static_cast<char>(wrong[i] ^ 1);
    EXPECT_EQ(signer.check(request, wrong), SignatureCheck::Wrong) << i;
    EXPECT_EQ(signer.check(request, right.substr(0, i)), SignatureCheck::Wrong) << i;
  }
  EXPECT_EQ(signer.check(request, right + "="), SignatureCheck::Wrong);
  EXPECT_EQ(RequestSigner("87654321").check(request, right), SignatureCheck::Wrong);
}

TEST(RequestSigner, IsNotValidForChangedFieldsOrBody) {
  const auto request = request_with(vector_fields, "hello");
  const std::string right = signer.signature_of(request);
  for (std::size_t i = 0; i < vector_fields.size(); ++i) {
    Fields fields = vector_fields;
    fields[i].second += "x";
    EXPECT_EQ(signer.check(request_with(fields, "hello"), right), SignatureCheck::Wrong) << i;
  }
  EXPECT_EQ(signer.check(request_with(vector_fields, "hellp"), right), SignatureCheck::Wrong);
}

TEST(RequestSigner, RefusesAFieldThatIsGivenTwiceWhateverTheSignature) {
  Fields fields = vector_fields;
  fields.insert(fields.begin() + 1, {"topic", "Other"});
  const auto request = request_with(fields);
  EXPECT_EQ(signer.check(request, signer.signature_of(request)), SignatureCheck::FieldGivenTwice);
}

TEST(RequestCredentials, SignARequestOnceMoreWhenItIsSentAgain) {
  const RequestCredentials credentials("rocketmq2", "12345678", "token");
  RemotingCommand request = request_with({{"topic", "T"}});
  credentials.sign(request);
  const std::string first(*request.ext_fields.find("Signature"));
  EXPECT_EQ(request.ext_fields.find("AccessKey"), "rocketmq2");
  EXPECT_EQ(request.ext_fields.find("SecurityToken"), "token");
  credentials.sign(request);
  EXPECT_EQ(request.ext_fields.size(), 4U);
  EXPECT_EQ(request.ext_fields.find("Signature"), first);
  EXPECT_EQ(signer.check(request, first), SignatureCheck::Valid);
}

TEST(RequestCredentials, SendNoTokenThatIsEmpty) {
  RemotingCommand request = request_with({});
  RequestCredentials("rocketmq2", "12345678").sign(request);
  EXPECT_TRUE(request.has_ext_fields);
  EXPECT_FALSE(request.ext_fields.find("SecurityToken"));
}

}  // namespace
}  // namespace rocketmq::remoting
