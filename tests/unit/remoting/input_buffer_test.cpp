#include "rocketmq/net/input_buffer.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <string>

namespace rocketmq::net {
namespace {

TEST(InputBuffer, HoldsWhatItIsGivenUntilItIsConsumed) {
  InputBuffer buffer;
  EXPECT_TRUE(buffer.empty());
  buffer.assign("abcdef");
  buffer.consume(2);
  EXPECT_EQ(buffer.view(), "cdef");
  buffer.consume(4);
  EXPECT_TRUE(buffer.empty());
  buffer.assign("other");
  EXPECT_EQ(buffer.view(), "other");
}

TEST(InputBuffer, GrowsWithTheBytesThatComeNotWithTheFrameThatIsAnnounced) {
  InputBuffer buffer;
  buffer.assign(std::string(20'000, 'x'));
  const std::span<char> room = buffer.room(16'000'000);
  EXPECT_GE(room.size(), 1U);
  EXPECT_LT(room.size(), 200'000U);
}

TEST(InputBuffer, OffersNoRoomBeyondTheFramesEnd) {
  InputBuffer buffer;
  buffer.assign("12345678");
  EXPECT_EQ(buffer.room(10).size(), 2U);
}

TEST(InputBuffer, CollectsALargeFrameInParts) {
  constexpr std::size_t frame_bytes = 5'000'000;
  InputBuffer buffer;
  buffer.assign("dropped" + std::string(1'000, 'a'));
  buffer.consume(7);
  std::string expected(1'000, 'a');
  for (int part = 0; buffer.size() < frame_bytes; ++part) {
    const std::span<char> room = buffer.room(frame_bytes);
    const std::size_t count = std::min<std::size_t>(room.size(), 70'001);
    std::memset(room.data(), 'a' + part % 26, count);
    expected.append(count, static_cast<char>('a' + part % 26));
    buffer.commit(count);
  }
  EXPECT_EQ(buffer.size(), frame_bytes);
  EXPECT_TRUE(buffer.view() == expected);
  buffer.consume(frame_bytes);
  EXPECT_TRUE(buffer.empty());
}

}  // namespace
}  // namespace rocketmq::net
