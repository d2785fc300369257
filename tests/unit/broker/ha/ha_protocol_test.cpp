#include "ha/ha_protocol.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace rocketmq::broker::ha {
namespace {

using namespace std::string_literals;

TEST(HaProtocol, AReportIsTheEndOfTheLogInEightBytes) {
  std::string report;
  append_report(report, 386'295);
  EXPECT_EQ(report, "\0\0\0\0\0\x05\xE4\xF7"s);
  EXPECT_EQ(last_report(report), 386'295);
}

TEST(HaProtocol, OfSeveralReportsTheLastOneCounts) {
  std::string reports;
  for (const std::int64_t end : {1, 2, 3}) append_report(reports, end);
  EXPECT_EQ(last_report(reports), 3);
}

TEST(HaProtocol, AFrameIsPositionSizeAndBytesOfTheLog) {
  std::string bytes;
  append_frame_head(bytes, 262'144, 3);
  bytes += "abc";
  EXPECT_EQ(bytes,
            "\0\0\0\0\0\x04\0\0\0\0\0\x03"s
            "abc");
  const auto frame = first_frame(bytes);
  ASSERT_TRUE(frame);
  ASSERT_TRUE(*frame);
  EXPECT_EQ((*frame)->position, 262'144);
  EXPECT_EQ((*frame)->body, "abc");
  EXPECT_EQ((*frame)->bytes(), bytes.size());
  EXPECT_EQ(size_of_frame(bytes), bytes.size());
}

TEST(HaProtocol, AHeartbeatIsAFrameWithoutBytes) {
  std::string bytes;
  append_frame_head(bytes, 7, 0);
  const auto frame = first_frame(bytes);
  ASSERT_TRUE(frame && *frame);
  EXPECT_TRUE((*frame)->is_heartbeat());
  EXPECT_EQ((*frame)->position, 7);
}

TEST(HaProtocol, AFrameThatIsNotWholeIsWaitedFor) {
  std::string bytes;
  append_frame_head(bytes, 100, 3);
  bytes += "abc";
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    const auto frame = first_frame(std::string_view(bytes).substr(0, cut));
    ASSERT_TRUE(frame) << cut;
    EXPECT_FALSE(*frame) << cut;
  }
}

TEST(HaProtocol, NoFrameIsNegativeOrLargerThanPublishedSlavesTake) {
  struct Head {
    std::int64_t position;
    std::int32_t size;
    bool is_taken;
  };
  constexpr auto largest = static_cast<std::int32_t>(frame_bytes_max - frame_head_bytes);
  for (const Head& head :
       {Head{0, largest, true}, Head{0, largest + 1, false}, Head{0, INT32_MAX, false},
        Head{0, -1, false}, Head{-1, 0, false}, Head{INT64_MIN, INT32_MIN, false},
        Head{INT64_MAX, 0, true}, Head{INT64_MAX - 9, 10, false}}) {
    std::string bytes;
    append_frame_head(bytes, head.position, static_cast<std::uint32_t>(head.size));
    EXPECT_EQ(first_frame(bytes).has_value(), head.is_taken) << head.position << " " << head.size;
  }
}

}  // namespace
}  // namespace rocketmq::broker::ha
