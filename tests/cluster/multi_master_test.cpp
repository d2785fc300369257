// Two masters without slaves (conf/2m-noslave), our clients, and the death of one master.

#include <gmock/gmock.h>

#include <map>
#include <memory>
#include <set>
#include <string>

#include "client_cluster.hpp"
#include "nodes.hpp"
#include "tcp_proxy.hpp"

namespace rocketmq::test {
namespace {

using testing::Each;
using testing::Pair;
using testing::UnorderedElementsAre;

/// broker-a is published under an address of its own, so that its clients' connections go through
/// a proxy.
class MultiMasterTest : public testing::Test {
 protected:
  MultiMasterTest() {
    name_server_.start();
    start_a();
    start_b();
    producer_.setNamesrvAddr(name_server_.address());
    producer_.setPollNameServerInterval(200);
    producer_.setSendMsgTimeout(60'000);
    producer_.setInstanceName("producers");
  }
  ~MultiMasterTest() override { producer_.shutdown(); }

  void start_a() {
    a_.start(sample_configuration("2m-noslave/broker-a.properties") +
             "brokerIP1=" + published_host + "\nnamesrvAddr=" + name_server_.address() + "\n");
  }
  void start_b() {
    b_.start(sample_configuration("2m-noslave/broker-b.properties") +
             "namesrvAddr=" + name_server_.address() + "\n");
  }
  /// Made at both, and known: a send makes it at one of them first.
  void make_topic() {
    producer_.start();
    ASSERT_TRUE(eventually([this] { return brokers_of("TBW102").size() == 2; }));
    producer_.createTopic("TBW102", topic, 4);
    ASSERT_TRUE(eventually([this] { return brokers_of(topic).size() == 2; }));
  }
  std::map<std::string, int> brokers_of(const std::string& of) {
    std::map<std::string, int> queues;
    for (const MessageQueue& queue : producer_.fetchPublishMessageQueues(of))
      ++queues[queue.getBrokerName()];
    return queues;
  }
  /// Sends `count` messages, each of which must succeed; how many went where.
  std::map<std::string, int> send(int count) {
    std::map<std::string, int> sent;
    for (; count > 0; --count) {
      const SendResult result = producer_.send(Message(topic, std::to_string(next_++)));
      EXPECT_EQ(result.getSendStatus(), SEND_OK);
      ++sent[result.getMessageQueue().getBrokerName()];
    }
    return sent;
  }

  static constexpr const char* published_host = "127.0.0.2";
  const std::string topic = "TopicOfBoth";
  TempDir root_;
  NameServerNode name_server_{root_, "namesrv"};
  BrokerNode a_{root_, "broker-a"};
  BrokerNode b_{root_, "broker-b"};
  TcpProxy link_to_a_{
      {.listen_host = published_host, .listen_port = a_.port(), .server_port = a_.port()}};
  DefaultMQProducer producer_{"multi_master_producers"};
  int next_ = 0;
};

TEST_F(MultiMasterTest, ATopicIsSpreadOverBothMasters) {
  make_topic();
  EXPECT_THAT(brokers_of(topic), UnorderedElementsAre(Pair("broker-a", 4), Pair("broker-b", 4)));
  EXPECT_THAT(send(16), UnorderedElementsAre(Pair("broker-a", 8), Pair("broker-b", 8)));
  const TestConsumer consumer(name_server_.address(), "spread_group", topic);
  Inbox& inbox = const_cast<TestConsumer&>(consumer).inbox;
  ASSERT_TRUE(inbox.wait_for(16));
  std::map<std::string, int> queues;
  for (const MessageQueue& queue : inbox.queues()) ++queues[queue.getBrokerName()];
  EXPECT_THAT(queues, UnorderedElementsAre(Pair("broker-a", 4), Pair("broker-b", 4)));
}

TEST_F(MultiMasterTest, ADeadMastersQueuesAreAwayTheOthersGoOnAndItsMessagesComeWhenItReturns) {
  make_topic();
  const int at_a = send(16)["broker-a"];
  ASSERT_EQ(at_a, 8);
  a_.kill();
  EXPECT_THAT(send(32), UnorderedElementsAre(Pair("broker-b", 32)));
  ASSERT_TRUE(eventually([this] { return brokers_of(topic).size() == 1; }))
      << "the name server still knows the dead one's queues";
  TestConsumer consumer(
      name_server_.address(), "survivors_group", topic, "*",
      [](DefaultMQPushConsumer& settings) { settings.setPollNameServerInterval(200); });
  ASSERT_TRUE(consumer.inbox.wait_for(40));
  for (const MessageQueue& queue : consumer.inbox.queues())
    EXPECT_EQ(queue.getBrokerName(), "broker-b");

  start_a();
  ASSERT_TRUE(eventually([this] { return brokers_of(topic).size() == 2; }));
  ASSERT_TRUE(consumer.inbox.wait_for(48)) << "what the dead one had taken is not delivered";
  const auto bodies = consumer.inbox.bodies();
  EXPECT_EQ(std::set(bodies.begin(), bodies.end()).size(), 48U);
  ASSERT_TRUE(eventually([this] { return send(2).contains("broker-a"); }))
      << "it gets no messages any more";
}

TEST_F(MultiMasterTest, FaultAvoidanceLeavesOutAMasterThatHasFailed) {
  producer_.setSendLatencyFaultEnable(true);
  make_topic();
  send(16);
  link_to_a_.cut();
  EXPECT_THAT(send(16), UnorderedElementsAre(Pair("broker-b", 16)));
  // It could be reached again, and is in the routes; but it is better avoided for a while.
  link_to_a_.heal();
  EXPECT_THAT(send(32), UnorderedElementsAre(Pair("broker-b", 32)));
}

TEST_F(MultiMasterTest, WithoutFaultAvoidanceAMasterIsUsedAsSoonAsItIsReached) {
  make_topic();
  send(4);
  link_to_a_.cut();
  EXPECT_THAT(send(16), UnorderedElementsAre(Pair("broker-b", 16)));
  link_to_a_.heal();
  EXPECT_TRUE(eventually([this] { return send(2).contains("broker-a"); }));
}

TEST_F(MultiMasterTest, FaultAvoidanceLeavesOutAMasterThatIsSlow) {
  producer_.setSendLatencyFaultEnable(true);
  make_topic();
  // A send takes three seconds there; that keeps the broker out for three minutes.
  link_to_a_.limit(1'000);
  const std::string large(3'000, 'x');
  ASSERT_TRUE(comes_true([&] {
    return producer_.send(Message(topic, large)).getMessageQueue().getBrokerName() == "broker-a";
  }));
  link_to_a_.heal();
  EXPECT_THAT(send(32), UnorderedElementsAre(Pair("broker-b", 32)));
}

}  // namespace
}  // namespace rocketmq::test
