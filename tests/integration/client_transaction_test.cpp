// Transactional messages: our producer against real mqnamesrv and mqbroker processes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>

#include "client_cluster.hpp"
#include "rocketmq/TransactionMQProducer.h"

namespace rocketmq::test {
namespace {

using testing::UnorderedElementsAre;

/// The tutorial's rule: of the calls, counted from 1 for sends and from 0 for checks, each sixth
/// throws, each fifth rolls back, each fourth commits.
LocalTransactionState tutorial_rule(int call) {
  if (call % 6 == 0) throw std::runtime_error("Could not find db");
  if (call % 5 == 0) return ROLLBACK_MESSAGE;
  return call % 4 == 0 ? COMMIT_MESSAGE : UNKNOWN;
}

class TutorialExecuter final : public LocalTransactionExecuter {
 public:
  LocalTransactionState executeLocalTransactionBranch(const Message&, void*) override {
    return tutorial_rule(++calls_);
  }

 private:
  std::atomic<int> calls_{0};
};

class TutorialChecker final : public TransactionCheckListener {
 public:
  LocalTransactionState checkLocalTransactionState(const MessageExt& message) override {
    checked.add(message);
    return tutorial_rule(calls_++);
  }
  Inbox checked;

 private:
  std::atomic<int> calls_{0};
};

/// Says the same of every transaction, and remembers what it was asked.
class OneAnswer final : public TransactionListener {
 public:
  OneAnswer(LocalTransactionState at_send, LocalTransactionState at_check)
      : at_send_(at_send), at_check_(at_check) {}
  LocalTransactionState executeLocalTransaction(const Message&, void* arg) override {
    if (arg != nullptr) ++*static_cast<int*>(arg);
    return at_send_;
  }
  LocalTransactionState checkLocalTransaction(const MessageExt& message) override {
    checked.add(message);
    return at_check_;
  }
  Inbox checked;

 private:
  const LocalTransactionState at_send_;
  const LocalTransactionState at_check_;
};

/// The tutorial's twenty messages.
std::vector<TransactionSendResult> send_twenty(TransactionMQProducer& producer,
                                               LocalTransactionExecuter& executer) {
  std::vector<TransactionSendResult> results;
  for (int i = 0; i < 20; ++i) {
    Message message("TopicTransaction", "Tag" + std::string(1, static_cast<char>('A' + i % 3)),
                    "KEY" + std::to_string(i), "Hello RocketMQ " + std::to_string(i));
    results.push_back(producer.sendMessageInTransaction(message, &executer, nullptr));
  }
  return results;
}

TEST(ClientTransaction, OnlyCommittedMessagesOfTheTutorialAreDelivered) {
  const Cluster cluster;
  TutorialExecuter executer;
  TutorialChecker checker;
  TransactionMQProducer producer("quickstart_producer");
  producer.setNamesrvAddr(cluster.name_server());
  Message early("TopicTransaction", "too early");
  EXPECT_THROW(producer.sendMessageInTransaction(early, &executer, nullptr), MQClientException);
  producer.setCheckThreadPoolMinSize(2);
  producer.setCheckThreadPoolMaxSize(2);
  producer.setCheckRequestHoldMax(2000);
  producer.setTransactionCheckListener(&checker);
  producer.start();
  for (const TransactionSendResult& result : send_twenty(producer, executer)) {
    EXPECT_EQ(result.getSendStatus(), SEND_OK);
  }
  EXPECT_EQ(producer.send(Message("TopicTransaction", "end")).getSendStatus(), SEND_OK);
  TestConsumer consumer(cluster.name_server(), "quickstart_consumer", "TopicTransaction");
  ASSERT_TRUE(consumer.inbox.wait_for(4));
  consumer.consumer.shutdown();
  producer.shutdown();
  EXPECT_THAT(consumer.inbox.bodies(), UnorderedElementsAre("Hello RocketMQ 3", "Hello RocketMQ 7",
                                                            "Hello RocketMQ 15", "end"));
}

TEST(ClientTransaction, TheSendTellsWhatTheLocalTransactionSaid) {
  const Cluster cluster;
  TutorialExecuter executer;
  TutorialChecker checker;
  TransactionMQProducer producer("quickstart_producer");
  producer.setNamesrvAddr(cluster.name_server());
  producer.setTransactionCheckListener(&checker);
  producer.start();
  const auto results = send_twenty(producer, executer);
  for (std::size_t i = 0; i < results.size(); ++i) {
    const std::size_t call = i + 1;
    LocalTransactionState expected = UNKNOWN;
    if (call % 6 != 0 && call % 5 == 0) expected = ROLLBACK_MESSAGE;
    if (call % 6 != 0 && call % 5 != 0 && call % 4 == 0) expected = COMMIT_MESSAGE;
    EXPECT_EQ(results[i].getLocalTransactionState(), expected) << i;
    EXPECT_EQ(results[i].getTransactionId(), results[i].getMsgId());
  }
}

/// Asks back as soon as the broker's configuration allows.
Cluster impatient_cluster() {
  return Cluster(1, "transactionTimeOut=500\ntransactionCheckInterval=500\n");
}

TEST(ClientTransaction, UndecidedMessagesAreAskedForAndThenDelivered) {
  const Cluster cluster = impatient_cluster();
  OneAnswer listener(UNKNOWN, COMMIT_MESSAGE);
  TransactionMQProducer producer("check_producers");
  producer.setNamesrvAddr(cluster.name_server());
  producer.setTransactionListener(&listener);
  producer.start();
  int executed = 0;
  for (int i = 0; i < 5; ++i) {
    Message message("TopicChecked", "TagA", "undecided " + std::to_string(i));
    EXPECT_EQ(producer.sendMessageInTransaction(message, &executed).getLocalTransactionState(),
              UNKNOWN);
  }
  EXPECT_EQ(executed, 5);
  TestConsumer consumer(cluster.name_server(), "checked_group", "TopicChecked");
  ASSERT_TRUE(consumer.inbox.wait_for(5));
  EXPECT_TRUE(listener.checked.wait_for(5));
  EXPECT_EQ(listener.checked.messages().front().getTopic(), "TopicChecked");
}

/// So long that no periodic heartbeat but the first one comes in a test.
constexpr int no_heartbeats_ms = 3'600'000;

TEST(ClientTransaction, ABrokerThatWasRestartedAsksAnIdleProducerBeforeItsNextHeartbeat) {
  Cluster cluster(
      1, "transactionTimeOut=500\ntransactionCheckInterval=500\ntransactionCheckMax=600\n");
  OneAnswer listener(UNKNOWN, UNKNOWN);
  TransactionMQProducer producer("idle_producers");
  producer.setNamesrvAddr(cluster.name_server());
  producer.setHeartbeatBrokerInterval(no_heartbeats_ms);
  producer.setTransactionListener(&listener);
  producer.start();
  Message message("TopicIdle", "TagA", "undecided");
  producer.sendMessageInTransaction(message, nullptr);
  ASSERT_TRUE(listener.checked.wait_for(1));
  cluster.kill_broker(0);
  listener.checked.clear();
  cluster.restart_broker(0);
  EXPECT_TRUE(listener.checked.wait_for(1));
}

TEST(ClientTransaction, AProducerThatJoinsAnInstanceIsAskedBeforeTheNextHeartbeat) {
  const Cluster cluster = impatient_cluster();
  DefaultMQProducer first("first_producers");
  first.setNamesrvAddr(cluster.name_server());
  first.setInstanceName("joined");
  first.setHeartbeatBrokerInterval(no_heartbeats_ms);
  first.start();
  first.send(Message("TopicJoined", "so that the broker knows the instance"));
  // Later than the periodic heartbeat that an instance begins with.
  std::this_thread::sleep_for(std::chrono::milliseconds(1'500));
  OneAnswer listener(UNKNOWN, COMMIT_MESSAGE);
  TransactionMQProducer second("second_producers");
  second.setNamesrvAddr(cluster.name_server());
  second.setInstanceName("joined");
  second.setTransactionListener(&listener);
  second.start();
  Message message("TopicJoined", "TagA", "undecided");
  second.sendMessageInTransaction(message, nullptr);
  EXPECT_TRUE(listener.checked.wait_for(1));
}

TEST(ClientTransaction, AnotherMemberOfTheGroupIsAskedWhenTheSenderIsGone) {
  const Cluster cluster = impatient_cluster();
  {
    OneAnswer leaves(UNKNOWN, UNKNOWN);
    TransactionMQProducer producer("relay_producers");
    producer.setNamesrvAddr(cluster.name_server());
    producer.setTransactionListener(&leaves);
    producer.start();
    Message message("TopicRelay", "TagA", "left behind");
    EXPECT_EQ(producer.sendMessageInTransaction(message, nullptr).getSendStatus(), SEND_OK);
    producer.shutdown();
  }
  OneAnswer takes_over(UNKNOWN, COMMIT_MESSAGE);
  TransactionMQProducer producer("relay_producers");
  producer.setNamesrvAddr(cluster.name_server());
  producer.setTransactionListener(&takes_over);
  producer.start();
  TestConsumer consumer(cluster.name_server(), "relay_group", "TopicRelay");
  ASSERT_TRUE(consumer.inbox.wait_for(1));
  EXPECT_EQ(consumer.inbox.bodies().front(), "left behind");
}

}  // namespace
}  // namespace rocketmq::test
