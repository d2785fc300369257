#include "rocketmq/common/fastjson.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "rocketmq/common/json_reader.hpp"
#include "seed.hpp"

namespace rocketmq {
namespace {

using nlohmann::json;

/// The text in standard form, or the reason why it was refused. Parsed from a block of exactly its
/// size.
std::string normal(std::string_view text) {
  const std::vector<char> block(text.begin(), text.end());
  const auto value = parse_fastjson({block.data(), block.size()});
  return value ? dump_json(*value) : "error: " + value.error().remark;
}

bool is_refused(std::string_view text) { return normal(text).starts_with("error: JSON: "); }

TEST(Fastjson, ReadsStandardJson) {
  EXPECT_EQ(normal(R"( {"b":[1,-2.5,true,false,null,"x"],"a":{}} )"),
            R"({"a":{},"b":[1,-2.5,true,false,null,"x"]})");
  EXPECT_EQ(normal("[]"), "[]");
  EXPECT_EQ(normal("\"text\""), "\"text\"");
}

TEST(Fastjson, ReadsIntegerKeysWithAndWithoutQuotes) {
  EXPECT_EQ(normal(R"({0:"10.0.0.1:10911","1":"x",-7:3})"),
            R"({"-7":3,"0":"10.0.0.1:10911","1":"x"})");
}

TEST(Fastjson, MakesAnObjectKeyTheTextOfThatObject) {
  const auto value =
      parse_fastjson(R"({"offsetTable":{{ "topic":"T", "queueId":0,"brokerName":'b-a'}:123}})");
  ASSERT_TRUE(value) << value.error().remark;
  const json& table = value->at("offsetTable");
  EXPECT_EQ(table.at(R"({"brokerName":"b-a","queueId":0,"topic":"T"})"), 123);
}

TEST(Fastjson, ReadsSeveralObjectKeys) {
  EXPECT_EQ(normal("{{\"a\":1}:1,{\"a\":2}:{{\"a\":3}:4}}"),
            R"({"{\"a\":1}":1,"{\"a\":2}":{"{\"a\":3}":4}})");
}

TEST(Fastjson, RefusesAnObjectKeyWithinAnObjectKey) {
  EXPECT_TRUE(is_refused("{{{1:2}:3}:4}"));
  std::string nested(40, '{');
  for (int i = 0; i < 40; ++i) nested += ":1}";
  EXPECT_TRUE(is_refused(nested));
}

TEST(Fastjson, ReadsSingleQuotesIdentifiersTrailingCommasAndComments) {
  EXPECT_EQ(normal("{'a':'it\\'s \"x\"', b_$1 : [1,2,], /* c */ // d\n \"e\":1,}"),
            R"({"a":"it's \"x\"","b_$1":[1,2],"e":1})");
}

TEST(Fastjson, KeepsWholeNumbersWhole) {
  EXPECT_EQ(normal("[9223372036854775807,-9223372036854775808,18446744073709551615]"),
            "[9223372036854775807,-9223372036854775808,18446744073709551615]");
  EXPECT_EQ(normal("[0.0,1e3,+5]"), "[0.0,1000.0,5]");
}

TEST(Fastjson, UndoesEscapesAndKeepsRawControlCharacters) {
  EXPECT_EQ(*parse_fastjson("\"a\\u0001\\n\\/\x02\""), json("a\x01\n/\x02"));
  EXPECT_EQ(*parse_fastjson(R"("\ud83d\ude00\u6807")"), json("😀标"));
  EXPECT_EQ(*parse_fastjson(R"("\ud83dx\ude00")"), json("\uFFFDx\uFFFD"));
  EXPECT_EQ(*parse_fastjson(R"("\ude00\ude00")"), json("\uFFFD\uFFFD"));
}

TEST(Fastjson, RefusesWhatIsMalformed) {
  for (const char* text : {"",
                           " ",
                           "{",
                           "}",
                           "[",
                           "]",
                           "{]",
                           "[}",
                           "{\"a\"}",
                           "{\"a\":}",
                           "{\"a\":1",
                           "{\"a\" 1}",
                           "[1 2]",
                           "{\"a\":1 \"b\":2}",
                           "\"abc",
                           "'abc\"",
                           "\"\\",
                           "\"\\x\"",
                           "\"\\u12\"",
                           "\"\\u12G4\"",
                           "tru",
                           "nul",
                           "True",
                           "-",
                           "+",
                           ".",
                           "1.2.3",
                           "1e",
                           "--1",
                           "1x",
                           "/",
                           "/*",
                           "// only a comment",
                           "1 2",
                           "{}x",
                           "{\"a\":1}}",
                           "{[1]:2}"}) {
    EXPECT_TRUE(is_refused(text)) << text << " became " << normal(text);
  }
  EXPECT_TRUE(is_refused(std::string_view("{}\0", 3)));
  EXPECT_TRUE(is_refused(std::string_view("\0", 1)));
}

TEST(Fastjson, SaysWhereItStopped) {
  EXPECT_EQ(normal("[1,;]"), "error: JSON: a value expected at line 1, column 4");
}

TEST(Fastjson, RefusesToNestDeeperThanItsBound) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_FALSE(is_refused(nested(json_depth_max)));
  for (const std::size_t depth :
       {std::size_t{json_depth_max} + 1, std::size_t{10'000}, std::size_t{1'000'000}}) {
    EXPECT_TRUE(is_refused(nested(depth)));
    EXPECT_TRUE(is_refused(std::string(depth, '[')));
    EXPECT_TRUE(is_refused(std::string(depth, '{')));
  }
}

TEST(Fastjson, RefusesATextOfFarTooManyValues) {
  std::string text = "[";
  for (int i = 0; i < 200'000; ++i) text += "0,";
  EXPECT_TRUE(is_refused(text + "]"));
}

TEST(Fastjson, SurvivesRandomTexts) {
  auto random = test::seeded_random();
  const std::vector<std::string> pieces{"{",  "}",  "[",     "]",    ":",    ",",
                                        "\"", "'",  "a",     "1",    "-",    ".",
                                        "e",  "\\", "\\u00", "/*",   "*/",   "//",
                                        "\n", " ",  "true",  "null", "\xFF", std::string(1, '\0')};
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (std::size_t i = test::random_between(random, 0, 25); i > 0; --i)
      text += pieces[test::random_between(random, 0, pieces.size() - 1)];
    const std::string once = normal(text);
    if (once.starts_with("error: ")) continue;
    EXPECT_EQ(normal(once), once) << text;
  }
}

TEST(DumpJson, ReplacesWhatIsNotUtf8) {
  EXPECT_EQ(dump_json(json("a\xFF")), "\"a\uFFFD\"");
  EXPECT_EQ(dump_json(json("\x01")), "\"\\u0001\"");
}

TEST(DumpJson, IndentsByTabsWhenPretty) {
  EXPECT_EQ(dump_json_pretty({{"a", {{"b", 1}}}}), "{\n\t\"a\": {\n\t\t\"b\": 1\n\t}\n}");
}

}  // namespace
}  // namespace rocketmq
