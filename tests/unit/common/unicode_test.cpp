#include "rocketmq/common/unicode.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "seed.hpp"

namespace rocketmq {
namespace {

constexpr char32_t replacement = 0xFFFD;

std::vector<char32_t> points_of(std::string_view utf8) {
  std::vector<char32_t> points;
  while (!utf8.empty()) points.push_back(next_code_point(utf8));
  return points;
}

using Points = std::vector<char32_t>;

TEST(NextCodePoint, ReadsCharactersOfOneToFourBytes) {
  EXPECT_EQ(points_of("aé标😀"), (Points{'a', 0xE9, 0x6807, 0x1F600}));
  EXPECT_EQ(
      points_of("\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBF\xF0\x90\x80\x80\xF4\x8F\xBF\xBF"),
      (Points{0x7F, 0x80, 0x7FF, 0x800, 0xFFFF, 0x10000, 0x10FFFF}));
}

TEST(NextCodePoint, ReplacesStrayAndImpossibleBytes) {
  EXPECT_EQ(points_of("\x80"
                      "a"),
            (Points{replacement, 'a'}));
  EXPECT_EQ(points_of("\xC0"
                      "a"),
            (Points{replacement, 'a'}));
  EXPECT_EQ(points_of("\xFF\xFE"), (Points{replacement, replacement}));
}

TEST(NextCodePoint, ReplacesACharacterThatIsCutOffAndKeepsWhatFollows) {
  EXPECT_EQ(points_of("\xE6\xA0"), Points{replacement});
  EXPECT_EQ(points_of("\xE6\xA0"
                      "a"),
            (Points{replacement, 'a'}));
  EXPECT_EQ(points_of("\xF0\x9F\x98"), Points{replacement});
}

TEST(NextCodePoint, NeverYieldsSurrogatesOrOverlongForms) {
  for (const char* text :
       {"\xED\xA0\x80", "\xED\xBF\xBF", "\xE0\x80\x80", "\xF0\x80\x80\x80", "\xF4\x90\x80\x80"}) {
    EXPECT_EQ(points_of(text).front(), replacement);
  }
}

TEST(NextCodePoint, AlwaysAdvances) {
  auto random = test::seeded_random();
  for (int round = 0; round < 5'000; ++round) {
    const std::string bytes = test::random_bytes(random, 30);
    const std::vector<char> block(bytes.begin(), bytes.end());
    for (std::string_view rest(block.data(), block.size()); !rest.empty();) {
      const std::size_t before = rest.size();
      const char32_t point = next_code_point(rest);
      ASSERT_LT(rest.size(), before);
      ASSERT_TRUE(point <= 0x10FFFF && (point < 0xD800 || point > 0xDFFF));
    }
  }
}

}  // namespace
}  // namespace rocketmq
