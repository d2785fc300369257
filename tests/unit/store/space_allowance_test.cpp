// How puts are slowed down on a disk that is nearly full.
#include "space_allowance.hpp"

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <sstream>
#include <string>

#include "faulty_file_system.hpp"
#include "store_fixture.hpp"

namespace rocketmq::store::test {
namespace {

using std::chrono::milliseconds;

constexpr std::int64_t mib = 1 << 20;

class SpaceAllowanceTest : public testing::Test {
 protected:
  /// A disk of 1,000 MiB, of which the water mark leaves all.
  void look(std::int64_t used_mib, double refused_from = 1.0) {
    allowance_.look({.used_bytes = used_mib * mib, .usable_bytes = 1000 * mib}, refused_from,
                    log_end_, now_);
  }
  /// Expects the next look to be due when the log has grown by `bytes`.
  void expect_next_look(std::int64_t bytes) {
    EXPECT_FALSE(allowance_.is_look_due(log_end_ + bytes - 1));
    EXPECT_TRUE(allowance_.is_look_due(log_end_ + bytes));
  }
  void pass(milliseconds time) { now_ += time; }
  /// Bytes taken by puts of `size` until one is refused.
  std::int64_t fill(std::int64_t size) {
    const std::int64_t before = log_end_;
    while (allowance_.allows(log_end_) && log_end_ - before < 1000 * mib) log_end_ += size;
    return log_end_ - before;
  }

  SpaceAllowance allowance_;
  std::int64_t log_end_ = 5'000'000;
  std::chrono::steady_clock::time_point now_{std::chrono::hours(1)};
};

TEST_F(SpaceAllowanceTest, TakesEverythingBelowNinetyPercent) {
  look(899);
  EXPECT_FALSE(allowance_.is_slowing());
  EXPECT_TRUE(allowance_.allows(INT64_MAX - 1));
}

TEST_F(SpaceAllowanceTest, LooksTheMoreOftenTheLessIsLeft) {
  EXPECT_TRUE(allowance_.is_look_due(0)) << "nothing is known yet";
  look(100);
  expect_next_look(100 * mib);
  look(820);
  expect_next_look(10 * mib);
  look(899);
  expect_next_look(mib / 4);  // but not for every put
  allowance_.look_is_coming();
  EXPECT_FALSE(allowance_.is_look_due(INT64_MAX - 1)) << "one is enough";
}

TEST_F(SpaceAllowanceTest, TakesASixtiethOfWhatIsLeftInASecond) {
  look(940);
  EXPECT_TRUE(allowance_.is_slowing());
  fill(1000);
  pass(milliseconds(500));
  look(940);
  EXPECT_NEAR(static_cast<double>(fill(1000)), 0.5 * mib, 2000);
  pass(milliseconds(500));
  look(970);
  EXPECT_NEAR(static_cast<double>(fill(1000)), 0.25 * mib, 2000) << "less is left, less is taken";
}

TEST_F(SpaceAllowanceTest, KeepsWhatIsNotUsedForNoMoreThanASecond) {
  look(940);
  fill(1000);
  for (int i = 0; i < 100; ++i) {
    pass(milliseconds(100));
    look(940);
  }
  EXPECT_NEAR(static_cast<double>(fill(1000)), 1.0 * mib, 2000);
}

TEST_F(SpaceAllowanceTest, LetsALargeMessageThroughAndHasItPaidFor) {
  look(994);
  EXPECT_EQ(fill(mib), mib) << "ten times what a second may take";
  pass(milliseconds(5000));
  look(994);
  EXPECT_FALSE(allowance_.allows(log_end_));
  for (int i = 0; i < 10; ++i) {
    pass(milliseconds(1000));
    look(994);
  }
  EXPECT_TRUE(allowance_.allows(log_end_));
}

TEST_F(SpaceAllowanceTest, LeavesTheLastBytesToTheWaterMark) {
  look(955, 0.95);
  fill(1);
  pass(milliseconds(1000));
  look(955, 0.95);
  EXPECT_LE(fill(1), 1);
}

TEST_F(SpaceAllowanceTest, DoesNothingWhereTheWaterMarkRefusesEarlier) {
  look(940, 0.90);
  EXPECT_FALSE(allowance_.is_slowing());
}

TEST_F(SpaceAllowanceTest, TakesEverythingAgainWhenSpaceReturns) {
  look(940);
  EXPECT_FALSE(allowance_.is_look_due(INT64_MAX - 1)) << "time says when to look";
  look(500);
  expect_next_look(50 * mib);
  EXPECT_FALSE(allowance_.is_slowing());
  EXPECT_TRUE(allowance_.allows(log_end_));
}

class NearlyFullDiskTest : public StoreFixture {
 protected:
  ~NearlyFullDiskTest() override { store_.reset(); }
  rocketmq::test::FaultyFileSystem disk_;
};

TEST_F(NearlyFullDiskTest, ProducersAreToldToTryAgain) {
  config_.disk_space_warning_level_ratio = 100;
  open(disk_);
  // Nothing is left, but the mark is not passed.
  disk_.set_disk_ratio(1.0);
  store_->clean_files();
  PutResult result = put(TestMessage{});
  for (int i = 0; i < 3 && result.status == PutStatus::Ok; ++i) result = put(TestMessage{});
  EXPECT_EQ(result.status, PutStatus::OsPageCacheBusy);
  EXPECT_THAT(result.remark, testing::HasSubstr("nearly full: sends are slowed down"));
  disk_.set_disk_ratio(0.5);
  store_->clean_files();
  EXPECT_EQ(put(TestMessage{}).status, PutStatus::Ok);
}

TEST_F(NearlyFullDiskTest, ADiskWhoseUsageIsUnknownIsReportedOnceNotWithEachLook) {
  std::ostringstream log;
  const auto before = spdlog::default_logger();
  spdlog::set_default_logger(std::make_shared<spdlog::logger>(
      "log", std::make_shared<spdlog::sinks::ostream_sink_mt>(log)));
  open(disk_);
  disk_.set_usage_unknown(true);
  for (int i = 0; i < 5; ++i) store_->clean_files();
  disk_.set_usage_unknown(false);
  for (int i = 0; i < 5; ++i) store_->clean_files();
  store_.reset();
  spdlog::set_default_logger(before);
  const std::string text = log.str();
  const auto first = text.find("disk usage: ");
  ASSERT_NE(first, std::string::npos) << text;
  const auto second = text.find("disk usage: it is known again", first + 1);
  ASSERT_NE(second, std::string::npos) << text;
  EXPECT_EQ(text.find("disk usage: ", first + 1), second) << text;
  EXPECT_EQ(text.find("disk usage: ", second + 1), std::string::npos) << text;
}

}  // namespace
}  // namespace rocketmq::store::test
