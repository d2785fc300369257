// Scenarios of the tutorial that the other tests of the client do not cover, against real mqnamesrv
// and mqbroker processes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <map>
#include <sstream>

#include "client_cluster.hpp"
#include "rocketmq/DefaultMQProducer.h"

namespace rocketmq::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ClientTutorialTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    cluster_ = std::make_unique<Cluster>(1, "enablePropertyFilter=true\n");
  }
  static void TearDownTestSuite() { cluster_.reset(); }

  static void send_numbered(const std::string& topic, int count) {
    DefaultMQProducer producer("quickstart_producer");
    producer.setNamesrvAddr(cluster_->name_server());
    producer.start();
    for (int i = 0; i < count; ++i) producer.send(Message(topic, "TagA", std::to_string(i)));
  }
  /// The exit status of an example that ends by itself.
  static int run_example(const std::string& name, std::string& output) {
    const auto example = cluster_->run("examples/" + name, {cluster_->name_server()});
    const auto status = example->wait(std::chrono::minutes(2));
    output = example->output() + example->error_output();
    return status.value_or(-1);
  }

  static std::unique_ptr<Cluster> cluster_;
};
std::unique_ptr<Cluster> ClientTutorialTest::cluster_;

/// The numbers of one tag's messages in the order in which an example printed them.
std::vector<int> numbers_of(const std::string& output, const std::string& tag) {
  std::vector<int> numbers;
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) {
    const auto at = line.rfind("Hello RocketMQ ");
    if (line.find("tags : " + tag) != std::string::npos && at != std::string::npos) {
      numbers.push_back(std::stoi(line.substr(at + 15)));
    }
  }
  return numbers;
}

TEST_F(ClientTutorialTest, TheStepsOfEachOrderAreConsumedInTheirSequence) {
  const auto consumer = cluster_->run("examples/ordered_consumer", {cluster_->name_server()});
  ASSERT_TRUE(consumer->wait_for_line("Consumer Started."));
  std::string sent;
  ASSERT_EQ(run_example("ordered_producer", sent), 0) << sent;
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(consumer->wait_for_line("msg : Hello RocketMQ " + std::to_string(i))) << i;
  }
  EXPECT_EQ(consumer->stop(), 0);
  EXPECT_THAT(numbers_of(consumer->output(), "TagA"), ElementsAre(0, 3, 6, 9, 12, 15, 18));
  EXPECT_THAT(numbers_of(consumer->output(), "TagB"), ElementsAre(1, 4, 7, 10, 13, 16, 19));
  EXPECT_THAT(numbers_of(consumer->output(), "TagC"), ElementsAre(2, 5, 8, 11, 14, 17));
}

TEST_F(ClientTutorialTest, TheExamplesThatEndByThemselvesSucceed) {
  std::string output;
  EXPECT_EQ(run_example("delayed", output), 0) << output;
  EXPECT_THAT(output, HasSubstr("ms after it was made"));
  EXPECT_EQ(run_example("sql_filter", output), 0) << output;
  EXPECT_THAT(output, HasSubstr("number 9"));
  EXPECT_EQ(run_example("trace", output), 0) << output;
  EXPECT_THAT(output, HasSubstr("TopicTraced"));
  EXPECT_EQ(run_example("request_reply", output), 0) << output;
  EXPECT_THAT(output, HasSubstr("answer to the question"));
}

TEST_F(ClientTutorialTest, ABatchSizeOfTenGivesTheListenerUpToTenMessagesOfABacklog) {
  send_numbered("TopicBatchSize", 200);
  std::atomic<std::size_t> largest{0};
  std::atomic<std::size_t> total{0};
  DefaultMQPushConsumer consumer("batch_size_group");
  consumer.setNamesrvAddr(cluster_->name_server());
  consumer.setConsumeFromWhere(CONSUME_FROM_FIRST_OFFSET);
  consumer.setConsumeMessageBatchMaxSize(10);
  consumer.subscribe("TopicBatchSize", "*");
  consumer.registerMessageListener(
      [&](const std::vector<MessageExt>& messages, ConsumeConcurrentlyContext&) {
        std::size_t known = largest;
        while (known < messages.size() && !largest.compare_exchange_weak(known, messages.size())) {
        }
        total += messages.size();
        return CONSUME_SUCCESS;
      });
  consumer.start();
  ASSERT_TRUE(eventually([&] { return total >= 200; }));
  EXPECT_GT(largest, 1U);
  EXPECT_LE(largest, 10U);
}

TEST_F(ClientTutorialTest, ALowThresholdForTheTopicHoldsNothingBackForEver) {
  send_numbered("TopicThreshold", 400);
  std::promise<void> go_on;
  const std::shared_future<void> may_go_on = go_on.get_future().share();
  std::atomic<int> total{0};
  DefaultMQPushConsumer consumer("threshold_group");
  consumer.setNamesrvAddr(cluster_->name_server());
  consumer.setConsumeFromWhere(CONSUME_FROM_FIRST_OFFSET);
  consumer.setConsumeThreadCount(1);
  consumer.setPullThresholdForTopic(8);
  consumer.setPullBatchSize(1);
  consumer.subscribe("TopicThreshold", "*");
  consumer.registerMessageListener(
      [&](const std::vector<MessageExt>& messages, ConsumeConcurrentlyContext&) {
        may_go_on.wait();
        total += static_cast<int>(messages.size());
        return CONSUME_SUCCESS;
      });
  consumer.start();
  go_on.set_value();
  EXPECT_TRUE(eventually([&] { return total >= 400; }));
}

TEST_F(ClientTutorialTest, GroupNamesAreMandatoryAndTheDefaultOnesRefused) {
  for (const char* const name : {"", "DEFAULT_PRODUCER", "a group"}) {
    DefaultMQProducer producer(name);
    EXPECT_THROW(producer.start(), MQClientException) << name;
  }
  for (const char* const name : {"", "DEFAULT_CONSUMER", "a group"}) {
    DefaultMQPushConsumer consumer(name);
    consumer.registerMessageListener([](const std::vector<MessageExt>&,
                                        ConsumeConcurrentlyContext&) { return CONSUME_SUCCESS; });
    EXPECT_THROW(consumer.start(), MQClientException) << name;
  }
}

TEST_F(ClientTutorialTest, OneConsumerSubscribesSeveralTopics) {
  send_numbered("TopicSeveralA", 3);
  send_numbered("TopicSeveralB", 3);
  TestConsumer consumer(cluster_->name_server(), "several_group", "TopicSeveralA", "*",
                        [](DefaultMQPushConsumer& c) { c.subscribe("TopicSeveralB", "TagA"); });
  ASSERT_TRUE(eventually([&] { return consumer.inbox.size() >= 6; }));
  std::map<std::string, int> of_topic;
  for (const MessageExt& message : consumer.inbox.messages()) ++of_topic[message.getTopic()];
  EXPECT_THAT(of_topic,
              ElementsAre(testing::Pair("TopicSeveralA", 3), testing::Pair("TopicSeveralB", 3)));
}

/// Gives every message the same answer.
class SameAnswer : public MessageListenerOrderly {
 public:
  explicit SameAnswer(ConsumeOrderlyStatus answer) : answer_(answer) {}
  ConsumeOrderlyStatus consumeMessage(const std::vector<MessageExt>& messages,
                                      ConsumeOrderlyContext& context) override {
    context.setAutoCommit(true);
    for (const MessageExt& message : messages) inbox.add(message);
    return answer_;
  }
  Inbox inbox;

 private:
  const ConsumeOrderlyStatus answer_;
};

TEST_F(ClientTutorialTest, ATopicOfOneQueueIsConsumedInTheOrderOfAllItsMessages) {
  DefaultMQProducer producer("quickstart_producer");
  producer.setNamesrvAddr(cluster_->name_server());
  producer.setDefaultTopicQueueNums(1);
  producer.start();
  std::vector<std::string> sent;
  for (int i = 0; i < 60; ++i) {
    sent.push_back(std::to_string(i));
    producer.send(Message("TopicTotalOrder", "Tag" + std::to_string(i % 3), sent.back()));
  }
  ASSERT_TRUE(eventually(
      [&] { return producer.fetchPublishMessageQueues("TopicTotalOrder").size() == 1; }));
  SameAnswer listener(ConsumeOrderlyStatus::SUCCESS);
  TestConsumer consumer(cluster_->name_server(), "total_order_group", "TopicTotalOrder", "*",
                        [&](DefaultMQPushConsumer& c) { c.registerMessageListener(&listener); });
  ASSERT_TRUE(listener.inbox.wait_for(60));
  consumer.consumer.shutdown();
  EXPECT_EQ(listener.inbox.bodies(), sent);
}

TEST_F(ClientTutorialTest, ARollbackOfAListenerThatCommitsByItselfCountsAsConsumed) {
  send_numbered("TopicRolledBack", 5);
  SameAnswer listener(ConsumeOrderlyStatus::ROLLBACK);
  {
    TestConsumer consumer(cluster_->name_server(), "rolled_back_group", "TopicRolledBack", "*",
                          [&](DefaultMQPushConsumer& c) { c.registerMessageListener(&listener); });
    ASSERT_TRUE(listener.inbox.wait_for(5));
  }
  EXPECT_EQ(listener.inbox.size(), 5U);
  send_numbered("TopicRolledBack", 1);
  SameAnswer after(ConsumeOrderlyStatus::SUCCESS);
  TestConsumer again(cluster_->name_server(), "rolled_back_group", "TopicRolledBack", "*",
                     [&](DefaultMQPushConsumer& c) { c.registerMessageListener(&after); });
  ASSERT_TRUE(after.inbox.wait_for(1));
  again.consumer.shutdown();
  EXPECT_EQ(after.inbox.size(), 1U) << "none of the five comes again";
}

TEST_F(ClientTutorialTest, AConsumersSettingsHaveTheirDefaultsAndKeepWhatIsSet) {
  DefaultMQPushConsumer consumer("settings_group");
  EXPECT_EQ(consumer.getConsumeFromWhere(), CONSUME_FROM_LAST_OFFSET);
  EXPECT_EQ(consumer.getConsumeThreadMin(), 20);
  EXPECT_EQ(consumer.getConsumeThreadMax(), 20);
  EXPECT_EQ(consumer.getPullThresholdForQueue(), 1000);
  EXPECT_EQ(consumer.getConsumeMessageBatchMaxSize(), 1);
  EXPECT_EQ(consumer.getPullBatchSize(), 32);
  EXPECT_EQ(consumer.getPullInterval(), 0);
  consumer.setConsumeFromWhere(CONSUME_FROM_FIRST_OFFSET);
  consumer.setConsumeThreadMin(10);
  consumer.setConsumeThreadMax(30);
  consumer.setPullThresholdForQueue(100);
  consumer.setConsumeMessageBatchMaxSize(10);
  consumer.setPullBatchSize(16);
  consumer.setPullInterval(2000);
  EXPECT_EQ(consumer.getConsumeFromWhere(), CONSUME_FROM_FIRST_OFFSET);
  EXPECT_EQ(consumer.getConsumeThreadMin(), 10);
  EXPECT_EQ(consumer.getConsumeThreadMax(), 30);
  EXPECT_EQ(consumer.getPullThresholdForQueue(), 100);
  EXPECT_EQ(consumer.getConsumeMessageBatchMaxSize(), 10);
  EXPECT_EQ(consumer.getPullBatchSize(), 16);
  EXPECT_EQ(consumer.getPullInterval(), 2000);
}

}  // namespace
}  // namespace rocketmq::test
