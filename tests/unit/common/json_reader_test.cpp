// What Java's reader makes of bodies and files is what ours makes of them (spec/wire.md §8.1).
#include "rocketmq/common/json_reader.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace rocketmq {
namespace {

/// The value as a member of an object is read, its default 42; nothing when it is refused.
template <class T>
std::optional<T> member(const std::string& value, T absent) {
  const std::string text = "{\"m\":" + value + "}";
  JsonReader in(text);
  const bool is_read = in.object([&](std::string_view) { return in.read(absent); }) && in.end();
  return is_read ? std::optional<T>(absent) : std::nullopt;
}
std::optional<std::int32_t> int32(const std::string& value) {
  return member<std::int32_t>(value, 42);
}
std::optional<std::int64_t> int64(const std::string& value) {
  return member<std::int64_t>(value, 42);
}
std::optional<std::int64_t> map_value(const std::string& value) {
  const std::string text = "{0:" + value + "}";
  JsonReader in(text);
  std::int64_t number = 42;
  const bool is_read = in.numbered([&](std::int64_t) { return in.read_required(number); });
  return is_read ? std::optional(number) : std::nullopt;
}
/// 2: the default stays.
std::optional<int> boolean(const std::string& value) {
  const auto low = member(value, false);
  const auto high = member(value, true);
  if (!low) return std::nullopt;
  return *low == *high ? static_cast<int>(*low) : 2;
}

TEST(JsonNumber, IsReadAsJavaReadsIt) {
  constexpr auto refused = std::nullopt;
  struct Row {
    const char* value;
    std::optional<std::int32_t> int32;
    std::optional<std::int64_t> int64;
    std::optional<std::int64_t> offset;
  };
  const Row rows[] = {{"\"5\"", 5, 5, 5},
                      {"\"+5\"", 5, 5, 5},
                      {"5.0", 5, 5, 5},
                      {"5L", 5, 5, 5},
                      {"5S", 5, 5, 5},
                      {"5B", 5, 5, 5},
                      {"5D", 5, 5, 5},
                      {"5.0F", 5, 5, 5},
                      {"+5", 5, 5, 5},
                      {"007", 7, 7, 7},
                      {"\"1,000\"", 1000, 1000, 1000},
                      {"5.7", 5, 5, 5},
                      {"-5.7", -5, -5, -5},
                      {"1e3", 1000, 1000, 1000},
                      {"\"5.0\"", 5, refused, refused},
                      {"true", 1, refused, refused},
                      {"false", 0, refused, refused},
                      {"null", 42, 42, refused},
                      {"\"\"", 42, 42, refused},
                      {"\"null\"", 42, 42, refused},
                      {"undefined", 42, 42, refused},
                      {"\"5.5\"", refused, refused, refused},
                      {"\" 5 \"", refused, refused, refused},
                      {"\"abc\"", refused, refused, refused},
                      {"\"true\"", refused, refused, refused},
                      {"0x10", refused, refused, refused},
                      {"{}", refused, refused, refused},
                      {"[5]", refused, refused, refused},
                      {"99999999999", refused, 99999999999, 99999999999},
                      {"\"99999999999\"", refused, 99999999999, 99999999999},
                      // Java makes another number of it without an error; we do not.
                      {"99999999999999999999", refused, refused, refused},
                      {"1e999", refused, refused, refused}};
  for (const Row& row : rows) {
    EXPECT_EQ(int32(row.value), row.int32) << row.value;
    EXPECT_EQ(int64(row.value), row.int64) << row.value;
    EXPECT_EQ(map_value(row.value), row.offset) << row.value;
  }
  EXPECT_EQ(int64("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
}

TEST(JsonBoolean, IsReadAsJavaReadsIt) {
  for (const char* yes : {"true", "1", "\"true\"", "\"TRUE\"", "\"y\"", "\"Y\"", "\"T\"", "\"1\""})
    EXPECT_EQ(boolean(yes), 1) << yes;
  for (const char* no :
       {"false", "0", "2", "-1", "\"false\"", "\"False\"", "\"f\"", "\"F\"", "\"N\"", "\"0\""})
    EXPECT_EQ(boolean(no), 0) << no;
  for (const char* absent : {"null", "undefined", "\"\""}) EXPECT_EQ(boolean(absent), 2) << absent;
  for (const char* refused : {"\"yes\"", "\"t\"", "\"n\"", "{}", "[]"})
    EXPECT_EQ(boolean(refused), std::nullopt) << refused;
}

TEST(JsonText, TakesNumbersAndBooleansAsTheyAreWritten) {
  const auto text = [](const std::string& value) { return member<std::string>(value, "absent"); };
  EXPECT_EQ(text("\"x\""), "x");
  EXPECT_EQ(text("7"), "7");
  EXPECT_EQ(text("5.50"), "5.50");
  EXPECT_EQ(text("true"), "true");
  EXPECT_EQ(text("null"), "absent");
  EXPECT_EQ(text(R"({"a": [1]})"), R"({"a": [1]})");
  EXPECT_EQ(text(R"("\x41\u0041\0")"), std::string("AA\0", 3));
}

TEST(JsonEnum, IsReadByNameInAnyCaseAndByNumber) {
  enum class Letter { A, B, C };
  const auto letter = [](const std::string& value) -> std::optional<Letter> {
    JsonReader in(value);
    Letter read = Letter::C;
    if (!in.read_enum(read, {"LETTER_A", "LETTER_B", "LETTER_C"})) return std::nullopt;
    return read;
  };
  EXPECT_EQ(letter("\"LETTER_B\""), Letter::B);
  EXPECT_EQ(letter("\"Letter_b\""), Letter::B);
  EXPECT_EQ(letter("1"), Letter::B);
  for (const char* unknown : {"\"LetterB\"", "\"letter-b\"", "\"1\"", "\"D\"", "null"})
    EXPECT_EQ(letter(unknown), Letter::C) << unknown;
  for (const char* refused : {"3", "-1", "{}", "[]"})
    EXPECT_EQ(letter(refused), std::nullopt) << refused;
}

TEST(JsonName, IsMeantWithoutRegardToCaseAndDashes) {
  for (const char* name : {"readQueueNums", "ReadQueueNums", "read_queue_nums", "read-queue-nums"})
    EXPECT_TRUE(json_name_is(name, "readQueueNums")) << name;
  for (const char* name : {"readQueueNum", "readQueueNumss", "isReadQueueNums", ""})
    EXPECT_FALSE(json_name_is(name, "readQueueNums")) << name;
  for (const char* name : {"unitMode", "isUnitMode", "is_unit_mode", "unit-mode"})
    EXPECT_TRUE(json_flag_is(name, "unitMode")) << name;
}

TEST(JsonKey, IsAnIntegerInManyForms) {
  for (const char* two : {"2", "+2", "002", "2L", "2.0", "2.9"})
    EXPECT_EQ(json_key_number(two), 2) << two;
  for (const char* none : {"x", " 2", "", "L", "2x", "2.x"})
    EXPECT_EQ(json_key_number(none), std::nullopt) << none;
}

/// Members and elements as "a=1 b=2", or the reason.
std::string walked(std::string_view text) {
  JsonReader in(text);
  std::string out;
  const auto add = [&](std::string_view name) {
    std::string value;
    if (!in.read(value)) return false;
    out += std::string(name) + "=" + value + " ";
    return true;
  };
  const bool is_read = in.kind() == JsonReader::Kind::Array
                           ? in.array([&] { return add(""); })
                           : in.object([&](std::string_view name) { return add(name); });
  return is_read && in.end() ? out : in.error().remark;
}

TEST(JsonReader, IsAsLaxAsJavas) {
  EXPECT_EQ(walked("\xEF\xBB\xBF{\"a\":1}"), "a=1 ");
  EXPECT_EQ(walked("{a:1;'b':2}"), "a=1 b=2 ");
  EXPECT_EQ(walked("{,\"a\":1,,\"b\":2,}"), "a=1 b=2 ");
  EXPECT_EQ(walked("[\"a\",,\"b\",]"), "=a =b ");
  EXPECT_EQ(walked("Set[1,2]"), "=1 =2 ");
  EXPECT_EQ(walked("TreeSet[1]"), "=1 ");
  EXPECT_EQ(walked("{ /* c */ \"a\" : \"x\ty\" // end\n }"), "a=x\ty ");
  EXPECT_EQ(walked("{\"a\":1} // behind"), "a=1 ");
  EXPECT_EQ(walked("null"), "");
}

TEST(JsonReader, SaysWhatItRefusesAndWhere) {
  EXPECT_EQ(walked("{\"a\":1;;\"b\":2}"), "JSON: a member's name expected at line 1, column 8");
  EXPECT_EQ(walked("{\"a\":1}xyz"), "JSON: text behind the value at line 1, column 8");
  EXPECT_EQ(walked("{\"a\":1}}"), "JSON: text behind the value at line 1, column 8");
  EXPECT_EQ(walked("{\"a\":1},"), "JSON: text behind the value at line 1, column 8");
  EXPECT_EQ(walked("[1 2]"), "JSON: ',' or ']' expected at line 1, column 4");
  EXPECT_EQ(walked("{\n\t\"größe\" 1}"), "JSON: ':' expected at line 2, column 10");
  EXPECT_EQ(walked("5"), "JSON: an object expected at line 1, column 1");
}

TEST(JsonReader, TakesNothingFromNullAndFromAnEmptyArrayInPlaceOfAnObject) {
  JsonReader empty("[]");
  EXPECT_TRUE(empty.object([](std::string_view) { return false; }) && empty.end());
  JsonReader list("[{\"a\":1}]");
  EXPECT_FALSE(list.object([](std::string_view) { return true; }));
}

TEST(JsonReader, GivesAnObjectThatIsAKeyAsItsText) {
  EXPECT_EQ(walked("{{\"queueId\":0,\"topic\":\"T\"}:12}"), "{\"queueId\":0,\"topic\":\"T\"}=12 ");
  EXPECT_EQ(walked("{{{1:2}:3}:4}"),
            "JSON: an object as key within an object as key at line 1, column 3");
}

TEST(JsonReader, EndsAtItsBoundsWithoutKeepingAnything) {
  std::string values = "{\"x\":[";
  for (int i = 0; i < 100'000; ++i) values += "1,";
  const std::string many = values + "]}";
  JsonReader in(many);
  EXPECT_FALSE(in.skip());
  EXPECT_NE(in.error().remark.find("too many values"), std::string::npos);
  JsonReader trusted(many, JsonReader::Source::Trusted);
  EXPECT_TRUE(trusted.skip());
  const std::string deep(1'000'000, '[');
  JsonReader nested(deep);
  EXPECT_FALSE(nested.skip());
  EXPECT_NE(nested.error().remark.find("nested too deeply"), std::string::npos);
}

}  // namespace
}  // namespace rocketmq
