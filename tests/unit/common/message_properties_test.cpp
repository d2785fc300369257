#include "rocketmq/common/message_properties.hpp"

#include <gtest/gtest.h>

#include "seed.hpp"

namespace rocketmq {
namespace {

TEST(MessageProperties, AreReadWithAndWithoutTheFinalSeparator) {
  const MessageProperties expected{{"KEYS", "k1"}, {"TAGS", "TagA"}};
  EXPECT_EQ(decode_properties("KEYS\x01k1\x02TAGS\x01TagA\x02"), expected);
  EXPECT_EQ(decode_properties("KEYS\x01k1\x02TAGS\x01TagA"), expected);
}

TEST(MessageProperties, SkipPiecesWithoutNameOrValue) {
  EXPECT_EQ(decode_properties("\x02\x02"
                              "noseparator\x02\x01value\x02name\x01\x02"
                              "a\x01"
                              "1\x02"),
            (MessageProperties{{"a", "1"}}));
  EXPECT_TRUE(decode_properties("").empty());
  EXPECT_TRUE(decode_properties("\x02").empty());
}

TEST(MessageProperties, TakeTheLastOfDuplicates) {
  const std::string text =
      "a\x01"
      "1\x02"
      "b\x01"
      "2\x02"
      "a\x01"
      "3\x02";
  EXPECT_EQ(decode_properties(text).at("a"), "3");
  EXPECT_EQ(find_property(text, "a"), "3");
}

TEST(MessageProperties, AreWrittenSortedEachWithItsSeparator) {
  EXPECT_EQ(encode_properties({{"b", "2"}, {"a", "1"}}),
            "a\x01"
            "1\x02"
            "b\x01"
            "2\x02");
  EXPECT_EQ(encode_properties({}), "");
}

TEST(MessageProperties, AreFoundByWholeNamesOnly) {
  const std::string text = "TAGSX\x01no\x02TAG\x01no\x02TAGS\x01yes";
  EXPECT_EQ(find_property(text, "TAGS"), "yes");
  EXPECT_EQ(find_property(text, "KEYS"), std::nullopt);
  EXPECT_EQ(find_property("", "TAGS"), std::nullopt);
}

TEST(MessageProperties, LoseEveryOccurrenceOfARemovedName) {
  EXPECT_EQ(remove_property("a\x01"
                            "1\x02"
                            "b\x01"
                            "2\x02"
                            "a\x01"
                            "3",
                            "a"),
            "b\x01"
            "2\x02");
  EXPECT_EQ(remove_property("a\x01"
                            "1",
                            "x"),
            "a\x01"
            "1\x02");
}

TEST(MessageProperties, GetTheSeparatorThatALastOneLacks) {
  std::string text =
      "a\x01"
      "1";
  append_property(text, "b", "2");
  EXPECT_EQ(text,
            "a\x01"
            "1\x02"
            "b\x01"
            "2\x02");
  std::string empty;
  append_property(empty, "c", "3");
  EXPECT_EQ(empty,
            "c\x01"
            "3\x02");
}

TEST(MessageProperties, KnowTheReservedNames) {
  EXPECT_TRUE(property::is_reserved("UNIQ_KEY"));
  EXPECT_TRUE(property::is_reserved("TAGS"));
  EXPECT_FALSE(property::is_reserved("tags"));
  EXPECT_FALSE(property::is_reserved("orderId"));
}

TEST(MessageProperties, FindInAnyTextWhatDecodingFinds) {
  auto random = test::seeded_random();
  const std::string letters = "ab\x01\x02";
  for (int round = 0; round < 5'000; ++round) {
    std::string text;
    for (std::size_t i = test::random_between(random, 0, 20); i > 0; --i)
      text += letters[test::random_between(random, 0, 3)];
    const MessageProperties decoded = decode_properties(text);
    for (const char* name : {"a", "b", "aa", "ab", ""}) {
      const auto found = decoded.find(name);
      const auto expected =
          found == decoded.end() ? std::nullopt : std::optional<std::string_view>(found->second);
      EXPECT_EQ(find_property(text, name), expected);
    }
    EXPECT_EQ(decode_properties(encode_properties(decoded)), decoded);
  }
}

}  // namespace
}  // namespace rocketmq
