#include <gtest/gtest.h>

#include "codec_support.hpp"

namespace rocketmq::remoting::test {
namespace {

std::string field_value(const Result<RemotingCommand>& command, std::string_view key) {
  if (!command) return "error: " + command.error().remark;
  return std::string(command->ext_fields.find(key).value_or("absent"));
}

/// The header {"extFields":{"k":<value>}}.
std::string with_field(std::string_view value) {
  return std::string("{\"extFields\":{\"k\":").append(value).append("}}");
}

TEST(JsonHeader, IsReadAsJavaWritesIt) {
  const auto command = decode_json(
      R"({"code":105,"extFields":{"topic":"orders"},"flag":2,"language":"GO","opaque":12,"remark":"r",)"
      R"("serializeTypeCurrentRPC":"JSON","version":317})");
  ASSERT_TRUE(command) << command.error().remark;
  EXPECT_EQ(command->code, 105);
  EXPECT_EQ(command->flag, 2);
  EXPECT_TRUE(command->is_oneway());
  EXPECT_EQ(command->language, LanguageCode::Go);
  EXPECT_EQ(command->opaque, 12);
  EXPECT_EQ(command->remark, "r");
  EXPECT_EQ(command->version, 317);
  EXPECT_EQ(field_value(command, "topic"), "orders");
}

TEST(JsonHeader, IsReadInAnyOrderWithWhiteSpace) {
  const auto command = decode_json(
      " \r\n{\t\"version\" : 1 ,\n\"opaque\":-7, \"extFields\" : { \"a\" : \"1\" , \"b\" : 2 } , "
      "\"code\":3 }\n");
  ASSERT_TRUE(command) << command.error().remark;
  EXPECT_EQ(command->version, 1);
  EXPECT_EQ(command->opaque, -7);
  EXPECT_EQ(command->code, 3);
  EXPECT_EQ(field_value(command, "a"), "1");
  EXPECT_EQ(field_value(command, "b"), "2");
}

TEST(JsonHeader, GetsDefaultsForWhatIsMissing) {
  const auto command = decode_json("{}");
  ASSERT_TRUE(command);
  EXPECT_EQ(command->code, 0);
  EXPECT_EQ(command->flag, 0);
  EXPECT_EQ(command->opaque, 0);
  EXPECT_EQ(command->version, 0);
  EXPECT_EQ(command->language, LanguageCode::Java);
  EXPECT_FALSE(command->has_ext_fields);
}

TEST(JsonHeader, TakesNullAsAbsent) {
  const auto command =
      decode_json(R"({"code":null,"extFields":null,"language":null,"remark":null,"version":null})");
  ASSERT_TRUE(command) << command.error().remark;
  EXPECT_FALSE(command->has_ext_fields);
  EXPECT_EQ(command->remark, "");
  EXPECT_EQ(command->language, LanguageCode::Java);
}

TEST(JsonHeader, TellsEmptyExtFieldsFromNone) {
  const auto command = decode_json(R"({"extFields":{}})");
  ASSERT_TRUE(command);
  EXPECT_TRUE(command->has_ext_fields);
  EXPECT_TRUE(command->ext_fields.empty());
}

TEST(JsonHeader, TakesExtFieldsOfEachScalarType) {
  const auto command = decode_json(
      R"({"extFields":{"s":"text","i":-3,"d":1.5e+3,"t":true,"f":false,"n":null,"e":"","o":{"x":[1]}},"code":11})");
  ASSERT_TRUE(command) << command.error().remark;
  EXPECT_EQ(field_value(command, "s"), "text");
  EXPECT_EQ(field_value(command, "i"), "-3");
  EXPECT_EQ(field_value(command, "d"), "1.5e+3");
  EXPECT_EQ(field_value(command, "t"), "true");
  EXPECT_EQ(field_value(command, "f"), "false");
  EXPECT_EQ(field_value(command, "n"), "absent");
  EXPECT_EQ(field_value(command, "e"), "");
  EXPECT_EQ(field_value(command, "o"), R"({"x":[1]})");
  EXPECT_EQ(command->code, 11);
}

TEST(JsonHeader, TakesLanguagesByNameAndByOrdinal) {
  const auto language = [](std::string_view value) {
    const auto command = decode_json(std::string("{\"language\":").append(value).append("}"));
    return command ? std::string(to_string(command->language)) : "error: " + command.error().remark;
  };
  EXPECT_EQ(language("\"CPP\""), "CPP");
  EXPECT_EQ(language("\"NODE_JS\""), "NODE_JS");
  EXPECT_EQ(language("\"COBOL\""), "OTHER");
  EXPECT_EQ(language("0"), "JAVA");
  EXPECT_EQ(language("9"), "GO");
  EXPECT_EQ(language("14"), "OTHER");
  EXPECT_EQ(language("-1"), "OTHER");
  EXPECT_EQ(language("99999999999999999999"), "OTHER");
}

TEST(JsonHeader, UndoesEscapes) {
  EXPECT_EQ(field_value(decode_json(with_field(R"("a\u0001b\u0002c")")), "k"),
            "a\x01"
            "b\x02"
            "c");
  EXPECT_EQ(field_value(decode_json(with_field(R"("\"\\\/\b\f\n\r\t")")), "k"), "\"\\/\b\f\n\r\t");
  EXPECT_EQ(field_value(decode_json(with_field(R"("\u00e9\u6807\u7B7E")")), "k"), "é标签");
  EXPECT_EQ(field_value(decode_json(with_field(R"("\ud83d\ude00!")")), "k"), "😀!");
  EXPECT_EQ(field_value(decode_json(with_field(R"("x\u0000y")")), "k"), std::string("x\0y", 3));
}

TEST(JsonHeader, MakesLoneSurrogatesReplacementCharacters) {
  EXPECT_EQ(field_value(decode_json(with_field(R"("\ud83d")")), "k"), "\uFFFD");
  EXPECT_EQ(field_value(decode_json(with_field(R"("\ude00x")")), "k"), "\uFFFDx");
  EXPECT_EQ(field_value(decode_json(with_field(R"("\ud83d\u0041")")), "k"),
            "\uFFFD"
            "A");
  EXPECT_EQ(field_value(decode_json(with_field(R"("\ud83d\n")")), "k"), "\uFFFD\n");
  EXPECT_EQ(field_value(decode_json(with_field(R"("\ude00\ude00")")), "k"), "\uFFFD\uFFFD");
  EXPECT_EQ(field_value(decode_json(with_field(R"("\ud83d\ud83d\ude00")")), "k"), "\uFFFD😀");
}

TEST(JsonHeader, UndoesEscapesInKeys) {
  EXPECT_EQ(field_value(decode_json(R"({"extFields":{"\u006bey":"v"}})"), "key"), "v");
  const auto command = decode_json(R"({"c\u006fde":7})");
  ASSERT_TRUE(command);
  EXPECT_EQ(command->code, 7);
}

TEST(JsonHeader, KeepsRawControlBytesAndBytesThatAreNotUtf8) {
  EXPECT_EQ(field_value(decode_json(with_field("\"KEYS\x01k\x02\t\n\xFF\xC3\"")), "k"),
            "KEYS\x01k\x02\t\n\xFF\xC3");
  EXPECT_EQ(field_value(decode_json(with_field(std::string("\"a\0b\"", 5))), "k"),
            std::string("a\0b", 3));
}

TEST(JsonHeader, FindsTheEndOfStringsOfAnyLength) {
  for (std::size_t length = 0; length < 40; ++length) {
    const std::string plain(length, 'v');
    EXPECT_EQ(field_value(decode_json(with_field("\"" + plain + "\"")), "k"), plain);
    EXPECT_EQ(field_value(decode_json(with_field("\"" + plain + "\\u0001" + plain + "\"")), "k"),
              plain + "\x01" + plain);
  }
}

TEST(JsonHeader, SkipsUnknownMembersOfEveryType) {
  const auto command = decode_json(
      R"({"a":null,"b":[1,{"c":"]}\""},[]],"d":{"e":{},"f":[true,false,-1.5E-7]},"g":"x\\","code":5})");
  ASSERT_TRUE(command) << command.error().remark;
  EXPECT_EQ(command->code, 5);
}

TEST(JsonHeader, TakesNumbersThatAreWrittenAsText) {
  const auto command = decode_json(R"({"code":"310","opaque":"-1","version":"409"})");
  ASSERT_TRUE(command) << command.error().remark;
  EXPECT_EQ(command->code, 310);
  EXPECT_EQ(command->opaque, -1);
}

TEST(JsonHeader, TakesTheWholeRangeOf32Bits) {
  const auto command = decode_json(R"({"code":2147483647,"opaque":-2147483648})");
  ASSERT_TRUE(command);
  EXPECT_EQ(command->code, INT32_MAX);
  EXPECT_EQ(command->opaque, INT32_MIN);
}

TEST(JsonHeader, RefusesNumbersThatAreNoneOrOutOfRange) {
  for (const char* value : {"2147483648", "-2147483649", "1.5", "1e3", "true", "\"\"", "\"x\"",
                            "{}", "[]", "99999999999999999999"}) {
    for (const char* member : {"code", "flag", "opaque", "version"}) {
      EXPECT_FALSE(decode_json(std::string("{\"") + member + "\":" + value + "}"))
          << member << " " << value;
    }
  }
}

TEST(JsonHeader, AcceptsOnlyWhiteSpaceBehindTheObject) {
  EXPECT_TRUE(decode_json("{\"code\":1}\n"));
  EXPECT_TRUE(decode_json("{\"code\":1} \t\r\n "));
  EXPECT_FALSE(decode_json("{\"code\":1}x"));
  EXPECT_FALSE(decode_json("{\"code\":1}{}"));
  EXPECT_FALSE(decode_json(std::string("{\"code\":1}\0", 11)));
}

TEST(JsonHeader, RefusesWhatIsNoJson) {
  for (const char* header : {"",
                             " ",
                             "null",
                             "[]",
                             "1",
                             "\"x\"",
                             "{",
                             "}",
                             "{\"code\"",
                             "{\"code\":",
                             "{\"code\":1",
                             "{\"code\":1,",
                             "{\"code\":1,}",
                             "{,}",
                             "{\"code\" 1}",
                             "{\"code\":}",
                             "{code:1}",
                             "{'code':1}",
                             "{\"code\":01x}",
                             "{\"code\":-}",
                             "{\"code\":+1}",
                             "{\"x\":1.}",
                             "{\"x\":.5}",
                             "{\"x\":1e}",
                             "{\"x\":tru}",
                             "{\"x\":nulL}",
                             "{\"x\":NaN}",
                             "{\"x\":[1,]}",
                             "{\"x\":[1 2]}",
                             "{\"x\":[}",
                             "{\"x\":{]}",
                             "{\"x\":{\"a\"}}",
                             "{\"x\":{1:2}}",
                             "{\"extFields\":[]}",
                             "{\"extFields\":\"\"}",
                             "{\"extFields\":1}",
                             "{\"extFields\":{\"k\"}}",
                             "{\"extFields\":{\"k\":\"v\",}}",
                             "{\"extFields\":{\"k\":\"v\"}",
                             "{\"extFields\":{\"k\":}}",
                             "{\"extFields\":nil}",
                             "{\"remark\":\"abc",
                             "{\"remark\":\"abc\\",
                             "{\"remark\":\"\\x\"}",
                             "{\"remark\":\"\\u12\"}",
                             "{\"remark\":\"\\u12g4\"}",
                             "{\"remark\":\"\\u",
                             "{\"x\":\"\\"}) {
    const auto command = decode_json(header);
    EXPECT_FALSE(command) << header;
  }
}

TEST(JsonHeader, RefusesToNestDeeperThanItsBound) {
  const auto nested = [](std::size_t depth, const char* open, const char* close) {
    std::string text = "{\"x\":";
    for (std::size_t i = 0; i < depth; ++i) text += open;
    text += "1";
    for (std::size_t i = 0; i < depth; ++i) text += close;
    return text + "}";
  };
  EXPECT_TRUE(decode_json(nested(30, "[", "]")));
  EXPECT_TRUE(decode_json(nested(30, "{\"a\":", "}")));
  for (const std::size_t depth : {40, 10'000, 1'000'000}) {
    EXPECT_FALSE(decode_json(nested(depth, "[", "]"))) << depth;
    EXPECT_FALSE(decode_json(nested(depth, "{\"a\":", "}"))) << depth;
    EXPECT_FALSE(decode_json(std::string(depth, '['))) << depth;
  }
}

TEST(JsonHeader, RefusesMoreExtFieldsThanItsBound) {
  const auto with_fields = [](std::size_t count) {
    std::string text = "{\"extFields\":{";
    for (std::size_t i = 0; i < count; ++i)
      text.append(i == 0 ? "\"" : ",\"").append(std::to_string(i)).append("\":1");
    return text + "}}";
  };
  EXPECT_TRUE(decode_json(with_fields(4096)));
  const auto refused = decode_json(with_fields(100'000));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().remark.find("too many extFields"), std::string::npos);
}

TEST(JsonHeader, SaysWhereItStopped) {
  const auto refused = decode_json("{\"code\":1;}");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().remark, "JSON frame header: ',' or '}' expected at byte 9");
}

}  // namespace
}  // namespace rocketmq::remoting::test
