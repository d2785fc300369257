#include "rocketmq/client/name_servers.hpp"

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

TEST(NameServers, TreatsAMalformedListAsAnEmptyOneAndSaysSo) {
  remoting::Client network({});
  NameServers servers("this is no address", network);
  EXPECT_THAT(servers.addresses(), testing::IsEmpty());
  EXPECT_THAT(servers.ask({}, std::chrono::milliseconds(100)).error().text,
              testing::HasSubstr("'this is no address'"));
}

TEST(NameServers, NamesAllWhenNoneReplies) {
  remoting::Client network({});
  NameServers servers("127.0.0.1:1;127.0.0.1:2", network);
  EXPECT_THAT(servers.ask({}, std::chrono::milliseconds(1'000)).error().text,
              testing::AllOf(testing::HasSubstr("127.0.0.1:1"), testing::HasSubstr("127.0.0.1:2")));
}

}  // namespace
}  // namespace rocketmq::client
