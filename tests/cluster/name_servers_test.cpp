// Several name servers, of which some are dead, silent, or come back with nothing in memory.

#include <gmock/gmock.h>

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "client_cluster.hpp"
#include "nodes.hpp"
#include "tcp_proxy.hpp"

namespace rocketmq::test {
namespace {

class NameServersTest : public testing::Test {
 protected:
  NameServersTest() {
    for (NameServerNode& server : name_servers_) server.start();
    start(a_, "a");
    start(b_, "b");
  }
  void start(BrokerNode& broker, const std::string& letter) {
    start(broker, letter, all_of_them());
  }
  static void start(BrokerNode& broker, const std::string& letter, const std::string& servers) {
    broker.start(sample_configuration("2m-noslave/broker-" + letter + ".properties") +
                 "registerBrokerTimeoutMills=500\nnamesrvAddr=" + servers + "\n");
  }
  std::string all_of_them() const {
    std::string list;
    for (const NameServerNode& server : name_servers_) list += server.address() + ";";
    return list;
  }
  std::unique_ptr<DefaultMQProducer> start_producer(const std::string& name,
                                                    const std::string& servers = {}) const {
    auto producer = std::make_unique<DefaultMQProducer>("name_server_producers");
    producer->setNamesrvAddr(servers.empty() ? all_of_them() : servers);
    producer->setInstanceName(name);
    producer->setPollNameServerInterval(100);
    producer->setSendMsgTimeout(60'000);
    producer->start();
    return producer;
  }
  /// Whether this one name server knows the queues of both brokers.
  bool knows_both(const NameServerNode& server) const {
    DefaultMQProducer probe("name_server_probe");
    probe.setNamesrvAddr(server.address());
    probe.setInstanceName("probe of " + server.address());
    probe.start();
    std::set<std::string> brokers;
    for (const MessageQueue& queue : probe.fetchPublishMessageQueues(topic))
      brokers.insert(queue.getBrokerName());
    return brokers.size() == 2;
  }
  void make_topic(DefaultMQProducer& producer) {
    ASSERT_TRUE(eventually([&] {
      producer.createTopic("TBW102", topic, 4);
      return knows_both(name_servers_[0]) && knows_both(name_servers_[1]) &&
             knows_both(name_servers_[2]);
    }));
  }

  const std::string topic = "TopicOfNames";
  TempDir root_;
  std::array<NameServerNode, 3> name_servers_{NameServerNode{root_, "namesrv-1"},
                                              NameServerNode{root_, "namesrv-2"},
                                              NameServerNode{root_, "namesrv-3"}};
  BrokerNode a_{root_, "broker-a"};
  BrokerNode b_{root_, "broker-b"};
};

TEST_F(NameServersTest, KilledOneByOneUnderTrafficNoSendFails) {
  const auto producer = start_producer("traffic");
  ASSERT_NO_FATAL_FAILURE(make_topic(*producer));
  TestConsumer consumer(all_of_them(), "name_server_group", topic);
  std::atomic<bool> is_over = false;
  std::atomic<int> sent = 0;
  std::vector<std::string> failures;
  std::thread traffic([&] {
    while (!is_over) {
      try {
        const auto result = producer->send(Message(topic, std::to_string(sent)));
        if (result.getSendStatus() != SEND_OK) failures.push_back("a status other than SEND_OK");
        ++sent;
      } catch (const MQException& failure) {
        failures.emplace_back(failure.what());
      }
    }
  });
  const auto go_on_for = [&sent](int messages) {
    const int enough = sent + messages;
    return comes_true([&] { return sent >= enough; });
  };
  for (NameServerNode& server : name_servers_) {
    EXPECT_TRUE(go_on_for(300));
    server.kill();
  }
  EXPECT_TRUE(go_on_for(300)) << "known routes serve without a name server";
  for (NameServerNode& server : name_servers_) {
    server.start();
    EXPECT_TRUE(go_on_for(100));
  }
  is_over = true;
  traffic.join();
  EXPECT_THAT(failures, testing::IsEmpty());
  EXPECT_TRUE(consumer.inbox.wait_for(static_cast<std::size_t>(sent.load())));
  // They have begun with empty tables; the brokers tell them again.
  for (const NameServerNode& server : name_servers_)
    EXPECT_TRUE(eventually([&] { return knows_both(server); }));
}

TEST_F(NameServersTest, TwoDeadOnesOfThreeAreEnoughForNewClientsAndTopics) {
  const auto producer = start_producer("first");
  ASSERT_NO_FATAL_FAILURE(make_topic(*producer));
  name_servers_[0].kill();
  name_servers_[1].kill();
  const auto late = start_producer("late");
  EXPECT_EQ(late->send(Message(topic, "of a new client")).getSendStatus(), SEND_OK);
  EXPECT_EQ(late->send(Message("TopicOfLate", "of a new topic")).getSendStatus(), SEND_OK);
  TestConsumer consumer(all_of_them(), "late_group", topic);
  EXPECT_TRUE(consumer.inbox.wait_for(1));
}

TEST_F(NameServersTest, SilentOnesAreLeftAloneByNewClients) {
  const auto producer = start_producer("first");
  ASSERT_NO_FATAL_FAILURE(make_topic(*producer));
  EXPECT_EQ(producer->send(Message(topic, "before")).getSendStatus(), SEND_OK);
  name_servers_[0].pause();
  name_servers_[1].pause();
  const auto late = start_producer("late");
  EXPECT_EQ(late->send(Message(topic, "of a new client")).getSendStatus(), SEND_OK);
  EXPECT_EQ(producer->send(Message(topic, "of one that knows")).getSendStatus(), SEND_OK);
  name_servers_[0].resume();
  name_servers_[1].resume();
}

TEST_F(NameServersTest, ABrokerThatIsCutOffFromOneOfThemIsKnownToTheOthersAndLaterToIt) {
  TcpProxy link({.server_port = name_servers_[0].port()});
  const std::string others = name_servers_[1].address() + ";" + name_servers_[2].address();
  EXPECT_EQ(a_.stop(), 0);
  EXPECT_EQ(b_.stop(), 0);
  start(a_, "a", link.address() + ";" + others);
  start(b_, "b", link.address() + ";" + others);
  link.hold_both();
  const auto producer = start_producer("cut off", others);
  EXPECT_TRUE(eventually([&] {
    producer->createTopic("TBW102", topic, 4);
    return knows_both(name_servers_[1]) && knows_both(name_servers_[2]);
  }));
  EXPECT_EQ(producer->send(Message(topic, "meanwhile")).getSendStatus(), SEND_OK);
  EXPECT_THROW(knows_both(name_servers_[0]), MQException) << "it knows of the topic";
  link.heal();
  EXPECT_TRUE(eventually([&] { return knows_both(name_servers_[0]); }));
}

}  // namespace
}  // namespace rocketmq::test
