#include "consumer/pulled_messages.hpp"

#include <gtest/gtest.h>

#include "rocketmq/client/message/compression.hpp"
#include "rocketmq/client/message/message_access.hpp"
#include "rocketmq/common/message_record.hpp"
#include "rocketmq/common/sys_flag.hpp"

namespace rocketmq::client {
namespace {

/// A record whose numbers and texts follow from its offset.
std::string pulled_record(std::int64_t offset, std::string_view tag = "A",
                          std::string_view body = {}) {
  const std::string number = std::to_string(offset);
  const std::string properties = "TAGS\x01" + std::string(tag) + "\x02";
  const std::string default_body = "body " + number;
  MessageRecord record;
  record.topic = "T";
  record.properties = properties;
  record.body = body.empty() ? std::string_view(default_body) : body;
  record.sys_flag = body.empty() ? 0 : sys_flag::compressed;
  record.queue_offset = offset;
  record.physical_offset = offset * 100;
  std::string bytes(message_record::encoded_size(record), '\0');
  message_record::encode(record, bytes.data());
  return bytes;
}

std::string pulled_records(std::int64_t from, std::int64_t to) {
  std::string bytes;
  for (std::int64_t offset = from; offset < to; ++offset) bytes += pulled_record(offset);
  return bytes;
}

TEST(PulledMessages, KnowsOffsetsAndSizesBeforeAnythingIsDecoded) {
  const auto pulled = PulledMessages::read(pulled_records(8, 11), nullptr).value();
  ASSERT_EQ(pulled.size(), 3U);
  EXPECT_EQ(pulled.list()[2].queue_offset, 10);
  EXPECT_EQ(pulled.list()[2].physical_offset, 1'000);
  EXPECT_EQ(pulled.list()[2].body_bytes, std::string("body 10").size());
}

TEST(PulledMessages, KeepsTheBytesOfTheAnswer) {
  std::string answer = pulled_records(0, 3);
  auto pulled = PulledMessages::read(answer, nullptr).value();
  answer.assign(answer.size(), 'x');
  pulled.set_range(5, 9);
  const auto messages = pulled.decode_all("broker-a");
  ASSERT_EQ(messages.size(), 3U);
  EXPECT_EQ(messages[1].getBody(), "body 1");
  EXPECT_EQ(messages[1].getQueueOffset(), 1);
  EXPECT_EQ(messages[1].getTags(), "A");
  EXPECT_EQ(messages[1].getBrokerName(), "broker-a");
  EXPECT_EQ(messages[1].getProperty("MIN_OFFSET"), "5");
  EXPECT_EQ(messages[1].getProperty("MAX_OFFSET"), "9");
}

TEST(PulledMessages, LeavesNothingOfTheMessagesItDecodesInto) {
  const auto pulled = PulledMessages::read(pulled_records(0, 4), nullptr).value();
  std::vector<MessageExt> messages(7);
  for (MessageExt& old : messages) {
    old.setTopic("a topic of before");
    old.setBody(std::string(100, 'b'));
    old.setKeys("key of before");
    MessageAccess::set_consume_start(old, 1);
    MessageAccess::set_range(old, 1, 2);
    MessageAccess::set_reconsume_times(old, 3);
  }
  pulled.decode(1, 3, "b", messages);
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_EQ(messages[0].toString(), pulled.decode_all("b")[1].toString());
  EXPECT_EQ(messages[1].toString(), pulled.decode_all("b")[2].toString());
  EXPECT_EQ(messages[1].getBody(), "body 2");
}

TEST(PulledMessages, LeavesOutOtherTagsAndEntriesThatWereRemoved) {
  const auto filter = parse_tag_subscription("T", "A", 1).value();
  auto pulled =
      PulledMessages::read(pulled_record(0) + pulled_record(1, "B") + pulled_records(2, 4), &filter)
          .value();
  ASSERT_EQ(pulled.size(), 3U);
  pulled.list().erase(pulled.list().begin());
  const auto messages = pulled.decode_all("b");
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_EQ(messages[0].getBody(), "body 2");
  EXPECT_EQ(messages[1].getBody(), "body 3");
}

TEST(PulledMessages, DecompressesBodies) {
  const std::string compressed =
      compress(std::string(10'000, 'x'), CompressionType::ZLIB, 5).value();
  const auto pulled = PulledMessages::read(pulled_record(0, "A", compressed), nullptr).value();
  EXPECT_EQ(pulled.list().front().body_bytes, compressed.size());
  EXPECT_EQ(pulled.decode_all("b").front().getBody(), std::string(10'000, 'x'));
}

TEST(PulledMessages, RefusesBytesThatAreNoMessages) {
  EXPECT_FALSE(PulledMessages::read(pulled_records(0, 2) + "garbage!", nullptr));
  EXPECT_TRUE(PulledMessages::read("", nullptr).value().empty());
}

}  // namespace
}  // namespace rocketmq::client
