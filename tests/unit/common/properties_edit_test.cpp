#include "rocketmq/common/properties_edit.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "rocketmq/common/properties_file.hpp"

namespace rocketmq {
namespace {

TEST(PropertiesEdit, CommentsOrderAndOtherKeysStayAsTheyAre) {
  EXPECT_EQ(edit_properties("# ours\n\na = 1\n! note\nb:2\n  c 3\n", {{"b", "20"}}).value(),
            "# ours\n\na = 1\n! note\nb=20\n  c 3\n");
}

TEST(PropertiesEdit, AMissingKeyIsAppended) {
  EXPECT_EQ(edit_properties("", {{"a", "1"}}).value(), "a=1\n");
  EXPECT_EQ(edit_properties("b=2", {{"a", "1"}}).value(), "b=2\na=1\n");
  EXPECT_EQ(edit_properties("#a=0\n", {{"a", "1"}}).value(), "#a=0\na=1\n");
}

TEST(PropertiesEdit, WhatIsAppendedIsNoPartOfALastValueThatWouldGoOn) {
  for (const char* text : {"b=2\\", "b=2\\\n", "b=2\\\r"}) {
    const auto properties = parse_properties(edit_properties(text, {{"a", "1"}}).value()).value();
    ASSERT_EQ(properties.size(), 2U) << text;
    EXPECT_EQ(properties[0].value, "2") << text;
    EXPECT_EQ(properties[1].key, "a") << text;
  }
}

TEST(PropertiesEdit, AKeyThatOccursTwiceIsChangedWhereItCounts) {
  EXPECT_EQ(edit_properties("a=1\nb=2\na=3\n", {{"a", "4"}}).value(), "a=1\nb=2\na=4\n");
}

TEST(PropertiesEdit, AValueOverSeveralLinesIsReplacedAsAWhole) {
  EXPECT_EQ(edit_properties("a=1,\\\n   2,\\\n   3\nb=2\n", {{"a", "4"}}).value(), "a=4\nb=2\n");
  EXPECT_EQ(edit_properties("a=x\\\\\nb=2\n", {{"a", "4"}}).value(), "a=4\nb=2\n");
  EXPECT_EQ(edit_properties("a=1\\", {{"a", "4"}}).value(), "a=4");
}

TEST(PropertiesEdit, LineEndsOfOtherSystemsAreKept) {
  EXPECT_EQ(edit_properties("a=1\r\nb=2\r\n", {{"a", "4"}}).value(), "a=4\r\nb=2\r\n");
}

TEST(PropertiesEdit, WhatWasWrittenIsReadBack) {
  const std::map<std::string, std::string> hostile{{"key with = and : # !", "value"},
                                                   {"path", "C:\\new\\table"},
                                                   {"lines", "a\nb=c\r\td\f"},
                                                   {"leading", "  two blanks"},
                                                   {"empty", ""},
                                                   {"#comment", "!x"},
                                                   {"unicode", "\xC3\xA4\xE2\x82\xAC"}};

  const auto edited = edit_properties("lines=old\n", hostile);

  std::map<std::string, std::string> read;
  for (const Property& property : parse_properties(*edited).value()) {
    EXPECT_TRUE(read.emplace(property.key, property.value).second);
  }
  EXPECT_EQ(read, hostile);
}

TEST(PropertiesEdit, ATextThatDoesNotParseIsLeftAlone) {
  EXPECT_TRUE(edit_properties("a=\\u12\n", {{"a", "1"}}).has_error());
}

TEST(PropertiesEdit, ChangesTheFirstKeyBehindAByteOrderMark) {
  const auto edited = edit_properties(
      "\xEF\xBB\xBF"
      "a=1\nb=2\n",
      {{"a", "7"}});
  ASSERT_TRUE(edited);
  EXPECT_EQ(parse_properties(*edited)->front(), (Property{"a", "7", 1}));
}

}  // namespace
}  // namespace rocketmq
