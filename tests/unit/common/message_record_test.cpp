#include "rocketmq/common/message_record.hpp"

#include <gtest/gtest.h>

#include "rocketmq/common/bytes.hpp"
#include "rocketmq/common/crc32.hpp"
#include "rocketmq/common/sys_flag.hpp"

namespace rocketmq::message_record {
namespace {

MessageRecord sample() {
  MessageRecord record;
  record.body = "hello";
  record.body_crc = masked_crc32(record.body);
  record.topic = "TopicTest";
  record.properties = "TAGS\x01TagA\x02";
  record.queue_id = 3;
  record.flag = 7;
  record.queue_offset = 11;
  record.physical_offset = 0x10F;
  record.sys_flag = sys_flag::transaction_prepared;
  record.born_timestamp_ms = 1'700'000'000'000;
  record.born_host = Endpoint::v4(10, 0, 0, 5, 50122);
  record.store_timestamp_ms = 1'700'000'000'001;
  record.store_host = Endpoint::v4(10, 0, 0, 1, 10911);
  record.reconsume_times = 2;
  record.prepared_transaction_offset = 99;
  return record;
}

std::string encoded(const MessageRecord& record) {
  std::string bytes(encoded_size(record), '\0');
  encode(record, bytes.data());
  return bytes;
}

/// Decodes from a block of exactly these bytes, so that the address sanitizer sees a read behind
/// it.
bool decodes(std::string_view bytes, Check check = Check::BodyCrc) {
  const std::vector<char> block(bytes.begin(), bytes.end());
  return decode({block.data(), block.size()}, check).has_value();
}

TEST(MessageRecord, WithoutBodyTopicAndPropertiesHas91Bytes) {
  EXPECT_EQ(encoded_size(MessageRecord{}), 91U);
}

TEST(MessageRecord, HasItsFieldsWhereTheFormatSays) {
  const std::string bytes = encoded(sample());
  EXPECT_EQ(load_be<std::int32_t>(bytes.data()), static_cast<std::int32_t>(bytes.size()));
  EXPECT_EQ(load_be<std::uint32_t>(bytes.data() + 4), 0xDAA320A7U);
  EXPECT_EQ(load_be<std::int32_t>(bytes.data() + 12), 3);
  EXPECT_EQ(load_be<std::int64_t>(bytes.data() + queue_offset_at), 11);
  EXPECT_EQ(load_be<std::int64_t>(bytes.data() + physical_offset_at), 0x10F);
  EXPECT_EQ(load_be<std::int32_t>(bytes.data() + sys_flag_at), sys_flag::transaction_prepared);
  EXPECT_EQ(load_be<std::int64_t>(bytes.data() + born_timestamp_at), 1'700'000'000'000);
  EXPECT_EQ(load_be<std::int64_t>(bytes.data() + store_timestamp_at(0)), 1'700'000'000'001);
}

TEST(MessageRecord, ComesBackFromItsBytes) {
  const MessageRecord record = sample();
  const std::string bytes = encoded(record);
  const auto decoded = decode(bytes, Check::BodyCrc);
  ASSERT_TRUE(decoded) << decoded.error().remark;
  EXPECT_EQ(decoded->body, record.body);
  EXPECT_EQ(decoded->topic, record.topic);
  EXPECT_EQ(decoded->properties, record.properties);
  EXPECT_EQ(decoded->born_host, record.born_host);
  EXPECT_EQ(decoded->store_host, record.store_host);
  EXPECT_EQ(decoded->flag, 7);
  EXPECT_EQ(decoded->reconsume_times, 2);
  EXPECT_EQ(decoded->prepared_transaction_offset, 99);
  EXPECT_EQ(encoded(*decoded), bytes);
}

TEST(MessageRecord, ShowsItsPartsWithoutBeingDecoded) {
  const std::string bytes = encoded(sample());
  const auto parts = locate(bytes, Check::BodyCrc);
  ASSERT_TRUE(parts) << parts.error().remark;
  EXPECT_EQ(parts->body, sample().body);
  EXPECT_EQ(parts->topic, sample().topic);
  EXPECT_EQ(parts->properties, sample().properties);
  EXPECT_GE(parts->body.data(), bytes.data());
}

TEST(MessageRecord, MarksIpv6HostsInTheSysFlag) {
  MessageRecord record = sample();
  record.born_host = *Endpoint::parse("[2001:db8::5]:50122");
  const std::string bytes = encoded(record);
  EXPECT_EQ(bytes.size(), encoded(sample()).size() + 12);
  const auto decoded = decode(bytes, Check::BodyCrc);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->sys_flag, sys_flag::transaction_prepared | sys_flag::born_host_v6);
  EXPECT_EQ(decoded->born_host, record.born_host);
  EXPECT_EQ(load_be<std::int64_t>(bytes.data() + store_timestamp_at(decoded->sys_flag)),
            record.store_timestamp_ms);
}

TEST(MessageRecord, ReadsTheSecondVersionWithItsLongerTopicLength) {
  const MessageRecord record = sample();
  std::string bytes = encoded(record);
  const std::size_t topic_length_at = 91 - 3 + record.body.size();
  bytes.insert(topic_length_at, 1, '\0');
  store_be(bytes.data(), static_cast<std::int32_t>(bytes.size()));
  store_be(bytes.data() + 4, magic_v2);
  const auto decoded = decode(bytes, Check::BodyCrc);
  ASSERT_TRUE(decoded) << decoded.error().remark;
  EXPECT_EQ(decoded->topic, record.topic);
  EXPECT_EQ(decoded->properties, record.properties);
}

TEST(MessageRecord, IsRefusedWhenCutAnywhere) {
  const std::string bytes = encoded(sample());
  for (std::size_t kept = 0; kept < bytes.size(); ++kept)
    EXPECT_FALSE(decodes(std::string_view(bytes).substr(0, kept))) << kept;
}

TEST(MessageRecord, IsTakenOrRefusedWithAnyBitFlipped) {
  const std::string bytes = encoded(sample());
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    const bool in_body = bit / 8 >= 88 && bit / 8 < 88 + sample().body.size();
    const bool taken = decodes(flipped);
    EXPECT_FALSE(in_body && taken) << "a damaged body passed its CRC";
  }
}

TEST(MessageRecord, ChecksTheBodysCrcOnlyWhenAsked) {
  MessageRecord record = sample();
  record.body_crc ^= 1;
  EXPECT_FALSE(decodes(encoded(record), Check::BodyCrc));
  EXPECT_TRUE(decodes(encoded(record), Check::None));
}

TEST(MessageRecord, IsRefusedWithLengthsThatDoNotAddUp) {
  const std::string bytes = encoded(sample());
  const std::size_t body_length_at = 91 - 3 - 4;
  for (const std::int32_t length : {-1, INT32_MIN, INT32_MAX, 0, 4, 6}) {
    std::string changed = bytes;
    store_be(changed.data() + body_length_at, length);
    EXPECT_FALSE(decodes(changed, Check::None)) << "body " << length;
    changed = bytes;
    store_be(changed.data(), length);
    EXPECT_FALSE(decodes(changed, Check::None)) << "record " << length;
  }
}

TEST(MessageRecord, TellsTheEndOfFileRecordFromAnUnknownMagic) {
  std::string blank;
  append_be(blank, std::int32_t{100});
  append_be(blank, magic_blank);
  EXPECT_EQ(decode(blank, Check::None).error().remark,
            "message record: the end-of-file record stands here");
  store_be(blank.data() + 4, std::int32_t{0});
  EXPECT_EQ(decode(blank, Check::None).error(),
            (Error{ResponseCode::MessageIllegal, "message record: unknown magic code"}));
}

TEST(MessageRecords, AreReadBackToBack) {
  const std::string bytes = encoded(sample());
  const auto records = decode_all(bytes + bytes, Check::BodyCrc);
  ASSERT_TRUE(records);
  EXPECT_EQ(records->size(), 2U);
  EXPECT_FALSE(decode_all(bytes + "x", Check::BodyCrc));
  EXPECT_TRUE(decode_all("", Check::BodyCrc)->empty());
}

}  // namespace
}  // namespace rocketmq::message_record
