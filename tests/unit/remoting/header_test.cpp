#include "rocketmq/protocol/header.hpp"

#include <gtest/gtest.h>

namespace rocketmq::remoting {
namespace {

struct SampleHeader {
  std::string topic;
  std::int32_t queueId = 0;
  std::int64_t offset = 0;
  bool order = false;
  std::optional<std::string> remarkText;
  std::optional<std::int32_t> level;
  std::optional<bool> unitMode;

  static constexpr std::tuple fields{
      field("topic", &SampleHeader::topic, ""),
      field("queueId", &SampleHeader::queueId, ""),
      field("offset", &SampleHeader::offset, ""),
      field("order", &SampleHeader::order, ""),
      field("remarkText", &SampleHeader::remarkText, ""),
      field("level", &SampleHeader::level, ""),
      field("unitMode", &SampleHeader::unitMode, ""),
  };
};

using Pairs = std::vector<std::pair<std::string, std::string>>;

FieldMap map_of(const Pairs& pairs) {
  FieldMap fields;
  for (const auto& [key, value] : pairs) fields.add(key, value);
  return fields;
}

const Pairs required{
    {"topic", "T"}, {"queueId", "3"}, {"offset", "9223372036854775807"}, {"order", "True"}};

Result<SampleHeader> decode_with(std::string_view key, std::string_view value) {
  FieldMap fields = map_of(required);
  fields.set(key, value);
  return decode_header<SampleHeader>(fields);
}

std::string remark_of(const Result<SampleHeader>& header) {
  return header ? "decoded" : header.error().remark;
}

TEST(DecodeHeader, FillsRequiredFieldsAndLeavesAbsentOnesEmpty) {
  const auto header = decode_header<SampleHeader>(map_of(required));
  ASSERT_TRUE(header) << header.error().remark;
  EXPECT_EQ(header->topic, "T");
  EXPECT_EQ(header->queueId, 3);
  EXPECT_EQ(header->offset, INT64_MAX);
  EXPECT_TRUE(header->order);
  EXPECT_FALSE(header->remarkText || header->level || header->unitMode);
}

TEST(DecodeHeader, ReadsFieldsInAnyOrderAmongUnknownOnes) {
  const auto header = decode_header<SampleHeader>(map_of({{"unitMode", "false"},
                                                          {"bname", "broker-a"},
                                                          {"offset", "5"},
                                                          {"level", "-1"},
                                                          {"order", "no"},
                                                          {"ns", ""},
                                                          {"queueId", "0"},
                                                          {"topic", ""}}));
  ASSERT_TRUE(header) << header.error().remark;
  EXPECT_EQ(header->offset, 5);
  EXPECT_EQ(header->level, -1);
  EXPECT_EQ(header->unitMode, false);
  EXPECT_FALSE(header->order);
}

TEST(DecodeHeader, NamesTheFieldThatIsMissing) {
  for (std::size_t i = 0; i < required.size(); ++i) {
    Pairs pairs = required;
    pairs.erase(pairs.begin() + static_cast<std::ptrdiff_t>(i));
    const auto header = decode_header<SampleHeader>(map_of(pairs));
    ASSERT_FALSE(header);
    EXPECT_EQ(header.error(),
              (Error{ResponseCode::SystemError, "missing header field: " + required[i].first}));
  }
}

TEST(DecodeHeader, NamesTheFieldThatIsMalformed) {
  EXPECT_EQ(remark_of(decode_with("queueId", "x")),
            "header field queueId is 'x', expected a 32-bit number");
  EXPECT_EQ(remark_of(decode_with("queueId", "2147483648")),
            "header field queueId is '2147483648', expected a 32-bit number");
  EXPECT_EQ(remark_of(decode_with("offset", "9223372036854775808")),
            "header field offset is '9223372036854775808', expected a 64-bit number");
  for (const char* text : {"", " 1", "1 ", "1.0", "0x1", "1e3", "--1"})
    EXPECT_FALSE(decode_with("offset", text)) << text;
  EXPECT_FALSE(decode_with("level", "high"));
}

TEST(DecodeHeader, TakesAnEmptyOptionalNumberAsAbsent) {
  const auto header = decode_with("level", "");
  ASSERT_TRUE(header) << header.error().remark;
  EXPECT_EQ(header->level, std::nullopt);
}

TEST(DecodeHeader, ShowsOnlyTheBeginningOfALongValue) {
  const std::string remark = remark_of(decode_with("queueId", std::string(1'000'000, '7')));
  EXPECT_LT(remark.size(), 200U);
}

TEST(DecodeHeader, TakesTrueInAnyCaseAndAnythingElseAsFalse) {
  for (const char* text : {"true", "TRUE", "tRuE"})
    EXPECT_TRUE(decode_with("order", text)->order) << text;
  for (const char* text : {"false", "1", "", "yes", "truex", "tru"}) {
    EXPECT_FALSE(decode_with("order", text)->order) << text;
  }
}

TEST(EncodeHeader, WritesPresentFieldsInTheTablesOrder) {
  SampleHeader header;
  header.topic = "T";
  header.offset = INT64_MIN;
  header.level = 0;
  Pairs pairs;
  for_each_field(
      header, [&](std::string_view key, std::string_view text) { pairs.emplace_back(key, text); });
  EXPECT_EQ(pairs, (Pairs{{"topic", "T"},
                          {"queueId", "0"},
                          {"offset", "-9223372036854775808"},
                          {"order", "false"},
                          {"level", "0"}}));
}

TEST(EncodeHeader, AndDecodeHeaderAreInverse) {
  SampleHeader header;
  header.topic =
      "a\x01"
      "b";
  header.queueId = -1;
  header.order = true;
  header.remarkText = "";
  header.unitMode = true;
  const RemotingCommand command = make_request(RequestCode::PullMessage, header, "body");
  EXPECT_EQ(command.code, 11);
  EXPECT_TRUE(command.has_ext_fields);
  EXPECT_EQ(command.body, "body");
  const auto decoded = decode_header<SampleHeader>(command);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->topic, header.topic);
  EXPECT_EQ(decoded->queueId, -1);
  EXPECT_TRUE(decoded->order);
  EXPECT_EQ(decoded->remarkText, "");
  EXPECT_EQ(decoded->level, std::nullopt);
  EXPECT_EQ(decoded->unitMode, true);
}

TEST(EncodeHeader, OfNoHeaderMarksExtFieldsAsPresent) {
  RemotingCommand command;
  encode_header(NoHeader{}, command);
  EXPECT_TRUE(command.has_ext_fields);
  EXPECT_TRUE(command.ext_fields.empty());
}

}  // namespace
}  // namespace rocketmq::remoting
