#include "rocketmq/common/config_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rocketmq {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

enum class Flush { Async, Sync };

struct Settings {
  std::string name = "broker-a";
  bool create = true;
  std::int32_t port = 10911;
  std::int64_t size_bytes = 1024;
  Flush flush = Flush::Async;
};

/// A table over a Settings, as a daemon builds one.
struct ConfigTableTest : testing::Test {
  ConfigTableTest() {
    table.add("brokerName", settings.name, "text", "name of the group").important = true;
    table.add("autoCreateTopicEnable", settings.create, "bool", "make topics").changeable =
        Changeable::AtOnce;
    table.add("listenPort", settings.port, "port", "where clients connect", 1, 65535);
    table.add("mapedFileSizeCommitLog", settings.size_bytes, "bytes", "size of a file", 16)
        .aliases = {"mappedFileSizeCommitLog"};
    table.add_enum("flushDiskType", settings.flush,
                   {{"ASYNC_FLUSH", Flush::Async}, {"SYNC_FLUSH", Flush::Sync}}, "when to flush");
    table.accept_silently({"useEpollNativeSelector", "javaOnly", "listenPort"});
  }

  Result<void> apply(std::string_view text) {
    const auto properties = parse_properties(text);
    EXPECT_TRUE(properties);
    return table.apply(*properties, "broker.conf",
                       [this](std::string warning) { warnings.push_back(std::move(warning)); });
  }

  Settings settings;
  ConfigTable table;
  std::vector<std::string> warnings;
};

TEST_F(ConfigTableTest, SetsAValueOfEachType) {
  EXPECT_TRUE(table.set("brokerName", "broker-b"));
  EXPECT_TRUE(table.set("autoCreateTopicEnable", "false"));
  EXPECT_TRUE(table.set("listenPort", "9876"));
  EXPECT_TRUE(table.set("mapedFileSizeCommitLog", "1073741824"));
  EXPECT_TRUE(table.set("flushDiskType", "SYNC_FLUSH"));
  EXPECT_EQ(settings.name, "broker-b");
  EXPECT_FALSE(settings.create);
  EXPECT_EQ(settings.port, 9876);
  EXPECT_EQ(settings.size_bytes, 1'073'741'824);
  EXPECT_EQ(settings.flush, Flush::Sync);
}

TEST_F(ConfigTableTest, TrimsValues) {
  EXPECT_TRUE(table.set("brokerName", " broker-b\t"));
  EXPECT_TRUE(table.set("listenPort", " 9876 "));
  EXPECT_TRUE(table.set("autoCreateTopicEnable", "false "));
  EXPECT_TRUE(table.set("flushDiskType", "SYNC_FLUSH "));
  EXPECT_EQ(settings.name, "broker-b");
  EXPECT_EQ(settings.port, 9876);
  EXPECT_FALSE(settings.create);
  EXPECT_EQ(settings.flush, Flush::Sync);
}

TEST_F(ConfigTableTest, TakesABoolInAnyCase) {
  EXPECT_TRUE(table.set("autoCreateTopicEnable", "FALSE"));
  EXPECT_FALSE(settings.create);
  EXPECT_TRUE(table.set("autoCreateTopicEnable", "True"));
  EXPECT_TRUE(settings.create);
}

TEST_F(ConfigTableTest, RefusesEveryOtherBool) {
  for (const std::string_view text : {"", "yes", "1", "truee", "t"}) {
    const auto done = table.set("autoCreateTopicEnable", text);
    ASSERT_FALSE(done) << text;
    EXPECT_THAT(done.error().remark,
                AllOf(HasSubstr("autoCreateTopicEnable"), HasSubstr("expected true or false")));
    EXPECT_TRUE(settings.create);
  }
}

TEST_F(ConfigTableTest, RefusesWhatIsNoWholeNumber) {
  for (const std::string_view text :
       {"", "abc", "12x", "1.5", "1024*1024", "4M", "0x10", "+", "+-1", "1 2"}) {
    const auto done = table.set("listenPort", text);
    ASSERT_FALSE(done) << text;
    EXPECT_THAT(done.error().remark, HasSubstr("expected a whole number")) << text;
    EXPECT_EQ(settings.port, 10911);
  }
}

TEST_F(ConfigTableTest, TakesASignedNumber) {
  std::int32_t level = 0;
  table.add("level", level, "", "");
  EXPECT_TRUE(table.set("level", "+7"));
  EXPECT_EQ(level, 7);
  EXPECT_TRUE(table.set("level", "-7"));
  EXPECT_EQ(level, -7);
  EXPECT_TRUE(table.set("level", "-2147483648"));
  EXPECT_EQ(level, INT32_MIN);
}

TEST_F(ConfigTableTest, RefusesANumberOfTooManyBits) {
  EXPECT_THAT(table.set("listenPort", "2147483648").error().remark, HasSubstr("32 bits"));
  EXPECT_THAT(table.set("mapedFileSizeCommitLog", "9223372036854775808").error().remark,
              HasSubstr("64 bits"));
}

TEST_F(ConfigTableTest, RefusesANumberOutOfRange) {
  EXPECT_THAT(table.set("listenPort", "0").error().remark, HasSubstr("from 1 to 65535"));
  EXPECT_THAT(table.set("listenPort", "65536").error().remark, HasSubstr("from 1 to 65535"));
  EXPECT_THAT(table.set("mapedFileSizeCommitLog", "15").error().remark, HasSubstr("at least 16"));
  EXPECT_EQ(settings.port, 10911);
  EXPECT_EQ(settings.size_bytes, 1024);
}

TEST_F(ConfigTableTest, TakesTheEndsOfARange) {
  EXPECT_TRUE(table.set("listenPort", "1"));
  EXPECT_TRUE(table.set("listenPort", "65535"));
  EXPECT_TRUE(table.set("mapedFileSizeCommitLog", "9223372036854775807"));
}

TEST_F(ConfigTableTest, RefusesAnUnknownNameOfAnEnum) {
  EXPECT_THAT(table.set("flushDiskType", "sync_flush").error().remark,
              HasSubstr("expected one of ASYNC_FLUSH, SYNC_FLUSH"));
  EXPECT_EQ(settings.flush, Flush::Async);
}

TEST_F(ConfigTableTest, ReachesAKeyByItsAlias) {
  EXPECT_TRUE(table.set("mappedFileSizeCommitLog", "2048"));
  EXPECT_EQ(settings.size_bytes, 2048);
  ASSERT_NE(table.find("mappedFileSizeCommitLog"), nullptr);
  EXPECT_EQ(table.find("mappedFileSizeCommitLog")->name, "mapedFileSizeCommitLog");
}

TEST_F(ConfigTableTest, RefusesToSetAnUnknownKey) {
  EXPECT_EQ(table.find("listenProt"), nullptr);
  EXPECT_EQ(table.set("listenProt", "1").error().remark,
            "unknown key listenProt, did you mean listenPort?");
  EXPECT_EQ(table.set("somethingElse", "1").error().remark, "unknown key somethingElse");
  EXPECT_THAT(table.unknown(), IsEmpty());
}

TEST_F(ConfigTableTest, AppliesAFile) {
  EXPECT_TRUE(apply("# sample\nbrokerName = broker-b \nlistenPort=30911\n"));
  EXPECT_EQ(settings.name, "broker-b");
  EXPECT_EQ(settings.port, 30911);
  EXPECT_TRUE(settings.create);
  EXPECT_THAT(warnings, IsEmpty());
}

TEST_F(ConfigTableTest, TheLastOfADuplicateKeyCounts) {
  EXPECT_TRUE(apply("listenPort=oops\nlistenPort=2\n"));
  EXPECT_EQ(settings.port, 2);
}

TEST_F(ConfigTableTest, NamesFileLineKeyValueAndReasonOfAMalformedValue) {
  const auto done = apply("brokerName=b\n\nlistenPort=4M\n");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().remark,
            "broker.conf:3: listenPort=4M: expected a whole number, without unit or arithmetic");
}

TEST_F(ConfigTableTest, KeepsAnUnknownKeyAndWarnsWithTheNearestKnownOne) {
  EXPECT_TRUE(apply("a=b\nlistenport=1\nautoCreateTopicEnabled=false\nzzzzzzzz=1\n"));
  EXPECT_THAT(warnings,
              ElementsAre("broker.conf:1: unknown key a has no effect",
                          "broker.conf:2: unknown key listenport has no effect, did you mean "
                          "listenPort?",
                          "broker.conf:3: unknown key autoCreateTopicEnabled has no effect, did "
                          "you mean autoCreateTopicEnable?",
                          "broker.conf:4: unknown key zzzzzzzz has no effect"));
  EXPECT_EQ(settings.port, 10911);
  EXPECT_EQ(table.unknown().at("listenport"), "1");
}

TEST_F(ConfigTableTest, TakesTheKeysOfOtherReleasesWithOneWarningForAll) {
  EXPECT_TRUE(apply("useEpollNativeSelector=true\nlistenPort=1\njavaOnly=x\n"));
  EXPECT_THAT(warnings, ElementsAre("broker.conf: keys of other releases that have no effect here: "
                                    "useEpollNativeSelector, javaOnly"));
  EXPECT_THAT(table.unknown(), IsEmpty());
  EXPECT_TRUE(table.set("useEpollNativeSelector", "anything"));
}

TEST_F(ConfigTableTest, PrintsInDeclarationOrderAndUnknownKeysLastWithoutTheirValues) {
  EXPECT_TRUE(apply("aardvark=secret\nlistenPort=1\n"));
  EXPECT_EQ(table.print(),
            "brokerName=broker-a\n"
            "autoCreateTopicEnable=true\n"
            "listenPort=1\n"
            "mapedFileSizeCommitLog=1024\n"
            "flushDiskType=ASYNC_FLUSH\n"
            "aardvark=(unknown key, value not shown)\n");
}

TEST_F(ConfigTableTest, PrintsOnlyTheImportantKeysWhenAsked) {
  EXPECT_TRUE(apply("aardvark=1\n"));
  EXPECT_EQ(table.print(true), "brokerName=broker-a\n");
}

TEST_F(ConfigTableTest, WhatItPrintsReadsBackTheSame) {
  std::string odd = "  C:\\store\ttab\nline = : # ! \xE4\xB8\xAD";
  ConfigTable first;
  first.add("odd", odd, "", "");
  ASSERT_TRUE(first.apply({{"un known=:", " v ", 1}, {"#x", "1", 2}}, "f", nullptr));

  const auto again = parse_properties(first.print());

  ASSERT_TRUE(again);
  ASSERT_EQ(again->size(), 3u);
  EXPECT_EQ((*again)[0].value, odd);
  EXPECT_EQ((*again)[1].key, "#x");
  EXPECT_EQ((*again)[2].key, "un known=:");
}

TEST_F(ConfigTableTest, DocumentsItselfAsMarkdown) {
  std::string separator = "|";
  table.add("separator", separator, "text", "what stands | between");
  EXPECT_EQ(
      table.markdown(),
      "| key | default | unit | takes effect | meaning |\n"
      "|---|---|---|---|---|\n"
      "| brokerName | `broker-a` | text | at the next start | name of the group |\n"
      "| autoCreateTopicEnable | `true` | bool | immediately | make topics |\n"
      "| listenPort | `10911` | port | at the next start | where clients connect |\n"
      "| mapedFileSizeCommitLog | `1024` | bytes | at the next start | size of a file |\n"
      "| flushDiskType | `ASYNC_FLUSH` | ASYNC_FLUSH, SYNC_FLUSH | at the next start | when to "
      "flush |\n"
      "| separator | `\\|` | text | at the next start | what stands \\| between |\n");
}

TEST(ConfigTableDeathTest, AKeyIsDeclaredOnce) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  ConfigTable table;
  std::string value;
  table.add("key", value, "", "");
  EXPECT_DEATH(table.add("key", value, "", ""), "");
}

}  // namespace
}  // namespace rocketmq
