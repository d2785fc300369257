#include "rocketmq/client/name_servers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "fake_server.hpp"
#include "rocketmq/protocol/header.hpp"

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

/// Asks with new lists of these two until the first one is asked at least once; their order is
/// random.
void ask_until_first_is_asked(const std::string& first, const std::string& second,
                              const std::function<bool()>& is_asked) {
  while (!is_asked()) {
    remoting::Client network({});
    NameServers servers(first + ";" + second, network);
    const auto answer = servers.ask(remoting::make_request(remoting::RequestCode::GetBrokerConfig),
                                    std::chrono::hours(1));
    ASSERT_TRUE(answer) << answer.error().text;
    EXPECT_EQ(answer->body, "good");
  }
}

test::FakeServer& reply_good(test::FakeServer& server) {
  return server.on(
      remoting::RequestCode::GetBrokerConfig,
      [](remoting::RemotingCommand&, remoting::Reply reply) { reply.body(std::string("good")); });
}

TEST(NameServers, AsksTheNextOneWhenOneIsSilent) {
  std::mutex mutex;
  std::vector<remoting::Reply> unanswered;  // guarded by mutex
  test::FakeServer silent;
  silent.on(remoting::RequestCode::GetBrokerConfig,
            [&](remoting::RemotingCommand&, remoting::Reply reply) {
              const std::scoped_lock lock(mutex);
              unanswered.push_back(std::move(reply));
            });
  silent.start();
  test::FakeServer good;
  reply_good(good).start();
  ask_until_first_is_asked(silent.address(), good.address(), [&] {
    const std::scoped_lock lock(mutex);
    return !unanswered.empty();
  });
  const std::scoped_lock lock(mutex);
  for (remoting::Reply& reply : unanswered) reply.drop();
}

TEST(NameServers, StaysWithTheOneThatReplies) {
  std::atomic<int> silent_asked{0};
  test::FakeServer silent;
  silent.on(remoting::RequestCode::GetBrokerConfig,
            [&](remoting::RemotingCommand&, remoting::Reply reply) {
              ++silent_asked;
              reply.drop();
            });
  silent.start();
  test::FakeServer good;
  reply_good(good).start();
  remoting::Client network({});
  NameServers servers(silent.address() + ";" + good.address(), network);
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(servers.ask(remoting::make_request(remoting::RequestCode::GetBrokerConfig),
                            std::chrono::hours(1)));
  }
  EXPECT_LE(silent_asked, 1);
}

TEST(NameServers, AsksTheNextOneWhenOneIsDead) {
  test::FakeServer dead;
  dead.start();
  const std::string address = dead.address();
  dead.stop();
  test::FakeServer good;
  reply_good(good).start();
  remoting::Client network({});
  for (int i = 0; i < 10; ++i) {
    NameServers servers(address + ";" + good.address(), network);
    ASSERT_TRUE(servers.ask(remoting::make_request(remoting::RequestCode::GetBrokerConfig),
                            std::chrono::hours(1)));
  }
}

}  // namespace
}  // namespace rocketmq::client
