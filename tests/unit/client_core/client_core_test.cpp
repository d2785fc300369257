#include "rocketmq/client/client_core.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "fake_server.hpp"
#include "rocketmq/client/cluster_queries.hpp"
#include "rocketmq/client/requests.hpp"
#include "rocketmq/protocol/queue_headers.hpp"

namespace rocketmq::client {
namespace {

using namespace std::chrono_literals;
using remoting::RemotingCommand;
using remoting::Reply;
using remoting::RequestCode;
using test::FakeServer;

/// Nothing listens there.
constexpr const char* no_server = "127.0.0.1:1";

/// A core and threads of its own, as a tool has them.
class ToolCore {
 public:
  explicit ToolCore(const std::string& name_servers)
      : threads_(std::make_shared<ClientThreads>()), core_(settings(name_servers), threads_) {
    core_.start();
  }
  ~ToolCore() {
    core_.stop();
    threads_->stop();
  }
  ClientCore& operator*() { return core_; }
  ClientCore* operator->() { return &core_; }

 private:
  static ClientSettings settings(const std::string& name_servers) {
    ClientSettings settings;
    settings.namesrv_addr = name_servers;
    settings.instance_name = "tool";
    return settings;
  }

  const std::shared_ptr<ClientThreads> threads_;
  ClientCore core_;
};

remoting::ClusterInfo one_broker(const std::string& address) {
  remoting::ClusterInfo info;
  info.broker_addr_table["broker-a"] = {"c", "broker-a", {{0, address}}};
  info.cluster_addr_table["c"] = {"broker-a"};
  return info;
}

TEST(ClientCore, AsksANameServerForTheClusterAndItsBrokerForItsFigures) {
  FakeServer broker;
  broker.on(RequestCode::GetBrokerRuntimeInfo, [](RemotingCommand&, Reply reply) {
    reply.body(encode_body(remoting::KvTable{{{"brokerVersion", "409"}}}));
  });
  broker.start();
  FakeServer name_server;
  name_server.on(RequestCode::GetBrokerClusterInfo, [&](RemotingCommand&, Reply reply) {
    reply.body(encode_body(one_broker(broker.address())));
  });
  name_server.start();

  ToolCore core(name_server.address());
  const auto cluster = query_cluster(*core, 3s);
  ASSERT_TRUE(cluster);
  const std::string address = cluster->broker_addr_table.at("broker-a").broker_addrs.at(0);
  const auto figures = query_runtime_info(*core, address, 3s);
  ASSERT_TRUE(figures);
  EXPECT_EQ(figures->table.at("brokerVersion"), "409");
}

TEST(ClientCore, ReadsTheHeaderOfAResponseAndSaysWhatItLacks) {
  FakeServer broker;
  broker.on(RequestCode::GetMaxOffset, [](RemotingCommand&, Reply reply) {
    reply(remoting::OffsetResponseHeader{.offset = 7});
  });
  broker.on(RequestCode::GetMinOffset, [](RemotingCommand&, Reply reply) { reply(); });
  broker.start();
  ToolCore core(no_server);
  const remoting::QueueRequestHeader queue{.topic = "T", .queueId = 0};
  const auto max = ask_broker<remoting::OffsetResponseHeader>(
      *core, broker.address(), make_request(RequestCode::GetMaxOffset, queue), 3s);
  ASSERT_TRUE(max);
  EXPECT_EQ(max->header.offset, 7);
  const auto min = ask_broker<remoting::OffsetResponseHeader>(
      *core, broker.address(), make_request(RequestCode::GetMinOffset, queue), 3s);
  ASSERT_FALSE(min);
  EXPECT_THAT(min.error().text,
              testing::AllOf(testing::HasSubstr(broker.address()), testing::HasSubstr("offset")));
}

TEST(ClientCore, MakesARefusalAFailureOfTheServer) {
  FakeServer broker;
  broker.on(RequestCode::GetBrokerRuntimeInfo, [](RemotingCommand&, Reply reply) {
    reply(Error{ResponseCode::NoPermission, "not for you"});
  });
  broker.start();
  ToolCore core(no_server);
  const auto figures = query_runtime_info(*core, broker.address(), 3s);
  ASSERT_FALSE(figures);
  EXPECT_EQ(figures.error().kind, FailureKind::Broker);
  EXPECT_EQ(figures.error().code, static_cast<int>(ResponseCode::NoPermission));
}

TEST(ClientCore, CallsBackWithATypedResponseWithoutWaiting) {
  FakeServer server;
  server.on(RequestCode::GetBrokerClusterInfo, [](RemotingCommand&, Reply reply) {
    reply.body(encode_body(one_broker("127.0.0.1:2")));
  });
  server.start();
  // The first one does not reply: the next is asked.
  for (const std::string& list : {server.address(), no_server + (";" + server.address())}) {
    ToolCore core(list);
    std::promise<Outcome<Response<>>> came;
    ask_name_server_async<NoHeader>(
        *core, remoting::make_request(RequestCode::GetBrokerClusterInfo), 3s,
        [&](Outcome<Response<>> response) { came.set_value(std::move(response)); });
    const auto cluster =
        read_body(came.get_future().get(), "the name server", remoting::decode_cluster_info);
    ASSERT_TRUE(cluster) << list;
    EXPECT_TRUE(cluster->broker_addr_table.contains("broker-a"));
  }
}

TEST(ClientCore, FailsARequestThatHasNoReplyByItsDeadline) {
  std::vector<Reply> held;
  FakeServer broker;
  broker.on(RequestCode::GetBrokerRuntimeInfo,
            [&](RemotingCommand&, Reply reply) { held.push_back(std::move(reply)); });
  broker.start();
  ToolCore core(no_server);
  const auto figures = query_runtime_info(*core, broker.address(), 50ms);
  ASSERT_FALSE(figures);
  EXPECT_EQ(figures.error().code, static_cast<int>(ResponseCode::RequestTimeout));
  broker.stop();
}

TEST(ClientCore, FailsWhatIsAskedAfterItsEnd) {
  ToolCore core(no_server);
  core->stop();
  EXPECT_EQ(query_cluster(*core, 3s).error().code, static_cast<int>(ResponseCode::ShutDown));
  std::promise<Outcome<Response<>>> came;
  ask_broker_async<NoHeader>(
      *core, no_server, remoting::make_request(RequestCode::GetBrokerRuntimeInfo), 3s,
      [&](Outcome<Response<>> response) { came.set_value(std::move(response)); });
  EXPECT_EQ(came.get_future().get().error().code, static_cast<int>(ResponseCode::ShutDown));
}

}  // namespace
}  // namespace rocketmq::client
