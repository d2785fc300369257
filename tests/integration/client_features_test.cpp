// What a client can do beside plain sending and consuming, against real mqnamesrv and mqbroker
// processes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include "client_cluster.hpp"
#include "http_server.hpp"
#include "rocketmq/ClientLogging.h"
#include "rocketmq/DefaultMQProducer.h"
#include "rocketmq/asio.hpp"

namespace rocketmq::test {
namespace {

using testing::HasSubstr;
using testing::SizeIs;
using testing::UnorderedElementsAre;

class ClientFeaturesTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    cluster_ = std::make_unique<Cluster>(1, "enablePropertyFilter=true\n");
  }
  static void TearDownTestSuite() { cluster_.reset(); }

  static std::unique_ptr<DefaultMQProducer> start_producer(
      const std::function<void(DefaultMQProducer&)>& configure = {}) {
    auto producer = std::make_unique<DefaultMQProducer>("producers");
    producer->setNamesrvAddr(cluster_->name_server());
    if (configure) configure(*producer);
    producer->start();
    return producer;
  }

  static std::unique_ptr<Cluster> cluster_;
};
std::unique_ptr<Cluster> ClientFeaturesTest::cluster_;

TEST_F(ClientFeaturesTest, AnAddressServerIsAskedForNameServersWhereNoneAreSet) {
  const HttpServer server(cluster_->name_server() + "\n");
  DefaultMQProducer producer("addressed_producers");
  producer.setNamesrvDomain(server.address());
  producer.start();
  EXPECT_EQ(producer.send(Message("TopicAddressed", "one")).getSendStatus(), SEND_OK);
  EXPECT_THAT(server.requests(), testing::ElementsAre("GET /rocketmq/nsaddr HTTP/1.1"));

  const HttpServer unused("");
  const auto other = start_producer(
      [&](DefaultMQProducer& settings) { settings.setNamesrvDomain(unused.address()); });
  EXPECT_EQ(other->send(Message("TopicAddressed", "two")).getSendStatus(), SEND_OK);
  EXPECT_THAT(unused.requests(), testing::IsEmpty());
}

TEST_F(ClientFeaturesTest, AConditionOnPropertiesSelectsMessages) {
  const auto producer = start_producer();
  for (int i = 0; i < 10; ++i) {
    Message message("TopicSql", "TagA", std::to_string(i));
    message.putUserProperty("number", std::to_string(i));
    producer->send(message);
  }
  producer->send(Message("TopicSql", "without the property"));
  TestConsumer consumer(cluster_->name_server(), "sql_group", "TopicSql", "*",
                        [](DefaultMQPushConsumer& settings) {
                          settings.subscribe("TopicSql", MessageSelector::bySql("number > 6"));
                        });
  ASSERT_TRUE(consumer.inbox.wait_for(3));
  EXPECT_THAT(consumer.inbox.bodies(), UnorderedElementsAre("7", "8", "9"));
}

TEST_F(ClientFeaturesTest, AConditionThatCannotBeReadMakesTheStartFailAndMayBeCorrected) {
  const auto producer = start_producer();
  producer->send(Message("TopicBadSql", "makes the topic"));
  // Only a topic whose brokers are known can be asked about.
  ASSERT_TRUE(
      eventually([&] { return !producer->fetchPublishMessageQueues("TopicBadSql").empty(); }));
  DefaultMQPushConsumer consumer("bad_sql_group");
  consumer.setNamesrvAddr(cluster_->name_server());
  consumer.registerMessageListener(
      [](const std::vector<MessageExt>&, ConsumeConcurrentlyContext&) { return CONSUME_SUCCESS; });
  consumer.subscribe("TopicBadSql", MessageSelector::bySql("number >"));
  try {
    consumer.start();
    FAIL() << "the condition is incomplete";
  } catch (const MQClientException& failure) {
    EXPECT_THAT(failure.what(), HasSubstr("number >"));
  }
  consumer.subscribe("TopicBadSql", MessageSelector::bySql("number > 1"));
  EXPECT_NO_THROW(consumer.start());
}

TEST_F(ClientFeaturesTest, ARequestGetsTheReplyOfItsConsumer) {
  const auto producer = start_producer();
  TestConsumer consumer(
      cluster_->name_server(), "answerers", "TopicRequest", "*",
      [&](DefaultMQPushConsumer& settings) {
        settings.registerMessageListener(
            [&](const std::vector<MessageExt>& messages, ConsumeConcurrentlyContext&) {
              for (const MessageExt& request : messages) {
                if (request.getBody() == "ignored") continue;
                producer->send(createReplyMessage(request, "answer to " + request.getBody()));
              }
              return CONSUME_SUCCESS;
            });
      });
  Message question("TopicRequest", "TagA", "question");
  EXPECT_EQ(producer->request(question, std::chrono::seconds(30)).getBody(), "answer to question");
  Message ignored("TopicRequest", "TagA", "ignored");
  EXPECT_THROW(producer->request(ignored, std::chrono::milliseconds(500)), RequestTimeoutException);
  EXPECT_THROW(createReplyMessage(Message("T", "no request"), "x"), MQClientException);
}

TEST_F(ClientFeaturesTest, ANameSpaceSetsTopicsAndGroupsApart) {
  const auto in_shop = [](ClientConfig& client) { client.setNamespace("shop"); };
  const auto inside = start_producer(in_shop);
  const auto outside = start_producer();
  const SendResult sent = inside->send(Message("TopicOfSpace", "inside"));
  EXPECT_EQ(sent.getMessageQueue().getTopic(), "TopicOfSpace");
  outside->send(Message("TopicOfSpace", "outside"));
  outside->send(Message("shop%TopicOfSpace", "by its whole name"));
  TestConsumer consumer(cluster_->name_server(), "space_group", "TopicOfSpace", "*", in_shop);
  ASSERT_TRUE(consumer.inbox.wait_for(2));
  EXPECT_THAT(consumer.inbox.bodies(), UnorderedElementsAre("inside", "by its whole name"));
  EXPECT_EQ(consumer.inbox.messages().front().getTopic(), "TopicOfSpace");
  EXPECT_THAT(consumer.consumer.fetchSubscribeMessageQueues("TopicOfSpace"),
              testing::Contains(sent.getMessageQueue()));
}

TEST_F(ClientFeaturesTest, TheVipChannelAndFaultToleranceSendToo) {
  const auto producer = start_producer([](DefaultMQProducer& settings) {
    settings.setVipChannelEnabled(true);
    settings.setSendLatencyFaultEnable(true);
  });
  for (int i = 0; i < 8; ++i) {
    EXPECT_EQ(producer->send(Message("TopicVip", std::to_string(i))).getSendStatus(), SEND_OK);
  }
  TestConsumer consumer(
      cluster_->name_server(), "vip_group", "TopicVip", "*",
      [](DefaultMQPushConsumer& settings) { settings.setVipChannelEnabled(true); });
  EXPECT_TRUE(consumer.inbox.wait_for(8));
}

TEST_F(ClientFeaturesTest, ASuspendedConsumerGetsNothingUntilItIsResumed) {
  const auto producer = start_producer();
  producer->send(Message("TopicSuspend", "before"));
  TestConsumer consumer(cluster_->name_server(), "suspend_group", "TopicSuspend");
  ASSERT_TRUE(consumer.inbox.wait_for(1));
  consumer.consumer.suspend();
  EXPECT_TRUE(consumer.consumer.isPause());
  consumer.consumer.resume();
  producer->send(Message("TopicSuspend", "after"));
  EXPECT_TRUE(consumer.inbox.wait_for(2));
}

boost::asio::awaitable<std::vector<std::string>> send_three(DefaultMQProducer& producer) {
  std::vector<std::string> ids;
  for (int i = 0; i < 3; ++i) {
    Message message("TopicAwaited", "TagA", std::to_string(i));
    const SendResult result =
        co_await producer.async_send(std::move(message), boost::asio::use_awaitable);
    ids.push_back(result.getMsgId());
  }
  co_return ids;
}

TEST_F(ClientFeaturesTest, ASendCanBeAwaited) {
  const auto producer = start_producer();
  boost::asio::io_context context;
  auto work = send_three(*producer);
  auto ids = boost::asio::co_spawn(context, std::move(work), boost::asio::use_future);
  context.run();
  EXPECT_THAT(ids.get(), SizeIs(3));
}

TEST_F(ClientFeaturesTest, AnAwaitedSendThrowsWhatTheSendWouldThrow) {
  const auto producer = start_producer();
  boost::asio::io_context context;
  auto refused = producer->async_send(Message("TopicAwaited", ""),
                                      boost::asio::bind_executor(context, boost::asio::use_future));
  context.run();
  EXPECT_THROW(refused.get(), MQClientException);
  producer->shutdown();
  boost::asio::io_context after;
  auto late = producer->async_send(Message("TopicAwaited", "late"),
                                   boost::asio::bind_executor(after, boost::asio::use_future));
  after.run();
  EXPECT_THROW(late.get(), MQClientException);
}

TEST(ClientLogging, GoesToTheDirectoryThatIsSet) {
  const TempDir directory;
  setLogPath(directory.text());
  setLogLevel(eLOG_LEVEL_DEBUG);
  EXPECT_EQ(getLogLevel(), eLOG_LEVEL_DEBUG);
  setLogLevel(eLOG_LEVEL_INFO);
  EXPECT_TRUE(std::filesystem::exists(directory / "rocketmq_client.log"));
  setLogPath(client_home().text());
}

}  // namespace
}  // namespace rocketmq::test
