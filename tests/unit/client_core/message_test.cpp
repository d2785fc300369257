#include "rocketmq/Message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iostream>

#include "rocketmq/MQException.h"
#include "rocketmq/client/message/compression.hpp"
#include "rocketmq/client/message/message_access.hpp"
#include "rocketmq/client/message/message_codec.hpp"
#include "rocketmq/common/sys_flag.hpp"

namespace rocketmq::client {
namespace {

TEST(Message, CarriesTagsAndKeysAsProperties) {
  Message message("T", "TagA", "k1", "body");
  EXPECT_EQ(message.getTags(), "TagA");
  EXPECT_EQ(message.getKeys(), "k1");
  message.setKeys(std::vector<std::string>{"a", "b"});
  EXPECT_EQ(message.getKeys(), "a b");
  EXPECT_EQ(message.getProperty("KEYS"), "a b");
  message.setTags("TagB");
  EXPECT_EQ(message.getProperties().at("TAGS"), "TagB");
}

TEST(Message, RefusesReservedEmptyAndUnwritableProperties) {
  Message message("T", "body");
  EXPECT_THROW(message.putUserProperty("TAGS", "x"), MQClientException);
  EXPECT_THROW(message.putUserProperty("UNIQ_KEY", "x"), MQClientException);
  EXPECT_THROW(message.putUserProperty("", "x"), MQClientException);
  EXPECT_THROW(message.putUserProperty("a", ""), MQClientException);
  EXPECT_THROW(message.putUserProperty("a", std::string("x\x01y")), MQClientException);
  EXPECT_THROW(message.setTags("x\x02"), MQClientException);
  message.putUserProperty("SequenceId", "7");
  EXPECT_EQ(message.getUserProperty("SequenceId"), "7");
}

TEST(Message, WaitsForTheStoreUnlessToldOtherwise) {
  Message message("T", "body");
  EXPECT_TRUE(message.isWaitStoreMsgOK());
  message.setWaitStoreMsgOK(false);
  EXPECT_FALSE(message.isWaitStoreMsgOK());
  EXPECT_EQ(message.getProperty("WAIT"), "false");
}

TEST(Message, KeepsItsDelayLevelAsAProperty) {
  Message message("T", "body");
  EXPECT_EQ(message.getDelayTimeLevel(), 0);
  message.setDelayTimeLevel(3);
  EXPECT_EQ(message.getDelayTimeLevel(), 3);
  EXPECT_EQ(message.getProperty("DELAY"), "3");
}

TEST(MQException, ReadsAsCodeAndDescription) {
  EXPECT_STREQ(MQClientException("No route info of this topic: T", 10005).what(),
               "CODE: 10005  DESC: No route info of this topic: T");
  EXPECT_STREQ(MQClientException("plain").what(), "plain");
}

std::string encode_record(MessageRecord record) {
  record.store_host = Endpoint::v4(10, 0, 0, 1, 10911);
  record.born_host = Endpoint::v4(10, 0, 0, 5, 50122);
  std::string bytes(message_record::encoded_size(record), '\0');
  message_record::encode(record, bytes.data());
  return bytes;
}

TEST(MessageCodec, ReadsMessagesAsTheBrokerStoredThem) {
  MessageRecord record;
  record.topic = "T";
  record.body = "hello";
  record.properties =
      "TAGS\x01TagA\x02UNIQ_KEY\x01"
      "ABC\x02";
  record.queue_id = 2;
  record.queue_offset = 7;
  record.physical_offset = 1000;
  record.reconsume_times = 1;
  const auto messages = decode_messages(encode_record(record) + encode_record(record), "broker-a");
  ASSERT_TRUE(messages);
  ASSERT_EQ(messages->size(), 2U);
  const MessageExt& message = messages->front();
  EXPECT_EQ(message.getBody(), "hello");
  EXPECT_EQ(message.getTags(), "TagA");
  EXPECT_EQ(message.getMsgId(), "ABC");
  EXPECT_EQ(message.getOffsetMsgId(), "0A00000100002A9F00000000000003E8");
  EXPECT_EQ(message.getBornHost(), "10.0.0.5:50122");
  EXPECT_EQ(message.getBrokerName(), "broker-a");
  EXPECT_EQ(message.getQueueId(), 2);
  EXPECT_EQ(message.getQueueOffset(), 7);
  EXPECT_EQ(message.getReconsumeTimes(), 1);
}

TEST(MessageCodec, LeavesOutMessagesOfOtherTags) {
  MessageRecord wanted;
  wanted.topic = "T";
  wanted.body = "a";
  wanted.properties = "TAGS\x01TagA\x02";
  MessageRecord other = wanted;
  other.properties = "TAGS\x01TagB\x02";
  MessageRecord untagged = wanted;
  untagged.properties = "";
  const auto filter = parse_tag_subscription("T", "TagA || TagC", 1).value();
  const auto messages = decode_messages(
      encode_record(other) + encode_record(wanted) + encode_record(untagged), "b", &filter);
  ASSERT_TRUE(messages);
  ASSERT_EQ(messages->size(), 1U);
  EXPECT_EQ(messages->front().getTags(), "TagA");
}

/// The one message of a record whose body is `body`, with these flags.
MessageExt decode_with(std::int32_t flags, std::string_view body) {
  MessageRecord record;
  record.topic = "T";
  record.body = body;
  record.sys_flag = flags;
  record.queue_id = 3;
  record.queue_offset = 77;
  return decode_messages(encode_record(record), "b").value().front();
}

TEST(MessageCodec, DecompressesBodiesOfEachType) {
  for (const CompressionType type :
       {CompressionType::ZLIB, CompressionType::LZ4, CompressionType::ZSTD}) {
    const std::string compressed = compress(std::string(10'000, 'x'), type, 5).value();
    const MessageExt message = decode_with(compression_flags(type), compressed);
    EXPECT_EQ(message.getBody(), std::string(10'000, 'x')) << type;
    EXPECT_EQ(MessageAccess::body_error(message), nullptr);
  }
  const std::string compressed =
      compress(std::string(10'000, 'x'), CompressionType::ZLIB, 5).value();
  EXPECT_EQ(decode_with(sys_flag::compressed | sys_flag::compression_zlib, compressed).getBody(),
            std::string(10'000, 'x'));
}

TEST(MessageCodec, KeepsWhyABodyCannotBeDecompressed) {
  const MessageExt damaged = decode_with(sys_flag::compressed, "not compressed");
  EXPECT_EQ(*MessageAccess::body_error(damaged), "the compressed body is damaged or cut off");
  EXPECT_EQ(damaged.getBody(), "not compressed") << "it may have to be sent on";
  const MessageExt unknown = decode_with(sys_flag::compressed | 0x500, "?");
  EXPECT_THAT(unreadable_body(unknown).text,
              testing::EndsWith("at offset 77 of queue 3 of topic T cannot be read: the type of "
                                "compression 5 is unknown"));
}

TEST(MessageCodec, HandsOutNoMessagesOfWhichOneCannotBeRead) {
  const MessageExt good = decode_with(0, "body");
  const MessageExt bad = decode_with(sys_flag::compressed | 0x500, "?");
  EXPECT_TRUE(readable_messages({good, good}));
  EXPECT_EQ(readable_messages({good, bad}).error().code,
            static_cast<int>(ResponseCode::MessageIllegal));
}

TEST(MessageCodec, ForgetsTheErrorOfAMessageWhoseMemoryIsUsedAgain) {
  MessageExt message = decode_with(sys_flag::compressed, "not compressed");
  MessageRecord record;
  record.topic = "T";
  record.body = "plain";
  read_message(record, "b", message);
  EXPECT_EQ(MessageAccess::body_error(message), nullptr);
}

TEST(MessageCodec, RefusesBytesThatAreNoMessages) {
  EXPECT_FALSE(decode_messages("garbage!", "b"));
}

TEST(MessageCodec, WritesABatchAsTheProtocolLaysItOut) {
  Message message("T", "body");
  message.setFlag(5);
  MessageAccess::put(message, "UNIQ_KEY", "A");
  const std::string expected(
      "\0\0\0\x25\0\0\0\0\0\0\0\0\0\0\0\x05\0\0\0\x04"
      "body\0\x0BUNIQ_KEY\x01"
      "A\x02",
      37);
  EXPECT_EQ(encode_batch({message, message}), expected + expected);
}

}  // namespace
}  // namespace rocketmq::client
