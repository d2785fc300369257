#include "filters/failed_uploads.hpp"

#include <gtest/gtest.h>

namespace rocketmq::filtersrv {
namespace {

using namespace std::chrono_literals;

TEST(FailedUploads, AreRememberedByTheirTextForTenMinutes) {
  ManualClock clock;
  FailedUploads failures(clock);
  failures.note("T", "g", 7, {ResponseCode::SystemError, "no condition"});
  EXPECT_EQ(failures.find("T", "g", 7)->remark, "no condition");
  EXPECT_FALSE(failures.find("T", "g", 8));
  EXPECT_FALSE(failures.find("U", "g", 7));
  clock.advance(10min + 1ms);
  EXPECT_FALSE(failures.find("T", "g", 7));
}

}  // namespace
}  // namespace rocketmq::filtersrv
