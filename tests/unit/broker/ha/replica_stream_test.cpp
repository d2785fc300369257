// A slave's end of the link, step by step: no link, no store, no clock.

#include "ha/replica_stream.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "ha/ha_protocol.hpp"

namespace rocketmq::broker::ha {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

/// A log in memory.
class FakeLog final : public store::ReplicaWriter {
 public:
  std::int64_t begin = 0;
  std::string bytes;
  bool refuses = false;
  int appends = 0;

  std::int64_t replica_end() const override { return begin + std::ssize(bytes); }
  Result<void> append_at(std::int64_t position, std::string_view more) override {
    if (refuses) return Error{ResponseCode::ServiceNotAvailable, "the disk is full"};
    ++appends;
    if (bytes.empty()) begin = position;
    bytes += more;
    return {};
  }
};

std::string frame(std::int64_t position, std::string_view body) {
  std::string bytes;
  append_frame_head(bytes, position, body.size());
  return bytes.append(body);
}

class ReplicaStreamTest : public ::testing::Test {
 protected:
  std::string refusal(std::string_view bytes) {
    const auto taken = stream_.take(bytes, now_);
    return taken ? std::string() : taken.error().remark;
  }
  std::optional<std::int64_t> report() {
    const auto due = stream_.report_due(now_, 5s);
    if (due) stream_.reported(now_);
    return due;
  }

  FakeLog log_;
  ReplicaStream::Time now_{1h};
  ReplicaStream stream_{log_, now_};
};

TEST_F(ReplicaStreamTest, ReportsAtOnceWhereTheLogEnds) {
  log_.begin = 500;
  EXPECT_EQ(report(), 500);
  EXPECT_EQ(report(), std::nullopt);
}

TEST_F(ReplicaStreamTest, AppendsAndReportsWhatComes) {
  (void)report();
  const std::string bytes = frame(0, "abc") + frame(3, "de");
  EXPECT_EQ(stream_.take(bytes, now_).value(), bytes.size());
  EXPECT_EQ(log_.bytes, "abcde");
  EXPECT_EQ(report(), 5) << "once for all that came together";
  EXPECT_EQ(report(), std::nullopt);
}

TEST_F(ReplicaStreamTest, FramesThatComeTogetherAreAppendedTogether) {
  ASSERT_TRUE(stream_.take(frame(0, "abc") + frame(3, "") + frame(3, "de") + frame(5, "f"), now_));
  EXPECT_EQ(log_.bytes, "abcdef");
  EXPECT_EQ(log_.appends, 1);
  EXPECT_EQ(stream_.bytes(), 6);
}

TEST_F(ReplicaStreamTest, NoMoreIsAppendedTogetherThanTheBound) {
  const std::string half(ReplicaStream::gathered_bytes_max / 2, 'h');
  std::string bytes;
  for (std::int64_t k = 0; k < 5; ++k) bytes += frame(k * std::ssize(half), half);
  ASSERT_TRUE(stream_.take(bytes, now_));
  EXPECT_EQ(log_.appends, 3);
  EXPECT_EQ(log_.bytes.size(), 5 * half.size());
}

TEST_F(ReplicaStreamTest, WhatCameBeforeAWrongFrameIsAppended) {
  EXPECT_THAT(refusal(frame(0, "abc") + frame(4, "x")), HasSubstr("continues at 4"));
  EXPECT_EQ(log_.bytes, "abc");
  EXPECT_THAT(refusal(frame(3, "de") + "GET / HTTP/1.1\r\n"), HasSubstr("none of the replication"));
  EXPECT_EQ(log_.bytes, "abcde");
}

TEST_F(ReplicaStreamTest, AFrameThatIsNotWholeIsLeft) {
  const std::string whole = frame(0, "abc");
  const std::string bytes = whole + frame(3, "de").substr(0, 13);
  EXPECT_EQ(stream_.take(bytes, now_).value(), whole.size());
  EXPECT_EQ(log_.bytes, "abc");
}

TEST_F(ReplicaStreamTest, AnEmptyLogTakesTheFirstHeartbeatWhereverItIs) {
  EXPECT_EQ(stream_.take(frame(262'144, ""), now_).value(), frame_head_bytes);
  EXPECT_EQ(stream_.take(frame(262'144, "abc"), now_).value(), frame_head_bytes + 3);
  EXPECT_EQ(log_.begin, 262'144);
}

TEST_F(ReplicaStreamTest, AFrameAtAnotherPlaceIsRefused) {
  ASSERT_TRUE(stream_.take(frame(0, "abc"), now_));
  EXPECT_THAT(refusal(frame(4, "x")), HasSubstr("continues at 4, but this slave's log ends at 3"));
  EXPECT_THAT(refusal(frame(2, "x")), HasSubstr("continues at 2"));
  EXPECT_EQ(log_.bytes, "abc");
}

TEST_F(ReplicaStreamTest, AHeartbeatAtAnotherPlaceIsRefused) {
  ASSERT_TRUE(stream_.take(frame(0, "abc"), now_));
  EXPECT_TRUE(stream_.take(frame(3, ""), now_));
  EXPECT_THAT(refusal(frame(4, "")), HasSubstr("continues at 4"));
}

TEST_F(ReplicaStreamTest, WhatIsNoFrameIsRefused) {
  EXPECT_THAT(refusal("GET / HTTP/1.1\r\n"), HasSubstr("none of the replication protocol"));
  EXPECT_EQ(log_.bytes, "");
}

TEST_F(ReplicaStreamTest, WhatCannotBeStoredEndsTheLink) {
  log_.refuses = true;
  EXPECT_EQ(refusal(frame(0, "abc")), "the disk is full");
}

TEST_F(ReplicaStreamTest, ReportsAgainAfterTheInterval) {
  (void)report();
  now_ += 4'999ms;
  EXPECT_EQ(report(), std::nullopt);
  now_ += 1ms;
  EXPECT_EQ(report(), 0);
}

TEST_F(ReplicaStreamTest, AMasterIsSilentWhenNothingHasComeForTheLimit) {
  now_ += 20s;
  EXPECT_FALSE(stream_.is_silent(now_, 20s));
  ASSERT_TRUE(stream_.take("x", now_));
  (void)report();
  EXPECT_FALSE(stream_.is_silent(now_ + 20s, 20s));
  EXPECT_TRUE(stream_.is_silent(now_ + 20'001ms, 20s)) << "whatever the slave itself has sent";
}

}  // namespace
}  // namespace rocketmq::broker::ha
