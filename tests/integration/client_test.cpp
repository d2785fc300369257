// The client against real mqnamesrv and mqbroker processes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <random>
#include <thread>

#include "client_cluster.hpp"
#include "rocketmq/DefaultMQProducer.h"
#include "rocketmq/DefaultMQPullConsumer.h"

namespace rocketmq::test {
namespace {

using testing::HasSubstr;

using testing::SizeIs;
using testing::UnorderedElementsAreArray;

std::vector<std::string> numbered(const std::string& prefix, int count) {
  std::vector<std::string> texts;
  for (int i = 0; i < count; ++i) texts.push_back(prefix + std::to_string(i));
  return texts;
}

class ClientTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { shared_ = std::make_unique<Cluster>(); }
  static void TearDownTestSuite() { shared_.reset(); }

  const Cluster& cluster() const { return *shared_; }
  std::unique_ptr<DefaultMQProducer> start_producer(
      const std::string& name_servers = shared_->name_server()) const {
    auto producer = std::make_unique<DefaultMQProducer>("producers");
    producer->setNamesrvAddr(name_servers);
    producer->start();
    return producer;
  }
  /// Sends with the retry that a topic which is just being made may need.
  static void send_all(DefaultMQProducer& producer, const std::string& topic,
                       const std::vector<std::string>& bodies, const std::string& tag = "TagA") {
    for (const std::string& body : bodies) {
      EXPECT_EQ(producer.send(Message(topic, tag, body)).getSendStatus(), SEND_OK);
    }
  }

  static std::unique_ptr<Cluster> shared_;
};
std::unique_ptr<Cluster> ClientTest::shared_;

TEST_F(ClientTest, QuickStartDeliversEachOfAHundredMessagesOnce) {
  const auto consumer = cluster().run("examples/quickstart_consumer", {cluster().name_server()});
  ASSERT_TRUE(consumer->wait_for_line("Consumer Started."));
  const auto producer = cluster().run("examples/quickstart_producer", {cluster().name_server()});
  ASSERT_EQ(producer->wait(), 0) << producer->error_output();
  const std::string sent = producer->output();
  EXPECT_EQ(std::count(sent.begin(), sent.end(), '\n'), 100);
  EXPECT_THAT(sent, HasSubstr("SendResult [sendStatus=SEND_OK, msgId="));
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(consumer->wait_for_line(
        "topic : TopicQuickStart, tags : TagA, msg : Hello RocketMQ " + std::to_string(i)))
        << i;
  }
  EXPECT_EQ(consumer->stop(), 0);
  const std::string received = consumer->output();
  EXPECT_EQ(std::count(received.begin(), received.end(), '\n'), 101)
      << "Consumer Started. and each message once";
}

TEST_F(ClientTest, AsynchronousSendsCallBackOnceEachAndArrive) {
  const auto producer = start_producer();
  std::atomic<int> succeeded{0};
  std::atomic<int> failed{0};
  for (const std::string& body : numbered("a", 1000)) {
    producer->send(
        Message("TopicAsync", body), [&](const SendResult&) { ++succeeded; },
        [&](const MQException&) { ++failed; });
  }
  producer->shutdown();  // waits for those under way
  EXPECT_EQ(succeeded, 1000);
  EXPECT_EQ(failed, 0);
  TestConsumer consumer(cluster().name_server(), "async_group", "TopicAsync");
  ASSERT_TRUE(consumer.inbox.wait_for(1000));
  EXPECT_THAT(consumer.inbox.bodies(), UnorderedElementsAreArray(numbered("a", 1000)));
}

TEST_F(ClientTest, ACallbackMaySendAndThrowButNotShutItsProducerDown) {
  class Callback final : public AutoDeleteSendCallback {
   public:
    Callback(DefaultMQProducer& producer, std::promise<std::string>& refused)
        : producer_(producer), refused_(refused) {}
    void onSuccess(SendResult&) override {
      producer_.send(Message("TopicCallback", "from the callback"));
      try {
        producer_.shutdown();
      } catch (const MQClientException& failure) {
        refused_.set_value(failure.what());
      }
      throw std::runtime_error("a callback's exception ends in the client");
    }
    void onException(MQException& failure) override { refused_.set_value(failure.what()); }

   private:
    DefaultMQProducer& producer_;
    std::promise<std::string>& refused_;
  };
  const auto producer = start_producer();
  std::promise<std::string> refused;
  Message message("TopicCallback", "body");
  producer->send(message, new Callback(*producer, refused));
  EXPECT_THAT(refused.get_future().get(), HasSubstr("callback"));
  EXPECT_EQ(producer->send(Message("TopicCallback", "after")).getSendStatus(), SEND_OK);
}

TEST_F(ClientTest, ACallbackMayWaitForAFutureThoughItsThreadIsTheOnlyOne) {
  const auto producer = start_producer();
  ASSERT_EQ(producer->getClientCallbackExecutorThreads(), 1);
  producer->send(Message("TopicFuture", "makes the route known"));
  std::promise<SendStatus> second;
  producer->send(
      Message("TopicFuture", "first"),
      [&](const SendResult&) {
        auto sent = producer->sendAsync(Message("TopicFuture", "second"));
        if (sent.wait_for(Inbox::patience) == std::future_status::ready)
          second.set_value(sent.get().getSendStatus());
      },
      [](const MQException& failure) { ADD_FAILURE() << failure.what(); });
  auto status = second.get_future();
  ASSERT_EQ(status.wait_for(Inbox::patience), std::future_status::ready);
  EXPECT_EQ(status.get(), SEND_OK);
}

TEST_F(ClientTest, OneWayMessagesSentBeforeShutdownArrive) {
  const auto producer = start_producer();
  for (const std::string& body : numbered("o", 200))
    producer->sendOneway(Message("TopicOneway", body));
  producer->shutdown();
  TestConsumer consumer(cluster().name_server(), "oneway_group", "TopicOneway");
  ASSERT_TRUE(consumer.inbox.wait_for(200));
  EXPECT_THAT(consumer.inbox.messages(), SizeIs(200));
}

TEST_F(ClientTest, ABatchIsStoredInOneQueueInItsOrder) {
  const auto producer = start_producer();
  std::vector<Message> batch;
  for (const std::string& body : numbered("b", 10)) batch.emplace_back("TopicBatch", "TagA", body);
  const SendResult result = producer->send(batch);
  EXPECT_EQ(result.getSendStatus(), SEND_OK);
  EXPECT_EQ(std::count(result.getMsgId().begin(), result.getMsgId().end(), ','), 9);
  TestConsumer consumer(cluster().name_server(), "batch_group", "TopicBatch");
  ASSERT_TRUE(consumer.inbox.wait_for(10));
  EXPECT_THAT(consumer.inbox.queues(), SizeIs(1));
}

TEST_F(ClientTest, ASubscriptionDeliversOnlyItsTags) {
  const auto producer = start_producer();
  send_all(*producer, "TopicTags", numbered("a", 5), "TagA");
  send_all(*producer, "TopicTags", numbered("b", 5), "TagB");
  send_all(*producer, "TopicTags", numbered("c", 5), "TagC");
  send_all(*producer, "TopicTags", {"end"}, "TagB");
  TestConsumer consumer(cluster().name_server(), "tags_group", "TopicTags", "TagA || TagB");
  ASSERT_TRUE(consumer.inbox.wait_for(11));
  consumer.consumer.shutdown();
  std::vector<std::string> expected = numbered("a", 5);
  for (const std::string& body : numbered("b", 5)) expected.push_back(body);
  expected.emplace_back("end");
  EXPECT_THAT(consumer.inbox.bodies(), UnorderedElementsAreArray(expected));
}

TEST_F(ClientTest, TwoConsumersShareTheQueuesAndOneTakesOverWhenTheOtherLeaves) {
  const auto producer = start_producer();
  send_all(*producer, "TopicShare", {"first"});
  TestConsumer one(cluster().name_server(), "share_group", "TopicShare");
  ASSERT_TRUE(one.inbox.wait_for(1));
  TestConsumer two(cluster().name_server(), "share_group", "TopicShare");
  // The queues move once both know of each other: rounds continue until each of the two has two of
  // the four.
  bool is_shared = false;
  for (int round = 0; round < 200 && !is_shared; ++round) {
    one.inbox.clear();
    two.inbox.clear();
    send_all(*producer, "TopicShare", numbered("r" + std::to_string(round) + "-", 8));
    std::this_thread::sleep_for(
        std::chrono::milliseconds(50));  // a round's pace; nothing depends on it
    is_shared = one.inbox.queues().size() == 2 && two.inbox.queues().size() == 2;
  }
  ASSERT_TRUE(is_shared);
  EXPECT_EQ(one.inbox.queues().count(*two.inbox.queues().begin()), 0U) << "no queue has two owners";

  one.consumer.shutdown();
  two.inbox.clear();
  send_all(*producer, "TopicShare", numbered("last", 8));
  EXPECT_TRUE(two.inbox.wait_for(8));
  EXPECT_THAT(two.inbox.queues(), SizeIs(4));
}

TEST_F(ClientTest, ADeadNameServerInTheListDoesNotMatterInEitherOrder) {
  const std::string dead = "127.0.0.1:" + std::to_string(free_port());
  for (const std::string& list :
       {dead + ";" + cluster().name_server(), cluster().name_server() + ";" + dead}) {
    const auto producer = start_producer(list);
    send_all(*producer, "TopicDead", {"via " + list});
  }
  TestConsumer consumer(dead + ";" + cluster().name_server(), "dead_group", "TopicDead");
  EXPECT_TRUE(consumer.inbox.wait_for(2));
}

TEST_F(ClientTest, ARestartedConsumerGoesOnWhereItStopped) {
  const auto producer = start_producer();
  send_all(*producer, "TopicRestart", numbered("before", 40));
  {
    TestConsumer consumer(cluster().name_server(), "restart_group", "TopicRestart");
    ASSERT_TRUE(consumer.inbox.wait_for(40));
  }
  send_all(*producer, "TopicRestart", numbered("while down", 40));
  TestConsumer again(cluster().name_server(), "restart_group", "TopicRestart");
  ASSERT_TRUE(again.inbox.wait_for(40));
  again.consumer.shutdown();
  EXPECT_THAT(again.inbox.bodies(), UnorderedElementsAreArray(numbered("while down", 40)));
}

TEST_F(ClientTest, LargeBodiesArriveWhetherTheyCompressOrNot) {
  std::string random(1024 * 1024, '\0');
  std::mt19937 numbers(4711);
  std::generate(random.begin(), random.end(), [&] { return static_cast<char>(numbers()); });
  const std::vector<std::string> bodies{std::string(1024 * 1024, 'x'), random, "small"};
  const auto producer = start_producer();
  send_all(*producer, "TopicLarge", bodies);
  TestConsumer consumer(cluster().name_server(), "large_group", "TopicLarge");
  ASSERT_TRUE(consumer.inbox.wait_for(3));
  EXPECT_TRUE(std::ranges::is_permutation(consumer.inbox.bodies(), bodies));
}

TEST_F(ClientTest, AFailedMessageComesAgainWithTheSameIdAndACount) {
  const auto producer = start_producer();
  std::promise<MessageExt> first;
  std::promise<MessageExt> second;
  TestConsumer consumer(
      cluster().name_server(), "retry_group", "TopicRetry", "*", [&](DefaultMQPushConsumer& c) {
        c.registerMessageListener(
            [&](const std::vector<MessageExt>& messages, ConsumeConcurrentlyContext& context) {
              if (messages.front().getReconsumeTimes() > 0) {
                second.set_value(messages.front());
                return CONSUME_SUCCESS;
              }
              first.set_value(messages.front());
              context.delayLevelWhenNextConsume = 1;
              return RECONSUME_LATER;
            });
      });
  send_all(*producer, "TopicRetry", {"again"});
  auto again = second.get_future();
  ASSERT_EQ(again.wait_for(Inbox::patience), std::future_status::ready);
  const MessageExt retried = again.get();
  EXPECT_EQ(retried.getTopic(), "TopicRetry");
  EXPECT_EQ(retried.getBody(), "again");
  EXPECT_EQ(retried.getReconsumeTimes(), 1);
  EXPECT_EQ(retried.getMsgId(), first.get_future().get().getMsgId());
}

TEST_F(ClientTest, MessagesCanBeFoundByOffsetIdUniqueIdAndKey) {
  const auto producer = start_producer();
  Message message("TopicQuery", "TagA", "OrderID001", "body");
  const SendResult sent = producer->send(message);
  EXPECT_EQ(producer->viewMessage(sent.getOffsetMsgId()).getBody(), "body");
  EXPECT_THROW(producer->viewMessage("nonsense"), MQClientException);
  EXPECT_TRUE(eventually(
      [&] { return producer->maxOffset(sent.getMessageQueue()) == sent.getQueueOffset() + 1; }));
  EXPECT_EQ(producer->minOffset(sent.getMessageQueue()), 0);
  EXPECT_EQ(producer->searchOffset(sent.getMessageQueue(), 0), 0);
  EXPECT_GT(producer->earliestMsgStoreTime(sent.getMessageQueue()), 0);
  EXPECT_TRUE(eventually([&] {
    const auto found = producer->queryMessage("TopicQuery", "OrderID001", 32, 0, INT64_MAX);
    return found.messageList.at(0).getBody() == "body";
  }));
  EXPECT_TRUE(eventually(
      [&] { return producer->viewMessage("TopicQuery", sent.getMsgId()).getBody() == "body"; }));
}

TEST_F(ClientTest, ACreatedTopicHasItsQueuesAndASelectorChoosesAmongThem) {
  const auto producer = start_producer();
  producer->createTopic("TBW102", "TopicCreated", 6);
  std::vector<MessageQueue> queues;
  EXPECT_TRUE(eventually([&] {
    queues = producer->fetchPublishMessageQueues("TopicCreated");
    return queues.size() == 6;
  }));
  ASSERT_THAT(queues, SizeIs(6));
  EXPECT_TRUE(std::is_sorted(queues.begin(), queues.end()));
  const SelectQueueFunction fifth = [](const std::vector<MessageQueue>& all, const Message&) {
    return all.at(5);
  };
  Message message("TopicCreated", "body");
  EXPECT_EQ(producer->send(message, fifth).getMessageQueue().getQueueId(), 5);
  const SelectQueueFunction broken = [](const std::vector<MessageQueue>&,
                                        const Message&) -> MessageQueue {
    throw std::runtime_error("no idea");
  };
  EXPECT_THROW(producer->send(message, broken), MQClientException);
}

/// Records the order in which messages of one queue come; the first time it sees `stumble` it asks
/// for a pause.
class OrderlyRecorder final : public MessageListenerOrderly {
 public:
  ConsumeOrderlyStatus consumeMessage(const std::vector<MessageExt>& messages,
                                      ConsumeOrderlyContext& context) override {
    if (messages.front().getBody() == "m7" && !has_stumbled_.exchange(true)) {
      context.suspendCurrentQueueTimeMillis = 10;
      return ConsumeOrderlyStatus::SUSPEND_CURRENT_QUEUE_A_MOMENT;
    }
    for (const MessageExt& message : messages) inbox.add(message);
    return ConsumeOrderlyStatus::SUCCESS;
  }
  Inbox inbox;

 private:
  std::atomic<bool> has_stumbled_{false};
};

TEST_F(ClientTest, AnOrderlyListenerGetsAQueuesMessagesInTheirOrderAlsoAfterAPause) {
  const auto producer = start_producer();
  const SelectQueueFunction first = [](const std::vector<MessageQueue>& all, const Message&) {
    return all.front();
  };
  for (const std::string& body : numbered("m", 50)) {
    Message message("TopicOrder", body);
    producer->send(message, first);
  }
  OrderlyRecorder recorder;
  TestConsumer consumer(cluster().name_server(), "order_group", "TopicOrder", "*",
                        [&](DefaultMQPushConsumer& c) { c.registerMessageListener(&recorder); });
  ASSERT_TRUE(recorder.inbox.wait_for(50));
  consumer.consumer.shutdown();
  EXPECT_EQ(recorder.inbox.bodies(), numbered("m", 50));
}

TEST_F(ClientTest, BroadcastingGivesEveryMemberEveryMessageAndRemembersItsOffset) {
  const auto producer = start_producer();
  send_all(*producer, "TopicBroadcast", numbered("x", 20));
  const auto broadcasting = [](const std::string& instance) {
    return [instance](DefaultMQPushConsumer& c) {
      c.setMessageModel(BROADCASTING);
      c.setInstanceName(instance);
    };
  };
  {
    TestConsumer one(cluster().name_server(), "broadcast_group", "TopicBroadcast", "*",
                     broadcasting("one"));
    TestConsumer two(cluster().name_server(), "broadcast_group", "TopicBroadcast", "*",
                     broadcasting("two"));
    EXPECT_TRUE(one.inbox.wait_for(20));
    EXPECT_TRUE(two.inbox.wait_for(20));
  }
  send_all(*producer, "TopicBroadcast", numbered("y", 20));
  TestConsumer again(cluster().name_server(), "broadcast_group", "TopicBroadcast", "*",
                     broadcasting("one"));
  ASSERT_TRUE(again.inbox.wait_for(20));
  again.consumer.shutdown();
  EXPECT_THAT(again.inbox.bodies(), UnorderedElementsAreArray(numbered("y", 20)));
}

TEST_F(ClientTest, ClientsOfOneInstanceShareItAndMayNotShareAGroup) {
  DefaultMQProducer one("same_group");
  DefaultMQProducer two("same_group");
  for (DefaultMQProducer* producer : {&one, &two}) {
    producer->setNamesrvAddr(cluster().name_server());
    producer->setInstanceName("shared");
  }
  one.start();
  EXPECT_THROW(two.start(), MQClientException);
  two.setProducerGroup("another_group");
  two.start();
  one.shutdown();
  one.shutdown();
  EXPECT_EQ(two.send(Message("TopicShared", "still works")).getSendStatus(), SEND_OK);
  EXPECT_THROW(one.send(Message("TopicShared", "too late")), MQClientException);
  EXPECT_THROW(one.start(), MQClientException);
}

TEST_F(ClientTest, ShutdownWaitsForTheListenerCallUnderWayAndKeepsItsResult) {
  const auto producer = start_producer();
  send_all(*producer, "TopicSlow", {"slow"});
  std::promise<void> begun;
  std::promise<void> go_on;
  auto consumer = std::make_unique<TestConsumer>(
      cluster().name_server(), "slow_group", "TopicSlow", "*", [&](DefaultMQPushConsumer& c) {
        c.registerMessageListener([&](const std::vector<MessageExt>&, ConsumeConcurrentlyContext&) {
          begun.set_value();
          go_on.get_future().wait();
          return CONSUME_SUCCESS;
        });
      });
  begun.get_future().wait();
  auto shutdown = std::async(std::launch::async, [&] { consumer->consumer.shutdown(); });
  go_on.set_value();
  shutdown.get();
  consumer.reset();
  send_all(*producer, "TopicSlow", {"next"});
  TestConsumer again(cluster().name_server(), "slow_group", "TopicSlow");
  ASSERT_TRUE(again.inbox.wait_for(1));
  again.consumer.shutdown();
  EXPECT_THAT(again.inbox.bodies(), testing::ElementsAre("next"));
}

TEST_F(ClientTest, APullConsumerFetchesEachMessageOnceAndKeepsItsOffset) {
  const auto producer = start_producer();
  const SendResult sent = producer->send(Message("TopicPull", "TagA", "m0"));
  const MessageQueue queue = sent.getMessageQueue();
  for (const std::string body : {"m1", "m2", "m3"}) {
    Message message("TopicPull", body == "m2" ? "TagB" : "TagA", body);
    producer->send(message, queue);
  }
  {
    DefaultMQPullConsumer consumer("pull_group");
    consumer.setNamesrvAddr(cluster().name_server());
    consumer.start();
    ASSERT_TRUE(
        eventually([&] { return !consumer.fetchSubscribeMessageQueues("TopicPull").empty(); }));
    ASSERT_TRUE(eventually([&] { return consumer.maxOffset(queue) == 4; }));
    const PullResult first = consumer.pullBlockIfNotFound(queue, "*", 0, 2);
    EXPECT_EQ(first.toString(),
              "PullResult [pullStatus=FOUND, nextBeginOffset=2, minOffset=0, maxOffset=4, "
              "msgFoundList=2]");
    const PullResult tagged = consumer.pull(queue, "TagA", 2, 32);
    ASSERT_THAT(tagged.getMsgFoundList(), SizeIs(1));
    EXPECT_EQ(tagged.getMsgFoundList().front().getBody(), "m3");
    EXPECT_EQ(consumer.pull(queue, "*", 4, 32).getPullStatus(), NO_NEW_MSG);
    EXPECT_EQ(consumer.pull(queue, "*", 400, 32).getPullStatus(), OFFSET_ILLEGAL);
    EXPECT_THROW(consumer.pull(queue, "*", -1, 32), MQClientException);
    EXPECT_THROW(consumer.fetchSubscribeMessageQueues("TopicNobodyKnows"), MQClientException);
    consumer.updateConsumeOffset(queue, 4);
    EXPECT_EQ(consumer.fetchConsumeOffset(queue, false), 4);
    consumer.persistConsumerOffset4PullConsumer(queue);
  }
  DefaultMQPullConsumer again("pull_group");
  again.setNamesrvAddr(cluster().name_server());
  again.start();
  ASSERT_THAT(again.fetchSubscribeMessageQueues("TopicPull"), testing::Contains(queue));
  EXPECT_EQ(again.fetchConsumeOffset(queue, true), 4);
}

TEST(ClientWithoutServers, StartsAndShutsDownAndSaysWhyItCannotSend) {
  const std::string dead = "127.0.0.1:" + std::to_string(free_port());
  DefaultMQProducer producer("producers");
  producer.setNamesrvAddr(dead);
  producer.start();
  EXPECT_THROW(producer.send(Message("TopicTest", "body")), MQException);
  DefaultMQPushConsumer consumer("consumers");
  consumer.setNamesrvAddr(dead);
  consumer.subscribe("TopicTest", "*");
  consumer.registerMessageListener(
      [](const std::vector<MessageExt>&, ConsumeConcurrentlyContext&) { return CONSUME_SUCCESS; });
  consumer.start();
  consumer.shutdown();
  producer.shutdown();

  DefaultMQProducer nowhere("producers");
  nowhere.start();
  try {
    nowhere.send(Message("TopicTest", "body"));
    FAIL() << "there is no name server";
  } catch (const MQClientException& failure) {
    EXPECT_EQ(failure.getError(), 10004);
  }
}

TEST(ClientWithoutAutoCreation, IsToldThatATopicIsUnknown) {
  const Cluster cluster(1, "autoCreateTopicEnable=false\n");
  DefaultMQProducer producer("producers");
  producer.setNamesrvAddr(cluster.name_server());
  producer.start();
  try {
    producer.send(Message("TopicUnknown", "body"));
    FAIL() << "the topic is unknown";
  } catch (const MQClientException& failure) {
    EXPECT_EQ(failure.getError(), 10005);
    EXPECT_STREQ(failure.what(), "CODE: 10005  DESC: No route info of this topic: TopicUnknown");
  }
}

TEST(ClientWithTwoBrokers, GoesOnThroughTheOtherOneWhenABrokerDies) {
  Cluster cluster(2);
  const auto brokers_of_16_sends = [](DefaultMQProducer& producer) {
    std::set<std::string> brokers;
    for (int i = 0; i < 16; ++i) {
      const auto sent = producer.send(Message("TopicTwo", "before"));
      brokers.insert(sent.getMessageQueue().getBrokerName());
    }
    return brokers;
  };
  DefaultMQProducer first("first_producers");
  first.setNamesrvAddr(cluster.name_server());
  first.start();
  // Made by a send it is at one broker first, and the producer may learn of that one alone.
  first.createTopic("TBW102", "TopicTwo", 4);
  cluster.wait_for_routes("TopicTwo");
  DefaultMQProducer producer("producers");
  producer.setNamesrvAddr(cluster.name_server());
  producer.setInstanceName("second");
  producer.start();
  const auto brokers = brokers_of_16_sends(producer);
  EXPECT_THAT(brokers, SizeIs(2));
  cluster.kill_broker(0);
  for (int i = 0; i < 16; ++i) {
    EXPECT_EQ(producer.send(Message("TopicTwo", "after")).getMessageQueue().getBrokerName(),
              "broker-b");
  }
}

}  // namespace
}  // namespace rocketmq::test
