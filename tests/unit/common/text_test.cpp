#include "rocketmq/common/text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rocketmq {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Split, LeavesOutBlanksAndEmptyParts) {
  EXPECT_THAT(split(" a ;;b c;\t;d", ';'), ElementsAre("a", "b c", "d"));
  EXPECT_THAT(split("a,b;c", ','), ElementsAre("a", "b;c"));
  EXPECT_THAT(split(" ; ", ';'), IsEmpty());
  EXPECT_THAT(split("", ';'), IsEmpty());
}

TEST(Printable, KeepsATextInItsLine) {
  EXPECT_EQ(printable("a\nb\x1B[2J\x7F\t"), "a?b?[2J??");
  EXPECT_EQ(printable("gr\xC3\xBC\xC3\x9F"), "gr\xC3\xBC\xC3\x9F");
}

TEST(Printable, IsShort) {
  EXPECT_EQ(printable(std::string(300, 'a')), std::string(255, 'a'));
  EXPECT_EQ(printable("abc", 2), "ab");
}

}  // namespace
}  // namespace rocketmq
