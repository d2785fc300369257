#include "rocketmq/common/message_id.hpp"

#include <gtest/gtest.h>

namespace rocketmq {
namespace {

constexpr std::int64_t offset = 0x10F;

TEST(OffsetMessageId, IsUpperCaseHexOfHostPortAndOffset) {
  EXPECT_EQ(encode_offset_message_id(Endpoint::v4(127, 0, 0, 1, 22911), offset),
            "7F0000010000597F000000000000010F");
}

TEST(OffsetMessageId, IsReadInEitherCase) {
  for (const char* text :
       {"7F0000010000597F000000000000010F", "7f0000010000597f000000000000010f"}) {
    const auto id = decode_offset_message_id(text);
    ASSERT_TRUE(id) << id.error().remark;
    EXPECT_EQ(id->store_host, Endpoint::v4(127, 0, 0, 1, 22911));
    EXPECT_EQ(id->physical_offset, offset);
  }
}

TEST(OffsetMessageId, Has56CharactersWithAnIpv6Host) {
  const Endpoint host = *Endpoint::parse("[2001:db8::1]:10911");
  const std::string text = encode_offset_message_id(host, INT64_MAX);
  EXPECT_EQ(text, "20010DB800000000000000000000000100002A9F7FFFFFFFFFFFFFFF");
  EXPECT_EQ(*decode_offset_message_id(text), (OffsetMessageId{host, INT64_MAX}));
}

TEST(OffsetMessageId, IsAppended) {
  std::string ids = encode_offset_message_id(Endpoint::v4(1, 2, 3, 4, 5), 6) + ",";
  append_offset_message_id(ids, Endpoint::v4(1, 2, 3, 4, 5), 7);
  EXPECT_EQ(ids, "01020304000000050000000000000006,01020304000000050000000000000007");
}

TEST(OffsetMessageId, IsRefusedWithAnotherLengthOrOtherDigits) {
  const std::string good = "7F0000010000597F000000000000010F";
  for (const std::string& text :
       {std::string(), good.substr(1), good + "0", "G" + good.substr(1), good.substr(1) + " "}) {
    EXPECT_FALSE(decode_offset_message_id(text)) << text;
  }
}

}  // namespace
}  // namespace rocketmq
