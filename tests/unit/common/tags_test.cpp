#include "rocketmq/common/tags.hpp"

#include <gtest/gtest.h>

namespace rocketmq {
namespace {

TEST(JavaStringHash, IsJavas) {
  EXPECT_EQ(java_string_hash(""), 0);
  EXPECT_EQ(java_string_hash("A"), 65);
  EXPECT_EQ(java_string_hash("TagA"), 2598919);
  EXPECT_EQ(java_string_hash("BatchTag"), -1629498848);
  EXPECT_EQ(java_string_hash("标签"), 857175);
}

TEST(JavaStringHash, CountsUtf16UnitsOfCharactersBeyond16Bits) {
  EXPECT_EQ(java_string_hash("😀"), 31 * 0xD83D + 0xDE00);
}

TEST(JavaStringHash, TakesMalformedBytesAsReplacementCharacters) {
  EXPECT_EQ(java_string_hash("\xFF"), java_string_hash("\uFFFD"));
  EXPECT_EQ(java_string_hash("a\xC3"), java_string_hash("a\uFFFD"));
}

TEST(TagsCode, IsTheSignExtendedHashOrZeroWithoutTags) {
  EXPECT_EQ(tags_code_of(""), 0);
  EXPECT_EQ(tags_code_of("TagA"), 2598919);
  EXPECT_EQ(tags_code_of("BatchTag"), -1629498848LL);
}

}  // namespace
}  // namespace rocketmq
