// Clients that are shut down or destroyed in callbacks and listeners: their own, which they would
// wait for, and those of others.
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "fake_broker.hpp"
#include "rocketmq/DefaultMQProducer.h"
#include "rocketmq/DefaultMQPushConsumer.h"

namespace rocketmq::client {
namespace {

using namespace std::chrono_literals;

/// Nothing listens there.
constexpr const char* dead_server = "127.0.0.1:1";

std::unique_ptr<DefaultMQProducer> producer_without_server(
    const std::string& group = "client_end", const std::string& instance = "DEFAULT") {
  auto producer = std::make_unique<DefaultMQProducer>(group);
  producer->setNamesrvAddr(dead_server);
  producer->setInstanceName(instance);
  producer->setMqClientApiTimeout(100ms);
  producer->start();
  return producer;
}

TEST(ClientEndDeathTest, OfAProducerInItsOwnCallbackAbortsWithTheReason) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_DEATH(
      {
        auto producer = producer_without_server();
        producer->sendNoWait(Message("T", "body"), nullptr,
                             [&](const MQException&) { producer.reset(); });
        std::this_thread::sleep_for(30s);
      },
      "a producer was destroyed in a callback or listener of its own");
}

TEST(ClientEndDeathTest, OfAConsumerInItsOwnListenerAbortsWithTheReason) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_DEATH(
      {
        test::FakeBroker broker(
            [](remoting::RemotingCommand&, remoting::Reply reply) {
              test::reply_one_message("T", 0, std::move(reply));
            },
            "127.0.0.1@client_end");
        auto consumer = std::make_unique<DefaultMQPushConsumer>("client_end");
        consumer->setNamesrvAddr(broker.address());
        consumer->setClientIP("127.0.0.1");
        consumer->setInstanceName("client_end");
        consumer->subscribe("T", "*");
        consumer->registerMessageListener([&](const std::vector<MessageExt>&) {
          consumer.reset();
          return CONSUME_SUCCESS;
        });
        consumer->start();
        std::this_thread::sleep_for(30s);
      },
      "a consumer was destroyed in a callback or listener of its own");
}

// The two share an instance, and so the one thread for its callbacks.
TEST(ClientEnd, OfAProducerInACallbackOfAnotherOneWithItsClientIdWaitsForItsCallbacks) {
  const auto one = producer_without_server("client_end_one", "client_end_shared");
  auto other = producer_without_server("client_end_other", "client_end_shared");
  bool has_other_called_back = false;
  std::promise<void> ended;
  one->sendNoWait(Message("T", "body"), nullptr, [&](const MQException&) {
    other->sendNoWait(Message("T", "body"), nullptr,
                      [&](const MQException&) { has_other_called_back = true; });
    EXPECT_NO_THROW(other->shutdown());
    EXPECT_TRUE(has_other_called_back);
    other.reset();
    ended.set_value();
  });
  ended.get_future().wait();
}

TEST(ClientEnd, OfAProducerInItsOwnCallbackIsRefused) {
  const auto producer = producer_without_server();
  std::promise<void> ended;
  producer->sendNoWait(Message("T", "body"), nullptr, [&](const MQException&) {
    EXPECT_THROW(producer->shutdown(), MQClientException);
    ended.set_value();
  });
  ended.get_future().wait();
}

}  // namespace
}  // namespace rocketmq::client
