// Bodies that clients compress in each way, and what becomes of those that cannot be read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <mutex>
#include <set>

#include "client_cluster.hpp"
#include "rocketmq/DefaultLitePullConsumer.h"
#include "rocketmq/DefaultMQPullConsumer.h"
#include "rocketmq/common/sys_flag.hpp"
#include "rocketmq/protocol/group_headers.hpp"
#include "rocketmq/protocol/send_headers.hpp"
#include "rocketmq/remoting/client.hpp"

namespace rocketmq::test {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

class ClientCompressionTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    // A retry comes after a second instead of ten.
    shared_ = std::make_unique<Cluster>(1, "messageDelayLevel=1s 1s 1s 1s 1s 1s\n");
  }
  static void TearDownTestSuite() { shared_.reset(); }
  static const Cluster& cluster() { return *shared_; }

  static std::unique_ptr<DefaultMQProducer> start_producer(
      CompressionType type = CompressionType::ZLIB) {
    auto producer =
        std::make_unique<DefaultMQProducer>("compressing_" + std::string(toString(type)));
    producer->setNamesrvAddr(cluster().name_server());
    producer->setCompressType(type);
    producer->start();
    return producer;
  }

  /// A message of a client that compresses in a way that nothing here knows.
  static void send_unreadable(const std::string& topic, std::int32_t queue_id = 0) {
    remoting::Client network({});
    remoting::SendMessageRequestHeader header;
    header.producerGroup = "of_another_kind";
    header.topic = topic;
    header.defaultTopic = "TBW102";
    header.defaultTopicQueueNums = 1;
    header.queueId = queue_id;
    header.sysFlag = sys_flag::compressed | 0x500;
    header.properties = "UNIQ_KEY\x01UNREADABLE\x02";
    auto request = remoting::make_request(remoting::RequestCode::SendMessage, header);
    request.body = "compressed in an unknown way";
    ASSERT_TRUE(network.call(cluster().broker_address(0), std::move(request), 5s));
  }

  static std::unique_ptr<Cluster> shared_;
};
std::unique_ptr<Cluster> ClientCompressionTest::shared_;

TEST_F(ClientCompressionTest, BodiesOfEachTypeArriveAsTheyWereSent) {
  const std::string body(100'000, 'x');
  TestConsumer consumer(cluster().name_server(), "compression_group", "TopicCompression");
  for (const CompressionType type :
       {CompressionType::ZLIB, CompressionType::LZ4, CompressionType::ZSTD}) {
    const auto producer = start_producer(type);
    producer->send(Message("TopicCompression", toString(type), body + toString(type)));
  }
  ASSERT_TRUE(consumer.inbox.wait_for(3));
  for (const MessageExt& message : consumer.inbox.messages()) {
    EXPECT_EQ(message.getBody(), body + message.getTags());
    EXPECT_LT(message.getStoreSize(), 10'000) << "it travels compressed";
  }
}

TEST_F(ClientCompressionTest, APushConsumerIsToldOfAnUnreadableBodyAgainAndAgainAndNeverSeesIt) {
  const auto producer = start_producer();
  producer->send(Message("TopicUnreadable", "before"));
  std::promise<void> came_again;
  std::mutex mutex;
  int reports = 0;  // guarded by mutex
  TestConsumer consumer(cluster().name_server(), "unreadable_group", "TopicUnreadable", "*",
                        [&](DefaultMQPushConsumer& configured) {
                          configured.setErrorListener([&](const MQException& failure) {
                            EXPECT_THAT(failure.what(), HasSubstr("message UNREADABLE"));
                            EXPECT_THAT(failure.what(),
                                        HasSubstr("the type of compression 5 is unknown"));
                            const std::scoped_lock lock(mutex);
                            if (++reports == 2) came_again.set_value();
                          });
                        });
  send_unreadable("TopicUnreadable");
  producer->send(Message("TopicUnreadable", "after"));
  ASSERT_EQ(came_again.get_future().wait_for(Inbox::patience), std::future_status::ready);
  ASSERT_TRUE(consumer.inbox.wait_for(2));
  EXPECT_THAT(consumer.inbox.bodies(), testing::UnorderedElementsAre("before", "after"));
  consumer.consumer.shutdown();
}

TEST_F(ClientCompressionTest, APullThrowsAtAnUnreadableBodyAndGoesOnBehindIt) {
  const auto producer = start_producer();
  producer->createTopic("TBW102", "TopicPullUnreadable", 1);
  ASSERT_TRUE(eventually(
      [&] { return !producer->fetchPublishMessageQueues("TopicPullUnreadable").empty(); }));
  const MessageQueue queue = producer->fetchPublishMessageQueues("TopicPullUnreadable").front();
  producer->send(Message("TopicPullUnreadable", "first"), queue);
  send_unreadable("TopicPullUnreadable");
  producer->send(Message("TopicPullUnreadable", "last"), queue);
  DefaultMQPullConsumer consumer("pull_unreadable_group");
  consumer.setNamesrvAddr(cluster().name_server());
  consumer.start();
  ASSERT_TRUE(eventually([&] { return consumer.maxOffset(queue) == 3; }));
  const PullResult first = consumer.pull(queue, "*", 0, 32);
  ASSERT_EQ(first.getMsgFoundList().size(), 1U) << "what precedes it";
  EXPECT_EQ(first.getNextBeginOffset(), 1);
  try {
    consumer.pull(queue, "*", first.getNextBeginOffset(), 32);
    ADD_FAILURE() << "the unreadable message was delivered";
  } catch (const MQClientException& failure) {
    EXPECT_THAT(failure.what(), HasSubstr("at offset 1 of queue 0"));
  }
  EXPECT_EQ(consumer.pull(queue, "*", 2, 32).getMsgFoundList().front().getBody(), "last");

  DefaultLitePullConsumer lite("lite_unreadable_group");
  lite.setNamesrvAddr(cluster().name_server());
  lite.setConsumeFromWhere(CONSUME_FROM_FIRST_OFFSET);
  lite.subscribe("TopicPullUnreadable", "*");
  lite.start();
  std::vector<std::string> bodies;
  int failures = 0;
  EXPECT_TRUE(eventually([&] {
    try {
      for (const MessageExt& message : lite.poll(1s)) bodies.push_back(message.getBody());
    } catch (const MQClientException&) {
      ++failures;
    }
    return bodies.size() == 2;
  }));
  EXPECT_THAT(bodies, testing::ElementsAre("first", "last"));
  EXPECT_EQ(failures, 1);
}

TEST(ClientConditionTest, AWrongOneStopsTheStartWhereABrokerCanBeAsked) {
  const Cluster cluster(1, "enablePropertyFilter=true\n");
  DefaultMQPushConsumer consumer("condition_group");
  consumer.setNamesrvAddr(cluster.name_server());
  consumer.subscribe("TopicOfLater", MessageSelector::bySql("a >"));
  consumer.registerMessageListener([](const std::vector<MessageExt>&) { return CONSUME_SUCCESS; });
  try {
    consumer.start();
    ADD_FAILURE() << "the condition was taken";
  } catch (const MQClientException& failure) {
    EXPECT_THAT(failure.what(), HasSubstr("a >"));
  }
  consumer.subscribe("TopicOfLater", MessageSelector::bySql("a > 1"));
  EXPECT_NO_THROW(consumer.start());
}

TEST(ClientConditionTest, AWrongOneIsReportedOnceTheTopicHasARoute) {
  const Cluster cluster(1, "enablePropertyFilter=true\nautoCreateTopicEnable=false\n");
  std::promise<std::string> reported;
  DefaultMQPushConsumer consumer("condition_group");
  consumer.setNamesrvAddr(cluster.name_server());
  consumer.subscribe("TopicOfLater", MessageSelector::bySql("a >"));
  consumer.registerMessageListener([](const std::vector<MessageExt>&) { return CONSUME_SUCCESS; });
  consumer.setErrorListener(
      [&](const MQException& failure) { reported.set_value(failure.what()); });
  consumer.start();  // no broker is known that could be asked
  remoting::Client network({});
  remoting::CreateTopicRequestHeader header;
  header.topic = "TopicOfLater";
  header.defaultTopic = "TBW102";
  header.readQueueNums = 1;
  header.writeQueueNums = 1;
  header.topicFilterType = "SINGLE_TAG";
  ASSERT_TRUE(network.call(
      cluster.broker_address(0),
      remoting::make_request(remoting::RequestCode::UpdateAndCreateTopic, header), 5s));
  auto report = reported.get_future();
  ASSERT_EQ(report.wait_for(Inbox::patience), std::future_status::ready);
  EXPECT_THAT(report.get(), HasSubstr("a >"));
}

}  // namespace
}  // namespace rocketmq::test
