#include "address_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>
#include <vector>

#include "http_server.hpp"
#include "rocketmq/client/name_servers.hpp"

namespace rocketmq::client {
namespace {

using std::chrono::milliseconds;
using test::HttpServer;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr milliseconds patience{20'000};

TEST(AddressServer, AnswersTheListAtTheSubgroupsPath) {
  HttpServer server("10.0.0.1:9876;10.0.0.2:9876\n");
  AddressServer asked(server.address(), "nsaddr", "");
  const auto list = asked.ask(patience);
  ASSERT_TRUE(list) << list.error().text;
  EXPECT_EQ(*list, "10.0.0.1:9876;10.0.0.2:9876");
  EXPECT_THAT(server.requests(), ElementsAre("GET /rocketmq/nsaddr HTTP/1.1"));
}

TEST(AddressServer, AsksForAUnitsListByItsName) {
  HttpServer server("10.0.0.1:9876");
  AddressServer asked(server.address(), "east", "unit7");
  EXPECT_TRUE(asked.ask(patience));
  EXPECT_THAT(server.requests(), ElementsAre("GET /rocketmq/east-unit7?nofix=1 HTTP/1.1"));
}

TEST(AddressServer, SaysWhyThereIsNoList) {
  HttpServer server("not here", "404 Not Found");
  AddressServer asked(server.address(), "nsaddr", "");
  const auto list = asked.ask(patience);
  ASSERT_FALSE(list);
  EXPECT_THAT(list.error().text, HasSubstr("http://" + server.address() + "/rocketmq/nsaddr"));
  EXPECT_THAT(list.error().text, HasSubstr("404"));
}

TEST(AddressServer, SaysWhenNobodyListens) {
  std::string nobody;
  {
    const test::RawListener listener;
    nobody = listener.address();
  }
  EXPECT_FALSE(AddressServer(nobody, "nsaddr", "").ask(patience));
}

TEST(AddressServer, GivesUpOnAServerThatDoesNotAnswer) {
  const test::RawListener silent;
  AddressServer asked(silent.address(), "nsaddr", "");
  const auto list = asked.ask(milliseconds(50));
  ASSERT_FALSE(list);
  EXPECT_THAT(list.error().text, HasSubstr("no answer in time"));
}

TEST(AddressServer, RefusesAListWithoutEnd) {
  HttpServer server(std::string(1'000'000, 'a'));
  EXPECT_FALSE(AddressServer(server.address(), "nsaddr", "").ask(patience));
}

TEST(AddressServer, FailsWhatIsUnderWayAndWhatFollowsWhenItIsCancelled) {
  test::RawListener silent;
  AddressServer asked(silent.address(), "nsaddr", "");
  auto under_way = std::async(std::launch::async, [&] { return asked.ask(std::chrono::hours(1)); });
  const auto connection = silent.accept();
  asked.cancel();
  EXPECT_FALSE(under_way.get());
  EXPECT_FALSE(asked.ask(std::chrono::hours(1)));
}

TEST(NameServersOfAnAddressServer, AreAskedForWhenTheFirstOneIsNeeded) {
  HttpServer server("127.0.0.1:1;127.0.0.1:2");
  remoting::Client network({});
  NameServers servers("", network, std::make_unique<AddressServer>(server.address(), "nsaddr", ""));
  EXPECT_THAT(servers.addresses(), IsEmpty());
  EXPECT_FALSE(servers.ask({}, patience)) << "there is no name server at these ports";
  EXPECT_THAT(servers.addresses(), ElementsAre("127.0.0.1:1", "127.0.0.1:2"));
}

TEST(NameServersOfAnAddressServer, AreAskedForOnceByThreadsThatNeedOneAtTheSameTime) {
  HttpServer server("127.0.0.1:1");
  remoting::Client network({});
  NameServers servers("", network, std::make_unique<AddressServer>(server.address(), "nsaddr", ""));
  std::vector<std::future<bool>> asking;
  for (int i = 0; i < 8; ++i) {
    asking.push_back(
        std::async(std::launch::async, [&] { return servers.ask({}, patience).has_value(); }));
  }
  for (auto& one : asking) EXPECT_FALSE(one.get()) << "there is no name server at this port";
  EXPECT_THAT(server.requests(), testing::SizeIs(1));
}

TEST(NameServersOfAnAddressServer, ChangeWithTheListAndStayWithoutOne) {
  HttpServer server("127.0.0.1:1");
  remoting::Client network({});
  NameServers servers("", network, std::make_unique<AddressServer>(server.address(), "nsaddr", ""));
  servers.look_up(patience);
  EXPECT_THAT(servers.addresses(), ElementsAre("127.0.0.1:1"));
  server.set_body("127.0.0.1:2");
  servers.look_up(patience);
  EXPECT_THAT(servers.addresses(), ElementsAre("127.0.0.1:2"));
  for (const char* no_list : {"", "<html>It works!</html>"}) {
    server.set_body(no_list);
    servers.look_up(patience);
    EXPECT_THAT(servers.addresses(), ElementsAre("127.0.0.1:2")) << no_list;
  }
}

}  // namespace
}  // namespace rocketmq::client
