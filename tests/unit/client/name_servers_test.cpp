#include "name_servers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rocketmq::client {
namespace {

TEST(NameServers, ReadsAListAndDropsTheScheme) {
  remoting::Client network({});
  EXPECT_THAT(NameServers("10.0.0.1:9876;http://10.0.0.2:9877", network).addresses(),
              testing::ElementsAre("10.0.0.1:9876", "10.0.0.2:9877"));
}

TEST(NameServers, SaysThatNoneIsSet) {
  remoting::Client network({});
  NameServers servers("", network);
  const auto answer = servers.ask({}, std::chrono::milliseconds(100));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, 10004);
  EXPECT_EQ(answer.error().text, "No name server address, please set it.");
}

TEST(NameServers, TreatsAMalformedListAsAnEmptyOne) {
  remoting::Client network({});
  EXPECT_THAT(NameServers("this is no address", network).addresses(), testing::IsEmpty());
}

}  // namespace
}  // namespace rocketmq::client
