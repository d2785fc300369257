#include <gtest/gtest.h>
#include <zlib.h>

#include "rocketmq/common/bytes.hpp"
#include "rocketmq/protocol/remoting_command.hpp"
#include "rocketmq/protocol/route_data.hpp"

namespace rocketmq::remoting {
namespace {

std::string deflate_text(const std::string& content) {
  uLongf bytes = compressBound(static_cast<uLong>(content.size()));
  std::string packed(bytes, '\0');
  EXPECT_EQ(
      compress(reinterpret_cast<Bytef*>(packed.data()), &bytes,
               reinterpret_cast<const Bytef*>(content.data()), static_cast<uLong>(content.size())),
      Z_OK);
  packed.resize(bytes);
  return packed;
}

std::string counted(std::string_view text) {
  std::string bytes;
  append_be(bytes, static_cast<std::int32_t>(text.size()));
  return bytes.append(text);
}

std::string number(std::int32_t value) {
  std::string bytes;
  append_be(bytes, value);
  return bytes;
}

const std::string version_text = counted(R"({"counter":3,"timestamp":1700000000000})");

std::string content_with(std::int32_t count, std::string_view topics) {
  return version_text + number(count) + std::string(topics) + counted(R"(["10.0.0.1:33211"])");
}

Result<RegisterBrokerBody> decode_packed(const std::string& content) {
  return decode_register_broker_body(deflate_text(content), true, version::own);
}

std::string remark_of(const Result<RegisterBrokerBody>& body) {
  return body ? "decoded" : body.error().remark;
}

RegisterBrokerBody sample_body() {
  RegisterBrokerBody body;
  body.topic_config.data_version = {.timestamp_ms = 1'700'000'000'000, .counter = 3};
  body.topic_config.topic_config_table["T"] = {
      .topic_name = "T", .read_queue_nums = 4, .write_queue_nums = 8, .perm = 6};
  body.filter_server_list = std::vector<std::string>{};
  return body;
}

TEST(RegisterBrokerBody, ComesBackFromItsText) {
  const auto body = decode_register_broker_body(encode_body(sample_body()), false, version::own);
  ASSERT_TRUE(body) << body.error().remark;
  EXPECT_EQ(body->topic_config.topic_config_table, sample_body().topic_config.topic_config_table);
  EXPECT_EQ(body->topic_config.data_version, sample_body().topic_config.data_version);
  EXPECT_EQ(body->filter_server_list, std::vector<std::string>{});
}

TEST(RegisterBrokerBody, TellsAnAbsentFilterServerListFromAnEmptyOne) {
  RegisterBrokerBody sample = sample_body();
  sample.filter_server_list.reset();
  const auto body = decode_register_broker_body(encode_body(sample), false, version::own);
  ASSERT_TRUE(body);
  EXPECT_EQ(body->filter_server_list, std::nullopt);
}

TEST(RegisterBrokerBody, IsEmptyWhenNothingWasSent) {
  const auto body = decode_register_broker_body("", false, version::own);
  ASSERT_TRUE(body);
  EXPECT_TRUE(body->topic_config.topic_config_table.empty());
  EXPECT_EQ(body->topic_config.data_version, DataVersion{});
}

TEST(RegisterBrokerBody, IsTheBareTableFromOldBrokers) {
  const std::string text =
      R"({"dataVersion":{"counter":3,"timestatmp":5},"topicConfigTable":{"T":{"topicName":"T","perm":4}}})";
  for (const std::int32_t sender_version : {0, 36, version::own}) {
    const auto body = decode_register_broker_body(text, false, sender_version);
    ASSERT_TRUE(body);
    EXPECT_EQ(body->topic_config.topic_config_table.at("T").perm, 4);
    EXPECT_EQ(body->topic_config.data_version.timestamp_ms, 5);
    EXPECT_EQ(body->filter_server_list, std::nullopt);
  }
}

TEST(RegisterBrokerBody, IsReadFromAZlibStreamWhateverTheHeaderSays) {
  const std::string packed =
      deflate_text(content_with(2, counted("T 4 8 6 SINGLE_TAG") + counted("M 1 1 2 MULTI_TAG")));
  for (const bool compressed : {true, false}) {
    const auto body = decode_register_broker_body(packed, compressed, version::own);
    ASSERT_TRUE(body) << body.error().remark;
    EXPECT_EQ(body->topic_config.data_version.counter, 3);
    const auto& table = body->topic_config.topic_config_table;
    ASSERT_EQ(table.size(), 2U);
    EXPECT_EQ(table.at("T").read_queue_nums, 4);
    EXPECT_EQ(table.at("T").write_queue_nums, 8);
    EXPECT_EQ(table.at("T").perm, 6);
    EXPECT_EQ(table.at("M").topic_filter_type, TopicFilterType::MultiTag);
    EXPECT_EQ(body->filter_server_list, std::vector<std::string>{"10.0.0.1:33211"});
  }
}

TEST(RegisterBrokerBody, IsReadAsJsonWhenTheHeaderWronglySaysCompressed) {
  EXPECT_TRUE(decode_register_broker_body(encode_body(sample_body()), true, version::own));
}

TEST(RegisterBrokerBody, IsReadInThe5xFormWithAttributesAndMappings) {
  const auto body = decode_register_broker_body(
      deflate_text(content_with(1, counted(R"(T 4 8 6 SINGLE_TAG {"+message.type":"FIFO"})")) +
                   number(1) + counted("{}")),
      true, version::v5_0_0);
  ASSERT_TRUE(body) << body.error().remark;
  EXPECT_EQ(body->topic_config.topic_config_table.at("T").write_queue_nums, 8);
}

TEST(RegisterBrokerBody, IsRefusedWhenATopicLineIsMalformed) {
  for (const char* line : {"", "T", "T 4 8 6", "T 4 8 6 ", "T x 8 6 SINGLE_TAG",
                           "T 4 8 99999999999 SINGLE_TAG", " 4 8 6 SINGLE_TAG"}) {
    EXPECT_EQ(remark_of(decode_packed(content_with(1, counted(line)))),
              std::string("body of REGISTER_BROKER: malformed topic '") + line + "'");
  }
}

TEST(RegisterBrokerBody, ChecksTheNumberOfTopicsBeforeItTrustsIt) {
  for (const std::int32_t count : {-1, 1'000, INT32_MAX}) {
    EXPECT_EQ(remark_of(decode_packed(content_with(count, ""))),
              "body of REGISTER_BROKER: it cannot hold " + std::to_string(count) + " topics");
  }
}

TEST(RegisterBrokerBody, RefusesMoreTopicsThanItsBoundThoughTheyAreAllThere) {
  constexpr std::int32_t too_many = 1'000'001;
  std::string topics;
  for (std::int32_t i = 0; i < too_many; ++i) topics += number(0);
  EXPECT_EQ(remark_of(decode_packed(content_with(too_many, topics))),
            "body of REGISTER_BROKER: it cannot hold 1000001 topics");
}

TEST(RegisterBrokerBody, IsRefusedWhenItsContentIsCutAnywhere) {
  const std::string content = content_with(1, counted("T 4 8 6 SINGLE_TAG"));
  ASSERT_TRUE(decode_packed(content));
  for (std::size_t kept = 0; kept < content.size(); ++kept)
    EXPECT_FALSE(decode_packed(content.substr(0, kept))) << kept;
}

TEST(RegisterBrokerBody, IsRefusedWhenTheStreamIsDamaged) {
  const std::string packed = deflate_text(content_with(1, counted("T 4 8 6 SINGLE_TAG")));
  for (std::size_t kept = 1; kept < packed.size(); ++kept) {
    EXPECT_FALSE(decode_register_broker_body(packed.substr(0, kept), true, version::own)) << kept;
  }
  for (std::size_t bit = 0; bit < packed.size() * 8; ++bit) {
    std::string flipped = packed;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    (void)decode_register_broker_body(flipped, true, version::own);
  }
  EXPECT_EQ(remark_of(decode_register_broker_body("\x78\x9Cgarbage", true, version::own)),
            "body of REGISTER_BROKER: zlib stream: it is damaged");
}

TEST(RegisterBrokerBody, UnpacksNoMoreThan64Mebibytes) {
  const std::string bomb = deflate_text(std::string(70 * 1024 * 1024, '\0'));
  ASSERT_LT(bomb.size(), 200'000U);
  EXPECT_EQ(remark_of(decode_register_broker_body(bomb, true, version::own)),
            "body of REGISTER_BROKER: zlib stream: its content is over 67108864 bytes");
}

}  // namespace
}  // namespace rocketmq::remoting
