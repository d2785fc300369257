#include "rocketmq/filtersrv/language_mark.hpp"

#include <gtest/gtest.h>

namespace rocketmq::filtersrv {
namespace {

TEST(LanguageMark, StandsInTheFirstLineBehindACommentSign) {
  EXPECT_EQ(read_language_mark("#rmq-filter sql92\na = 1").language, "sql92");
  EXPECT_EQ(read_language_mark("#rmq-filter sql92\na = 1").text, "a = 1");
  EXPECT_EQ(read_language_mark("-- rmq-filter lua \r\nx").language, "lua");
  EXPECT_EQ(read_language_mark("-- rmq-filter lua \r\nx").text, "x");
  EXPECT_EQ(read_language_mark("  //\trmq-filter\tcpp\n").language, "cpp");
  EXPECT_EQ(read_language_mark("#rmq-filter sql92").language, "sql92");
  EXPECT_EQ(read_language_mark("#rmq-filter sql92").text, "");
}

TEST(LanguageMark, IsNothingElse) {
  for (const char* text :
       {"", "\n#rmq-filter sql92", "rmq-filter sql92", "#rmq-filter", "#rmq-filter  \n",
        "#rmq-filtersql92", "# a rmq-filter sql92", "a = 1", "package a;\n"}) {
    EXPECT_EQ(read_language_mark(text).language, "") << text;
    EXPECT_EQ(read_language_mark(text).text, text) << text;
  }
}

}  // namespace
}  // namespace rocketmq::filtersrv
