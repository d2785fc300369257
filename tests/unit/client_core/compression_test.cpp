#include "rocketmq/client/message/compression.hpp"

#include <gtest/gtest.h>

#include <string>

#include "rocketmq/common/sys_flag.hpp"

namespace rocketmq::client {
namespace {

class Compression : public testing::TestWithParam<CompressionType> {};

TEST_P(Compression, GivesBackWhatWentIn) {
  const std::string body(100'000, 'x');
  const auto compressed = compress(body, GetParam(), 5);
  ASSERT_TRUE(compressed);
  EXPECT_LT(compressed->size(), body.size() / 100);
  EXPECT_EQ(decompress(*compressed, GetParam()).value(), body);
}

TEST_P(Compression, GivesBackWhatCannotBeMadeSmaller) {
  std::string body;
  std::uint32_t state = 1;
  for (int i = 0; i < 100'000; ++i) {
    state = state * 1'664'525 + 1'013'904'223;
    body += static_cast<char>(state >> 24);
  }
  EXPECT_EQ(decompress(compress(body, GetParam(), 5).value(), GetParam()).value(), body);
}

TEST_P(Compression, RefusesAStreamThatIsCutAtAnyLength) {
  const auto compressed = compress(std::string(5'000, 'a') + "end", GetParam(), 5).value();
  for (std::size_t bytes = 0; bytes < compressed.size(); ++bytes) {
    EXPECT_FALSE(decompress(std::string_view(compressed).substr(0, bytes), GetParam())) << bytes;
  }
}

TEST_P(Compression, RefusesWhatIsNoStreamOfItsType) {
  EXPECT_FALSE(decompress("no compressed stream at all", GetParam()));
}

TEST_P(Compression, StopsAtTheBound) {
  const auto compressed = compress(std::string(1'000'000, '\0'), GetParam(), 9).value();
  EXPECT_TRUE(decompress(compressed, GetParam(), 1'000'000));
  EXPECT_EQ(decompress(compressed, GetParam(), 999'999).error().remark,
            "the body decompresses to more than 999999 bytes");
}

TEST_P(Compression, IsToldByTheFlagsThatItSets) {
  EXPECT_EQ(compression_type(compression_flags(GetParam())).value(), GetParam());
}

INSTANTIATE_TEST_SUITE_P(EachType, Compression,
                         testing::Values(CompressionType::ZLIB, CompressionType::LZ4,
                                         CompressionType::ZSTD),
                         [](const auto& type) { return std::string(toString(type.param)); });

std::string from_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  }
  return bytes;
}

/// What a Java client 4.9.8 made of forty lines, and the flags that it sets with it.
struct JavaBody {
  CompressionType type;
  std::int32_t flags;
  const char* hex;
};
const JavaBody java_bodies[] = {
    {CompressionType::LZ4, 0x101,
     "04224d1860707339000000fb0248656c6c6f20526f636b65744d5120300a11001c3111001c3211001c3311001c34"
     "11001c3511001c3611000f7700ffff0c504d5120340a00000000"},
    {CompressionType::ZSTD, 0x201,
     "28b52ffd0058a40300940348656c6c6f20526f636b65744d5120300a313233343536303132333435363031323334"
     "3536303132333435363031323334353630313233340a2720e0e7882087304490431822c8210c11e4108608720843"
     "0439842102398421821cc210410e61882087304490431822c8210c118ddcd4a525010000"},
    {CompressionType::ZLIB, 0x301,
     "785ef348cdc9c95708ca4fce4e2df10d5430e0f24015304417304217304617304117304517304317"
     "18b576d45afcd60200914fda94"},
};

TEST(CompressedBody, OfAJavaClientIsRead) {
  std::string body;
  for (int i = 0; i < 40; ++i) body += "Hello RocketMQ " + std::to_string(i % 7) + "\n";
  for (const JavaBody& java : java_bodies) {
    EXPECT_EQ(compression_type(java.flags).value(), java.type);
    EXPECT_EQ(decompress(from_hex(java.hex), java.type).value(), body) << toString(java.type);
  }
}

TEST(CompressedBody, InLz4ConsistsOfIndependentBlocksBecauseJavaReadsNoOthers) {
  constexpr std::size_t flags_at = 4;
  constexpr int blocks_are_independent = 0x20;
  const auto frame = compress(std::string(5'000, 'a'), CompressionType::LZ4, 5).value();
  EXPECT_TRUE(frame.starts_with("\x04\x22\x4d\x18"));
  EXPECT_TRUE((frame.at(flags_at) & blocks_are_independent) != 0);
}

TEST(CompressedBody, InZlibCarriesNoFlagThatOldClientsDoNotKnow) {
  EXPECT_EQ(compression_flags(CompressionType::ZLIB), sys_flag::compressed);
}

TEST(CompressedBody, OfATypeThatNothingKnowsIsNamed) {
  for (const std::int32_t unknown : {4, 5, 6, 7}) {
    EXPECT_EQ(compression_type(sys_flag::compressed | unknown << 8).error().remark,
              "the type of compression " + std::to_string(unknown) + " is unknown");
  }
}

TEST(CompressedBody, OfSeveralFramesIsReadAsOne) {
  for (const CompressionType type : {CompressionType::LZ4, CompressionType::ZSTD}) {
    const auto frames = compress("one, ", type, 5).value() + compress("two", type, 5).value();
    EXPECT_EQ(decompress(frames, type).value(), "one, two") << toString(type);
  }
}

}  // namespace
}  // namespace rocketmq::client
