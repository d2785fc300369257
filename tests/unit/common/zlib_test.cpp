#include "rocketmq/common/zlib.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace rocketmq {
namespace {

constexpr std::size_t no_limit = 1 << 30;

/// Of little use to a packer.
std::string rough_text(std::size_t bytes) {
  std::string text;
  for (std::uint32_t value = 1; text.size() < bytes; value = value * 1'664'525 + 1'013'904'223)
    text += static_cast<char>(value >> 24);
  return text;
}

TEST(Zlib, GivesBackWhatWasPacked) {
  for (const std::string& content :
       {std::string(), std::string("a"), std::string(3'000'000, 'a'), rough_text(100'000)}) {
    const auto packed = deflate_zlib(content);
    ASSERT_TRUE(packed);
    std::string unpacked = "what was there before";
    EXPECT_EQ(inflate_zlib(*packed, no_limit, unpacked), Inflated::Whole);
    EXPECT_EQ(unpacked, content);
  }
}

TEST(Zlib, EveryCutIsNoticed) {
  const std::string packed = *deflate_zlib("some text that is packed, some text that is packed");
  std::string content;
  for (std::size_t bytes = 0; bytes < packed.size(); ++bytes)
    EXPECT_EQ(inflate_zlib(packed.substr(0, bytes), no_limit, content), Inflated::CutOff) << bytes;
}

TEST(Zlib, DamageIsNoticed) {
  std::string packed = *deflate_zlib("some text");
  packed.back() = static_cast<char>(packed.back() ^ 1);  // of the checksum
  std::string content;
  EXPECT_EQ(inflate_zlib(packed, no_limit, content), Inflated::Damaged);
  EXPECT_EQ(inflate_zlib("no stream at all", no_limit, content), Inflated::Damaged);
}

TEST(Zlib, UnpacksNoMoreThanAllowed) {
  const std::string packed = *deflate_zlib(std::string(1'000'000, 'a'));
  std::string content;
  EXPECT_EQ(inflate_zlib(packed, 999'999, content), Inflated::TooLarge);
  EXPECT_LE(content.capacity(), 2U * 999'999);
  EXPECT_EQ(inflate_zlib(packed, 1'000'001, content), Inflated::Whole);
}

TEST(Zlib, WhatFollowsTheStreamIsNotRead) {
  std::string content;
  EXPECT_EQ(inflate_zlib(*deflate_zlib("text") + "more", no_limit, content), Inflated::Whole);
  EXPECT_EQ(content, "text");
}

TEST(Zlib, PacksByLevels) {
  const std::string content(10'000, 'a');
  EXPECT_GT(deflate_zlib(content, 0)->size(), content.size());
  EXPECT_LT(deflate_zlib(content, 9)->size(), 100U);
  EXPECT_FALSE(deflate_zlib(content, 10));
}

}  // namespace
}  // namespace rocketmq
