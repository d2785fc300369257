#include "instance/client_instance.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "fake_server.hpp"
#include "rocketmq/protocol/route_data.hpp"

namespace rocketmq::client {
namespace {

using namespace std::chrono_literals;
using remoting::RemotingCommand;
using remoting::Reply;
using remoting::RequestCode;

class Member final : public ProducerMember {
 public:
  const std::string& group() const override { return group_; }
  void check_transaction(const std::string&, MessageExt,
                         const remoting::CheckTransactionStateRequestHeader&) override {}

 private:
  const std::string group_ = "instance_test";
};

TEST(ClientInstance, LeavesABrokerAfterTheHeartbeatThatPresentsTheGroup) {
  // The broker works on a heartbeat for long, as on a large one, which has a thread of its own.
  std::promise<void> heartbeat_came;
  std::promise<void> left;
  std::mutex mutex;
  Reply heartbeat;            // guarded by mutex
  bool is_presented = false;  // guarded by mutex
  bool left_too_early = false;
  test::FakeServer broker;
  broker.on(RequestCode::HeartBeat, [&](RemotingCommand&, Reply reply) {
    const std::scoped_lock lock(mutex);
    if (is_presented) return reply();
    heartbeat = std::move(reply);
    heartbeat_came.set_value();
  });
  broker.on(RequestCode::UnregisterClient, [&](RemotingCommand&, Reply reply) {
    const std::scoped_lock lock(mutex);
    left_too_early = !is_presented;
    left.set_value();
    reply();
  });
  broker.start();

  ClientSettings settings;
  settings.instance_name = "instance_test";
  settings.api_timeout = 30s;
  const auto instance = ClientInstance::join(settings);
  remoting::TopicRouteData route;
  route.broker_datas.push_back({"c", "broker-a", {{0, broker.address()}}});
  instance->routes().apply("T", route);
  ASSERT_TRUE(instance->add(std::make_shared<Member>()));
  heartbeat_came.get_future().wait();

  std::thread leaving([&] { instance->remove_producer("instance_test"); });
  auto has_left = left.get_future();
  // One that does not wait for the heartbeat comes meanwhile.
  EXPECT_EQ(has_left.wait_for(200ms), std::future_status::timeout);
  {
    const std::scoped_lock lock(mutex);
    is_presented = true;
    heartbeat();
  }
  has_left.wait();
  leaving.join();
  EXPECT_FALSE(left_too_early);
  ClientInstance::leave(instance);
}

}  // namespace
}  // namespace rocketmq::client
