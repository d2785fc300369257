#include "rocketmq/common/descriptors.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

namespace rocketmq {
namespace {

TEST(Descriptors, AreRaisedToTheHighestLimitThatTheProcessMaySet) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit low = before;
  low.rlim_cur = 256;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &low), 0);
  EXPECT_EQ(descriptor_limit(), 256U);
  const RaisedLimit raised = raise_descriptor_limit();
  EXPECT_EQ(raised.before, 256U);
  EXPECT_EQ(raised.now, descriptor_limit());
  EXPECT_GT(raised.now, 256U);
  EXPECT_EQ(raise_descriptor_limit().before, raised.now) << "there is nothing left to raise";
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
}

TEST(Descriptors, AreSharedSoThatConnectionsLeaveWhatFilesNeed) {
  for (const std::size_t limit : {16U, 256U, 1'024U, 4'096U, 1'048'576U}) {
    const DescriptorShares shares = share_descriptors(limit);
    EXPECT_GT(shares.connections, 0U) << limit;
    EXPECT_GT(shares.queue_files, 0U) << limit;
    EXPECT_LE(shares.connections + shares.queue_files, limit);
    if (limit >= 1'024) {
      EXPECT_GE(limit - shares.connections, shares.queue_files + 128) << limit;
    }
  }
  EXPECT_EQ(share_descriptors(1'024).connections, 640U);
  EXPECT_EQ(share_descriptors(65'536).queue_files, 512U);
}

}  // namespace
}  // namespace rocketmq
