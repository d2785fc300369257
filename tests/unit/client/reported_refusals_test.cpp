#include "consumer/push/reported_refusals.hpp"

#include <gtest/gtest.h>

namespace rocketmq::client {
namespace {

constexpr std::int64_t pause_ms = ReportedRefusals::pause_ms;

TEST(ReportedRefusals, AdmitEachTopicsAndCodesOnce) {
  ReportedRefusals refusals;
  EXPECT_TRUE(refusals.admit("T", 23, 0));
  EXPECT_FALSE(refusals.admit("T", 23, 10 * pause_ms));
  EXPECT_TRUE(refusals.admit("T", 16, 10 * pause_ms));
  EXPECT_TRUE(refusals.admit("U", 23, 20 * pause_ms));
  refusals.forget("T");
  EXPECT_TRUE(refusals.admit("T", 23, 30 * pause_ms)) << "of a new subscription";
  EXPECT_FALSE(refusals.admit("U", 23, 40 * pause_ms));
}

TEST(ReportedRefusals, LetsOneThatComesTooSoonWaitForALaterPull) {
  ReportedRefusals refusals;
  EXPECT_TRUE(refusals.admit("T", 23, 1'000'000));
  EXPECT_FALSE(refusals.admit("U", 23, 1'000'000 + pause_ms - 1));
  EXPECT_TRUE(refusals.admit("U", 23, 1'000'000 + pause_ms));
  EXPECT_TRUE(refusals.admit("V", 23, 0)) << "the clock was set back";
}

TEST(ReportedRefusals, AreBounded) {
  ReportedRefusals refusals;
  const auto max = static_cast<int>(ReportedRefusals::refusals_max);
  for (int code = 0; code < max; ++code) EXPECT_TRUE(refusals.admit("T", code, code * pause_ms));
  EXPECT_FALSE(refusals.admit("T", max, max * pause_ms));
}

}  // namespace
}  // namespace rocketmq::client
