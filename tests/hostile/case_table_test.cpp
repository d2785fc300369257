#include "case_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "hostile_peer.hpp"
#include "temp_dir.hpp"

namespace rocketmq::test {
namespace {

using testing::ElementsAre;

TEST(BadInputTable, WritesValuesAsTheyAre) {
  EXPECT_EQ(bytes_of_value("plain"), "plain");
  EXPECT_EQ(bytes_of_value("'with blanks | and \\x01\\0\\n'"),
            std::string("with blanks | and \1\0\n", 21));
  EXPECT_EQ(bytes_of_value("'{\"u\":\"\\u0041\"}'"), "{\"u\":\"\\u0041\"}");
  EXPECT_EQ(bytes_of_value("a'b'\"c\""), "abc");
  EXPECT_EQ(bytes_of_value("SUB*"), "SUB*");
}

TEST(BadInputTable, RepeatsWhatComesBeforeAStarAndANumber) {
  EXPECT_EQ(bytes_of_value("x*3"), "xxx");
  EXPECT_EQ(bytes_of_value("'['*2'1'']'*2"), "[[1]]");
  EXPECT_EQ(bytes_of_value("'{''\"k#\":#'**3'}'"), "{\"k0\":0,\"k1\":1,\"k2\":2}");
  EXPECT_EQ(bytes_of_value("all(i8(1)x)*2"), "\1x\1x");
}

TEST(BadInputTable, MakesBytesByFunctions) {
  EXPECT_EQ(bytes_of_value("i32(-1)i16(1)"), std::string("\xff\xff\xff\xff\0\1", 6));
  EXPECT_EQ(bytes_of_value("json('{}', b)"), std::string("\0\0\0\7\0\0\0\2{}b", 11));
  EXPECT_THROW(bytes_of_value("nothing(1)"), std::runtime_error);
  EXPECT_THROW(bytes_of_value("'open"), std::runtime_error);
}

TEST(BadInputTable, ReadsGroupsNamesAndLines) {
  const TempDir directory;
  const auto file = directory.write("t.cases",
                                    "# a comment\n"
                                    "let pull = 11 topic=T queueId=0\n"
                                    "== one; may change: messages files ==\n"
                                    "its queue | pull queueId='a | b' -topic | 1 \"queueId\"\n"
                                    "== two ==\n"
                                    "$PLACE | raw x | closed\n");
  const auto groups = read_bad_inputs(file, {{"PLACE", "there"}});
  ASSERT_EQ(groups.size(), 2U);
  EXPECT_THAT(groups[0].may_change, ElementsAre("messages", "files"));
  ASSERT_EQ(groups[0].cases.size(), 1U);
  EXPECT_EQ(groups[0].cases[0].place, "t.cases:4");
  EXPECT_THAT(groups[0].cases[0].words,
              ElementsAre("11", "topic=T", "queueId=0", "queueId='a | b'", "-topic"));
  EXPECT_EQ(groups[0].cases[0].expected, "1 \"queueId\"");
  EXPECT_EQ(groups[1].cases[0].description, "there");
}

TEST(BadInputTable, ComparesWhatCameWithWhatIsExpected) {
  EXPECT_TRUE(is_expected("1 missing header field: queueId", "1 \"queueId\""));
  EXPECT_FALSE(is_expected("1 missing header field: topic", "1 \"queueId\""));
  EXPECT_FALSE(is_expected("13 queueId", "1 \"queueId\""));
  EXPECT_TRUE(is_expected("16 no permission", "1/16"));
  EXPECT_FALSE(is_expected("closed", "silence"));
}

}  // namespace
}  // namespace rocketmq::test
