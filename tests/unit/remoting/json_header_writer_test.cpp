#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "codec_support.hpp"
#include "seed.hpp"

namespace rocketmq::remoting::test {
namespace {

RemotingCommand with_remark(std::string remark) {
  RemotingCommand command;
  command.remark = std::move(remark);
  return command;
}

std::string written_remark(std::string remark) {
  const std::string header = encoded_header(with_remark(std::move(remark)));
  const auto from = header.find("\"remark\":") + 9;
  return header.substr(from, header.find(",\"serializeType") - from);
}

TEST(JsonHeaderWriter, WritesMembersInAlphabeticalOrderWithoutWhiteSpace) {
  RemotingCommand command;
  command.code = 105;
  command.opaque = 12;
  command.flag = 1;
  command.remark = "not yet";
  command.has_ext_fields = true;
  command.ext_fields.add("topic", "orders");
  command.ext_fields.add("n", "");
  EXPECT_EQ(
      encoded_header(command),
      R"({"code":105,"extFields":{"topic":"orders","n":""},"flag":1,"language":"CPP","opaque":12,)"
      R"("remark":"not yet","serializeTypeCurrentRPC":"JSON","version":409})");
}

TEST(JsonHeaderWriter, OmitsWhatIsAbsent) {
  EXPECT_EQ(
      encoded_header(RemotingCommand()),
      R"({"code":0,"flag":0,"language":"CPP","opaque":0,"serializeTypeCurrentRPC":"JSON","version":409})");
}

TEST(JsonHeaderWriter, WritesEmptyExtFieldsForOldJavaClients) {
  RemotingCommand command;
  command.has_ext_fields = true;
  EXPECT_NE(encoded_header(command).find(R"("extFields":{})"), std::string::npos);
}

TEST(JsonHeaderWriter, WritesTheExtremesOf32Bits) {
  RemotingCommand command;
  command.code = INT32_MIN;
  command.opaque = INT32_MAX;
  const std::string header = encoded_header(command);
  EXPECT_NE(header.find("\"code\":-2147483648,"), std::string::npos);
  EXPECT_NE(header.find("\"opaque\":2147483647,"), std::string::npos);
}

TEST(JsonHeaderWriter, EscapesQuotesBackslashesAndControlBytes) {
  EXPECT_EQ(written_remark("a\"b\\c"), R"("a\"b\\c")");
  EXPECT_EQ(written_remark("KEYS\x01k\x02\x1f"), R"("KEYS\u0001k\u0002\u001f")");
  EXPECT_EQ(written_remark(std::string("\0\n", 2)), R"("\u0000\u000a")");
  EXPECT_EQ(written_remark("\x7f/"), "\"\x7f/\"");
}

TEST(JsonHeaderWriter, KeepsWellFormedUtf8) {
  EXPECT_EQ(written_remark("é标签😀"), "\"é标签😀\"");
  EXPECT_EQ(written_remark("long plain run é and on"), "\"long plain run é and on\"");
}

TEST(JsonHeaderWriter, ReplacesWhatIsNotUtf8) {
  EXPECT_EQ(written_remark("\xFFx"), "\"\uFFFDx\"");
  EXPECT_EQ(written_remark("a\xC3"), "\"a\uFFFD\"");
  EXPECT_EQ(written_remark("\xC3\""), "\"\uFFFD\\\"\"");
  EXPECT_EQ(written_remark("\xE6\xA0|"), "\"\uFFFD|\"");
  EXPECT_EQ(written_remark("\uFFFD"), "\"\uFFFD\"");
}

TEST(JsonHeaderWriter, FindsSpecialBytesAtEveryPosition) {
  for (std::size_t before = 0; before < 20; ++before) {
    for (std::size_t after = 0; after < 12; ++after) {
      const std::string head(before, 'h');
      const std::string tail(after, '~');
      EXPECT_EQ(written_remark(head + "\x02" + tail), "\"" + head + "\\u0002" + tail + "\"");
      EXPECT_EQ(written_remark(head + "\"" + tail), "\"" + head + "\\\"" + tail + "\"");
      EXPECT_EQ(written_remark(head + "é" + tail), "\"" + head + "é" + tail + "\"");
    }
  }
}

TEST(JsonHeaderWriter, WritesStandardJsonWhateverTheTextsHold) {
  auto random = rocketmq::test::seeded_random();
  for (int round = 0; round < 2'000; ++round) {
    RemotingCommand command = with_remark(rocketmq::test::random_bytes(random, 60));
    command.has_ext_fields = true;
    command.ext_fields.add(rocketmq::test::random_bytes(random, 10),
                           rocketmq::test::random_bytes(random, 100));
    const std::string header = encoded_header(command);
    EXPECT_TRUE(nlohmann::json::accept(header)) << header;
  }
}

}  // namespace
}  // namespace rocketmq::remoting::test
