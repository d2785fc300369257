#include "rocketmq/protocol/frame_decoder.hpp"

#include <gtest/gtest.h>

#include "rocketmq/common/bytes.hpp"

namespace rocketmq::remoting {
namespace {

std::string frame_with_length(std::int32_t length, std::size_t content_bytes) {
  std::string bytes;
  append_be(bytes, length);
  bytes.append(content_bytes, 'x');
  return bytes;
}

TEST(FindFrame, NeedsMoreBytesUntilTheFrameIsWhole) {
  const std::string bytes = frame_with_length(10, 10);
  for (std::size_t kept = 0; kept < bytes.size(); ++kept) {
    const auto size = find_frame(std::string_view(bytes).substr(0, kept), 1024);
    ASSERT_TRUE(size);
    EXPECT_FALSE(*size) << kept;
  }
  const auto size = find_frame(bytes, 1024);
  ASSERT_TRUE(size && *size);
  EXPECT_EQ(**size, 14U);
}

TEST(FindFrame, StopsAtTheEndOfTheFirstFrame) {
  const auto size = find_frame(frame_with_length(4, 100), 1024);
  ASSERT_TRUE(size && *size);
  EXPECT_EQ(**size, 8U);
}

TEST(FindFrame, RefusesALengthShorterThanTheHeaderWord) {
  for (const std::int32_t length : {INT32_MIN, -1, 0, 1, 3}) {
    EXPECT_FALSE(find_frame(frame_with_length(length, 8), 1024)) << length;
  }
}

TEST(FindFrame, RefusesAFrameOverTheLimitBeforeItHasCome) {
  EXPECT_TRUE(find_frame(frame_with_length(1020, 0), 1024));
  const auto refused = find_frame(frame_with_length(1021, 0), 1024);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().remark, "frame of 1025 bytes is over the limit of 1024");
  EXPECT_FALSE(find_frame(frame_with_length(INT32_MAX, 0), 16'777'216));
}

}  // namespace
}  // namespace rocketmq::remoting
