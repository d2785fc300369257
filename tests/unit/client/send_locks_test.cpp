// How many locks an asynchronous send takes on the thread that sends.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <pthread.h>

#include <algorithm>
#include <future>
#include <latch>
#include <memory>
#include <string>
#include <vector>

#include "fake_server.hpp"
#include "instance/client_instance.hpp"
#include "rocketmq/DefaultMQProducer.h"
#include "rocketmq/protocol/route_data.hpp"
#include "rocketmq/protocol/send_headers.hpp"

#if !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)

namespace {

thread_local int locks_taken = 0;

}  // namespace

/// Counts the locks of this thread. What std::mutex of the program's own code calls.
extern "C" int pthread_mutex_lock(pthread_mutex_t* mutex) noexcept {
  using Lock = int (*)(pthread_mutex_t*);
  static const auto lock = reinterpret_cast<Lock>(::dlsym(RTLD_NEXT, "pthread_mutex_lock"));
  ++locks_taken;
  return lock(mutex);
}

namespace rocketmq::client {
namespace {

using namespace std::chrono_literals;
using remoting::RemotingCommand;
using remoting::Reply;
using remoting::RequestCode;

/// A name server and broker that takes every message.
class OneServer {
 public:
  OneServer() {
    server_.on(RequestCode::GetRouteInfoByTopic, [this](RemotingCommand&, Reply reply) {
      remoting::TopicRouteData route;
      route.queue_datas.push_back({"broker-a", 4, 4, 6, 0});
      route.broker_datas.push_back({"c", "broker-a", {{0, server_.address()}}});
      reply.body(encode_body(route));
    });
    server_.on(RequestCode::HeartBeat, [](RemotingCommand&, Reply reply) { reply(); });
    server_.on(RequestCode::UnregisterClient, [](RemotingCommand&, Reply reply) { reply(); });
    server_.on(RequestCode::SendMessageV2, [](RemotingCommand&, Reply reply) {
      reply(remoting::SendMessageResponseHeader{.msgId = "M", .queueId = 0, .queueOffset = 0});
    });
    server_.start();
  }
  std::string address() const { return server_.address(); }

 private:
  test::FakeServer server_;
};

TEST(SendLocks, AreThoseOfTheSpareSendsTheLimitAndTheConnectionOnly) {
  OneServer server;
  DefaultMQProducer producer("send_locks");
  producer.setNamesrvAddr(server.address());
  producer.setInstanceName("send_locks");
  producer.start();
  producer.send(Message("T", "makes the route and the connection known"));

  // The I/O thread is kept busy, so that no send has to wake it.
  ClientSettings settings;
  settings.instance_name = "send_locks";
  const auto instance = ClientInstance::join(settings);
  std::latch is_busy(1);
  std::promise<void> released;
  instance->network().invoke_async(server.address(), remoting::make_request(RequestCode::HeartBeat),
                                   30s, [&](const auto&) {
                                     is_busy.count_down();
                                     released.get_future().wait();
                                   });
  is_busy.wait();

  std::vector<int> locks;
  std::latch all_sent(10);
  for (int i = 0; i < 10; ++i) {
    Message message("T", "body");
    const int before = locks_taken;
    producer.send(
        message, [&](const SendResult&) { all_sent.count_down(); },
        [&](const MQException&) { all_sent.count_down(); });
    locks.push_back(locks_taken - before);
  }
  released.set_value();
  all_sent.wait();
  ClientInstance::leave(instance);
  // The first one says that there is something to fetch.
  EXPECT_EQ(std::vector<int>(locks.begin() + 1, locks.end()), std::vector<int>(9, 3));
  EXPECT_GE(locks.front(), 3);
}

}  // namespace
}  // namespace rocketmq::client

#endif
