#include "rocketmq/protocol/release_name.hpp"

#include <gtest/gtest.h>

namespace rocketmq::remoting {
namespace {

TEST(ReleaseName, IsWhatPublishedToolsPrint) {
  EXPECT_EQ(release_name(29), "V3_0_7");
  EXPECT_EQ(release_name(45), "V3_0_15");
  EXPECT_EQ(release_name(46), "V3_1_0_SNAPSHOT");
  EXPECT_EQ(release_name(78), "V3_2_6_SNAPSHOT");
  EXPECT_EQ(release_name(85), "V3_2_9");
  EXPECT_EQ(release_name(86), "V3_3_1_SNAPSHOT");
  EXPECT_EQ(release_name(121), "V3_4_9");
  EXPECT_EQ(release_name(211), "V3_9_9");
  EXPECT_EQ(release_name(252), "V4_2_0_SNAPSHOT");
  EXPECT_EQ(release_name(409), "V4_9_8");
  EXPECT_EQ(release_name(413), "V5_0_0");
  EXPECT_EQ(release_name(479), "V5_3_3");
  EXPECT_EQ(release_name(513), "V5_5_0");
  EXPECT_EQ(release_name(611), "V5_9_9");
  EXPECT_EQ(release_name(612), "HIGHER_VERSION");
  EXPECT_EQ(release_name(0), "V3_0_0");
  EXPECT_EQ(release_name(-1), "V3_0_0");
}

}  // namespace
}  // namespace rocketmq::remoting
