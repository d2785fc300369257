#include "compression.hpp"

#include <gtest/gtest.h>

#include <string>

namespace rocketmq::client {
namespace {

TEST(Compression, GivesBackWhatWentIn) {
  const std::string body(100'000, 'x');
  const auto compressed = compress(body, 5);
  ASSERT_TRUE(compressed);
  EXPECT_LT(compressed->size(), body.size() / 100);
  EXPECT_EQ(static_cast<unsigned char>(compressed->front()), 0x78) << "a zlib stream";
  EXPECT_EQ(decompress(*compressed).value(), body);
}

TEST(Compression, RefusesAStreamThatIsCutAtAnyLength) {
  const auto compressed = compress(std::string(5'000, 'a') + "end", 5).value();
  for (std::size_t bytes = 0; bytes < compressed.size(); ++bytes) {
    EXPECT_FALSE(decompress(std::string_view(compressed).substr(0, bytes))) << bytes;
  }
}

TEST(Compression, RefusesWhatIsNoZlibStream) { EXPECT_FALSE(decompress("no zlib stream at all")); }

TEST(Compression, StopsAtTheBound) {
  const auto compressed = compress(std::string(1'000'000, '\0'), 9).value();
  EXPECT_TRUE(decompress(compressed, 1'000'000));
  EXPECT_FALSE(decompress(compressed, 999'999));
}

}  // namespace
}  // namespace rocketmq::client
