#include "rocketmq/common/properties_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "temp_dir.hpp"

namespace rocketmq {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::vector<Property> parsed(std::string_view text) {
  auto properties = parse_properties(text);
  EXPECT_TRUE(properties) << (properties ? "" : properties.error().remark);
  return properties ? *properties : std::vector<Property>{};
}

Property only(std::string_view text) {
  const auto properties = parsed(text);
  EXPECT_EQ(properties.size(), 1u) << text;
  return properties.empty() ? Property{} : properties.front();
}

TEST(PropertiesFile, TakesEqualsColonOrBlankAsSeparator) {
  const Property expected{"key", "value", 1};
  EXPECT_EQ(only("key=value"), expected);
  EXPECT_EQ(only("key:value"), expected);
  EXPECT_EQ(only("key value"), expected);
  EXPECT_EQ(only("key\tvalue"), expected);
  EXPECT_EQ(only("key\fvalue"), expected);
}

TEST(PropertiesFile, IgnoresBlanksAroundTheSeparatorAndBeforeTheKey) {
  const Property expected{"key", "value", 1};
  EXPECT_EQ(only("  key = value"), expected);
  EXPECT_EQ(only("\tkey \t:\tvalue"), expected);
  EXPECT_EQ(only("key    value"), expected);
}

TEST(PropertiesFile, KeepsTheTrailingBlanksOfAValue) {
  EXPECT_EQ(only("key=value  \n").value, "value  ");
}

TEST(PropertiesFile, OnlyTheFirstSeparatorSeparates) {
  EXPECT_EQ(only("addr=10.0.0.1:9876;10.0.0.2:9876").value, "10.0.0.1:9876;10.0.0.2:9876");
  EXPECT_EQ(only("key==value").value, "=value");
  EXPECT_EQ(only("key = = value").value, "= value");
  EXPECT_EQ(only("messageDelayLevel=1s 5s 10s").value, "1s 5s 10s");
}

TEST(PropertiesFile, AKeyAloneHasAnEmptyValue) {
  EXPECT_EQ(only("key"), (Property{"key", "", 1}));
  EXPECT_EQ(only("key="), (Property{"key", "", 1}));
  EXPECT_EQ(only("key   "), (Property{"key", "", 1}));
  EXPECT_EQ(only("=value"), (Property{"", "value", 1}));
}

TEST(PropertiesFile, SkipsEmptyLinesAndComments) {
  EXPECT_EQ(parsed("# a=1\n  ! b=2\n\n \t\f\nc=3\n"), (std::vector<Property>{{"c", "3", 5}}));
}

TEST(PropertiesFile, ACommentSignIsOneOnlyAtTheBeginning) {
  EXPECT_EQ(only("key=a # b").value, "a # b");
  EXPECT_EQ(only("\\#key=1").key, "#key");
}

TEST(PropertiesFile, ACommentIsNotContinued) {
  EXPECT_EQ(parsed("# a \\\nb=2"), (std::vector<Property>{{"b", "2", 2}}));
}

TEST(PropertiesFile, EndsLinesAtLfCrAndCrlf) {
  const std::vector<Property> expected{{"a", "1", 1}, {"b", "2", 2}, {"c", "3", 3}};
  EXPECT_EQ(parsed("a=1\nb=2\nc=3"), expected);
  EXPECT_EQ(parsed("a=1\rb=2\rc=3\r"), expected);
  EXPECT_EQ(parsed("a=1\r\nb=2\r\nc=3\r\n"), expected);
}

TEST(PropertiesFile, AnOddNumberOfBackslashesContinuesALine) {
  EXPECT_EQ(parsed("a=1,\\\n    2,\\\r\n\t3\nb=4"),
            (std::vector<Property>{{"a", "1,2,3", 1}, {"b", "4", 4}}));
  EXPECT_EQ(only("a=1\\\\\\\n2").value, "1\\2");
}

TEST(PropertiesFile, AnEvenNumberOfBackslashesDoesNotContinueALine) {
  EXPECT_EQ(parsed("a=1\\\\\nb=2"), (std::vector<Property>{{"a", "1\\", 1}, {"b", "2", 2}}));
}

TEST(PropertiesFile, AnEmptyLineEndsAContinuedOne) {
  EXPECT_EQ(parsed("a=1\\\n\n  b=2"), (std::vector<Property>{{"a", "1", 1}, {"b", "2", 3}}));
}

TEST(PropertiesFile, AContinuedLineMayLookLikeAComment) {
  EXPECT_EQ(only("a=1\\\n#2").value, "1#2");
}

TEST(PropertiesFile, ABackslashAtTheEndOfTheFileIsDropped) {
  EXPECT_EQ(only("a=1\\").value, "1");
  EXPECT_TRUE(parsed("\\").empty());
}

TEST(PropertiesFile, ReadsTheEscapes) {
  EXPECT_EQ(only(R"(a=\t\n\r\f\\)").value, "\t\n\r\f\\");
  EXPECT_EQ(only(R"(a=\ leading)").value, " leading");
  EXPECT_EQ(only(R"(two\ words\=\:=1)").key, "two words=:");
}

TEST(PropertiesFile, DropsTheBackslashBeforeAnyOtherCharacter) {
  EXPECT_EQ(only(R"(path=C:\store\queue)").value, "C:storequeue");
  EXPECT_EQ(only(R"(path=C:\\store)").value, "C:\\store");
}

TEST(PropertiesFile, ReadsUnicodeEscapesAsUtf8) {
  EXPECT_EQ(only(R"(a=\u0041\u00e9\u4E2d)").value, "A\xC3\xA9\xE4\xB8\xAD");
  EXPECT_EQ(only(R"(a=\ud83d\ude00)").value, "\xF0\x9F\x98\x80");
  EXPECT_EQ(only(R"(a\u003d=1)").key, "a=");
}

TEST(PropertiesFile, ReplacesHalfASurrogatePair) {
  EXPECT_EQ(only(R"(a=\ud83dx)").value, "\xEF\xBF\xBDx");
  EXPECT_EQ(only(R"(a=\ude00)").value, "\xEF\xBF\xBD");
  EXPECT_EQ(only(R"(a=\ud83d\u0041)").value,
            "\xEF\xBF\xBD"
            "A");
}

TEST(PropertiesFile, RefusesAMalformedUnicodeEscapeWithItsLine) {
  for (const std::string_view text :
       {R"(a=\u12)", R"(a=\u12g4)", R"(a=\u)", R"(a\u00=1)", R"(a=\ud83d\u12)"}) {
    const auto properties = parse_properties("ok=1\n" + std::string(text));
    ASSERT_FALSE(properties) << text;
    EXPECT_THAT(properties.error().remark, StartsWith("line 2: ")) << text;
  }
}

TEST(PropertiesFile, KeepsEveryOccurrenceOfAKeyInOrder) {
  EXPECT_EQ(parsed("a=1\nb=2\na=3"),
            (std::vector<Property>{{"a", "1", 1}, {"b", "2", 2}, {"a", "3", 3}}));
}

TEST(PropertiesFile, KeepsOtherBytesAsTheyAre) {
  EXPECT_EQ(only("a=\xE4\xB8\xAD").value, "\xE4\xB8\xAD");
  EXPECT_EQ(only(std::string("a=1\0002", 5)).value, std::string("1\0002", 3));
}

TEST(PropertiesFile, LoadsAFile) {
  const test::TempDir directory;
  const auto file = directory.write("broker.conf", "brokerName = broker-a\n");
  const auto properties = load_properties(file);
  ASSERT_TRUE(properties);
  EXPECT_EQ(*properties, (std::vector<Property>{{"brokerName", "broker-a", 1}}));
}

TEST(PropertiesFile, SaysThatAFileIsMissing) {
  const test::TempDir directory;
  const auto file = directory / "absent.properties";
  const auto properties = load_properties(file);
  ASSERT_FALSE(properties);
  EXPECT_EQ(properties.error().remark, file.string() + " (No such file or directory)");
}

TEST(PropertiesFile, SaysThatADirectoryIsNoFile) {
  const test::TempDir directory;
  const auto properties = load_properties(directory.path());
  ASSERT_FALSE(properties);
  EXPECT_THAT(properties.error().remark, HasSubstr("Is a directory"));
}

TEST(PropertiesFile, NamesTheFileOfAMalformedEscape) {
  const test::TempDir directory;
  const auto file = directory.write("bad.properties", "a=\\u00zz\n");
  const auto properties = load_properties(file);
  ASSERT_FALSE(properties);
  EXPECT_THAT(properties.error().remark, StartsWith(file.string() + ": line 1: "));
}

TEST(PropertiesFile, AByteOrderMarkIsNoPartOfTheFirstKey) {
  const auto properties = parse_properties(
      "\xEF\xBB\xBF"
      "fileReservedTime=170\n");
  ASSERT_TRUE(properties);
  ASSERT_EQ(properties->size(), 1U);
  EXPECT_EQ(properties->front(), (Property{"fileReservedTime", "170", 1}));
}

TEST(PropertiesFile, RefusesUtf16) {
  const std::string text(
      "\xFF\xFE"
      "a\0=\0"
      "1\0",
      8);
  const auto properties = parse_properties(text);
  ASSERT_FALSE(properties);
  EXPECT_NE(properties.error().remark.find("UTF-16"), std::string::npos);
}

}  // namespace
}  // namespace rocketmq
