// A shutdown ends within the time that the client's headers promise, whatever the client is doing:
// against real mqnamesrv and mqbroker processes, and servers that keep silent.
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "client_cluster.hpp"
#include "full_listener.hpp"
#include "raw_connection.hpp"
#include "rocketmq/DefaultLitePullConsumer.h"
#include "rocketmq/DefaultMQPullConsumer.h"
#include "rocketmq/MQPullConsumerScheduleService.h"
#include "rocketmq/TransactionMQProducer.h"
#include "rocketmq/common/fastjson.hpp"
#include "rocketmq/protocol/admin_headers.hpp"
#include "rocketmq/protocol/heartbeat_data.hpp"
#include "rocketmq/remoting/client.hpp"

namespace rocketmq::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using SteadyClock = std::chrono::steady_clock;

// Unlike in other tests the clock is looked at: the time is what is promised. The client's own
// times are set so that a bound is a second or a few, and everything that a shutdown must not wait
// for lasts longer than any bound.

/// sendMsgTimeout and mqClientApiTimeout of the clients here.
constexpr milliseconds api{1'000};
constexpr milliseconds send_timeout{1'000};
/// What a question for an offset, or a message that is sent back, may take.
constexpr milliseconds question{5'000};
/// Time-outs of what a shutdown must not wait for.
constexpr milliseconds far{60'000};
/// What a machine may add that does something else as well.
constexpr milliseconds slack{30'000};

void expect_end_within(milliseconds bound, const std::function<void()>& shutdown) {
  const auto begun = SteadyClock::now();
  shutdown();
  const auto took = std::chrono::duration_cast<milliseconds>(SteadyClock::now() - begun);
  EXPECT_LE(took.count(), (bound + slack).count()) << "ms; documented are " << bound.count();
}

constexpr milliseconds producer_bound = send_timeout + api;
constexpr milliseconds consumer_bound = 2 * api;

/// A point in the user's code that a test waits for, and at which it holds the client.
class Gate {
 public:
  /// The user's code: says that it is here and waits.
  void pass() {
    if (!is_reached_.exchange(true)) reached_.set_value();
    may_pass_.wait();
  }
  void wait_until_reached() { ASSERT_EQ(reached_future_.wait_for(far), std::future_status::ready); }
  void open() { open_.set_value(); }

 private:
  std::atomic<bool> is_reached_{false};
  std::promise<void> reached_;
  std::future<void> reached_future_ = reached_.get_future();
  std::promise<void> open_;
  std::shared_future<void> may_pass_ = open_.get_future().share();
};

template <class Client>
void set_up(Client& client, const std::string& name_servers) {
  client.setNamesrvAddr(name_servers);
  client.setMqClientApiTimeout(static_cast<int>(api.count()));
}

template <class Producer = DefaultMQProducer>
std::unique_ptr<Producer> make_producer(const std::string& name_servers,
                                        const std::string& group = "shutdown_producers") {
  auto producer = std::make_unique<Producer>(group);
  set_up(*producer, name_servers);
  producer->setSendMsgTimeout(static_cast<int>(send_timeout.count()));
  return producer;
}

ConsumeConcurrentlyStatus succeed(const std::vector<MessageExt>&, ConsumeConcurrentlyContext&) {
  return CONSUME_SUCCESS;
}

std::unique_ptr<DefaultMQPushConsumer> make_consumer(
    const std::string& name_servers, const std::string& group, const std::string& topic,
    ConsumeConcurrentlyFunction listener = succeed) {
  auto consumer = std::make_unique<DefaultMQPushConsumer>(group);
  set_up(*consumer, name_servers);
  consumer->setConsumeFromWhere(CONSUME_FROM_FIRST_OFFSET);
  consumer->setConsumeThreadCount(2);
  consumer->subscribe(topic, "*");
  consumer->registerMessageListener(std::move(listener));
  return consumer;
}

void send_some(const Cluster& cluster, const std::string& topic, int count = 1) {
  const auto producer = make_producer(cluster.name_server(), "filling_producers");
  producer->setSendMsgTimeout(20'000);
  producer->start();
  for (int i = 0; i < count; ++i) producer->send(Message(topic, std::to_string(i)));
}

/// Asynchronous sends with a long time-out, and what became of them.
struct FarSends {
  FarSends(DefaultMQProducer& producer, const std::string& topic, int count) {
    for (int i = 0; i < count; ++i) {
      producer.send(
          Message(topic, std::to_string(i)), [this](const SendResult&) { ++succeeded; },
          [this](const MQException&) { ++failed; }, far);
    }
  }
  std::atomic<int> succeeded{0};
  std::atomic<int> failed{0};
};

/// Gives another thread, or the client, the time to begin what it was told to. Nothing outside
/// shows that it has; should it begin later, a test sees less than it could, and is right all the
/// same.
void let_it_begin() { std::this_thread::sleep_for(milliseconds(200)); }

/// A call in a thread of its own, which the shutdown is to make fail.
std::thread failing(std::function<void()> call) {
  return std::thread([call = std::move(call)] { EXPECT_THROW(call(), MQException); });
}

/// How a name server can be out of reach.
struct Unreachable {
  const char* name;
  std::string (*address)();
};
void PrintTo(const Unreachable& unreachable, std::ostream* out) { *out << unreachable.name; }

std::string address_of_silent_server() {
  static const RawListener listener;  // the kernel takes the connections, nothing replies
  return listener.address();
}
std::string address_without_a_way() {
  static const FullListener listener;
  return listener.address();
}

class ShutdownWithoutNameServer : public testing::TestWithParam<Unreachable> {
 protected:
  const std::string name_server_ = GetParam().address();
};

TEST_P(ShutdownWithoutNameServer, OfAProducerEndsInTimeAndFailsTheSendsThatLookForARoute) {
  const auto producer = make_producer(name_server_);
  producer->setMqClientApiTimeout(static_cast<int>(far.count()));
  producer->start();
  std::promise<void> failed;
  producer->sendNoWait(Message("TopicSomewhere", "asynchronous"), nullptr,
                       [&](const MQException&) { failed.set_value(); });
  auto sending = failing([&] { producer->send(Message("TopicSomewhere", "synchronous"), far); });
  auto sending_oneway =
      failing([&] { producer->sendOneway(Message("TopicSomewhere", "one-way")); });
  let_it_begin();
  // No broker is known, so none is told: what is set for that does not count.
  expect_end_within(send_timeout, [&] { producer->shutdown(); });
  sending.join();
  sending_oneway.join();
  EXPECT_EQ(failed.get_future().wait_for(slack), std::future_status::ready);
}

TEST_P(ShutdownWithoutNameServer, OfConsumersEndsInTime) {
  const auto push = make_consumer(name_server_, "push_group", "TopicSomewhere");
  push->start();
  expect_end_within(consumer_bound, [&] { push->shutdown(); });

  DefaultMQPullConsumer pull("pull_group");
  set_up(pull, name_server_);
  pull.start();
  expect_end_within(consumer_bound, [&] { pull.shutdown(); });

  DefaultLitePullConsumer lite("lite_group");
  set_up(lite, name_server_);
  lite.subscribe("TopicSomewhere");
  lite.start();
  expect_end_within(consumer_bound, [&] { lite.shutdown(); });
}

INSTANTIATE_TEST_SUITE_P(Client, ShutdownWithoutNameServer,
                         testing::Values(Unreachable{"ThatAnswers", address_of_silent_server},
                                         Unreachable{"ToConnectTo", address_without_a_way}),
                         [](const auto& instance) { return std::string(instance.param.name); });

TEST(ClientShutdown, EndsInTimeWhileAnAddressServerDoesNotAnswer) {
  RawListener silent;
  const auto producer = make_producer("");
  producer->setNamesrvDomain(silent.address());
  producer->setMqClientApiTimeout(static_cast<int>(far.count()));
  producer->start();
  auto sending = failing([&] { producer->send(Message("TopicSomewhere", "one"), far); });
  const RawConnection asking = silent.accept();
  let_it_begin();
  expect_end_within(send_timeout, [&] {
    producer->shutdown();
    sending.join();
  });
}

TEST(ClientShutdown, EndsInTimeWhileABrokerIsBeingConnectedTo) {
  Cluster cluster;
  send_some(cluster, "TopicAway");
  const auto producer = make_producer(cluster.name_server());
  producer->start();
  producer->send(Message("TopicAway", "there"));
  const auto consumer = make_consumer(cluster.name_server(), "away_group", "TopicAway");
  consumer->start();
  cluster.kill_broker(0);
  const FullListener nobody(cluster.broker_port(0));
  const FarSends sends(*producer, "TopicAway", 8);
  auto sending = failing([&] { producer->send(Message("TopicAway", "gone"), far); });
  producer->sendOneway(Message("TopicAway", "gone as well"));
  expect_end_within(producer_bound, [&] { producer->shutdown(); });
  EXPECT_EQ(sends.failed, 8);
  sending.join();
  expect_end_within(consumer_bound + question, [&] { consumer->shutdown(); });
}

TEST(ClientShutdown, EndsInTimeWhileSendsHaveNoAnswer) {
  Cluster cluster;
  const auto producer = make_producer(cluster.name_server());
  producer->start();
  producer->send(Message("TopicSilent", "answered"));
  cluster.pause_broker(0);
  const FarSends sends(*producer, "TopicSilent", 10);
  auto sending = failing([&] { producer->send(Message("TopicSilent", "synchronous"), far); });
  producer->sendOneway(Message("TopicSilent", "one-way"));
  expect_end_within(producer_bound, [&] { producer->shutdown(); });
  EXPECT_EQ(sends.failed, 10);
  EXPECT_EQ(sends.succeeded, 0);
  sending.join();
  cluster.continue_broker(0);
}

TEST(ClientShutdown, EndsInTimeWhileSendsAreRetried) {
  Cluster cluster(2);
  const auto producer = make_producer(cluster.name_server());
  producer->start();
  // Made by a send it would be at one broker first.
  producer->createTopic("TBW102", "TopicRetriedSend", 4);
  cluster.wait_for_routes("TopicRetriedSend");
  producer->send(Message("TopicRetriedSend", "there"));
  // A try at the first one fails immediately and is followed by one at the other, which does not
  // end.
  cluster.kill_broker(0);
  cluster.pause_broker(1);
  const FarSends sends(*producer, "TopicRetriedSend", 16);
  std::vector<std::thread> sending;
  for (int i = 0; i < 4; ++i) {
    sending.push_back(failing([&] { producer->send(Message("TopicRetriedSend", "gone"), far); }));
  }
  expect_end_within(producer_bound, [&] { producer->shutdown(); });
  EXPECT_EQ(sends.failed, 16);
  for (std::thread& thread : sending) thread.join();
  cluster.continue_broker(1);
}

TEST(ClientShutdown, EndsInTimeWhileTraceRecordsAreLeftAndTheBrokerIsSilent) {
  Cluster cluster;
  send_some(cluster, "TopicTraced");
  const auto producer = make_producer(cluster.name_server());
  producer->setEnableMsgTrace(true);
  producer->start();
  producer->send(Message("TopicTraced", "traced"));
  cluster.pause_broker(0);
  expect_end_within(producer_bound + seconds(8), [&] { producer->shutdown(); });
  cluster.continue_broker(0);
}

TEST(ClientShutdown, EndsInTimeWhileATransactionIsCheckedForOnceTheCheckEnds) {
  class HeldCheck final : public TransactionListener {
   public:
    LocalTransactionState executeLocalTransaction(const Message&, void*) override {
      return UNKNOWN;
    }
    LocalTransactionState checkLocalTransaction(const MessageExt&) override {
      gate.pass();
      return COMMIT_MESSAGE;
    }
    Gate gate;
  };
  Cluster cluster(1, "transactionTimeOut=500\ntransactionCheckInterval=500\n");
  HeldCheck listener;
  const auto producer = make_producer<TransactionMQProducer>(cluster.name_server());
  producer->setTransactionListener(&listener);
  producer->start();
  Message message("TopicHeldCheck", "TagA", "undecided");
  producer->sendMessageInTransaction(message, nullptr);
  listener.gate.wait_until_reached();
  cluster.pause_broker(0);
  auto shutdown = std::async(std::launch::async, [&] { producer->shutdown(); });
  EXPECT_EQ(shutdown.wait_for(producer_bound), std::future_status::timeout)
      << "it waits for the check";
  listener.gate.open();
  expect_end_within(producer_bound, [&] { shutdown.get(); });
  cluster.continue_broker(0);
}

TEST(ClientShutdown, LeavesATransactionUnderWayItsResult) {
  class HeldTransaction final : public TransactionListener {
   public:
    LocalTransactionState executeLocalTransaction(const Message&, void*) override {
      gate.pass();
      return COMMIT_MESSAGE;
    }
    LocalTransactionState checkLocalTransaction(const MessageExt&) override {
      return COMMIT_MESSAGE;
    }
    Gate gate;
  };
  const Cluster cluster;
  HeldTransaction listener;
  const auto producer = make_producer<TransactionMQProducer>(cluster.name_server());
  producer->setTransactionListener(&listener);
  producer->start();
  auto sending = std::async(std::launch::async, [&] {
    Message message("TopicHeldTransaction", "TagA", "decided after the shutdown");
    return producer->sendMessageInTransaction(message, nullptr).getLocalTransactionState();
  });
  listener.gate.wait_until_reached();
  expect_end_within(producer_bound, [&] { producer->shutdown(); });
  listener.gate.open();
  EXPECT_EQ(sending.get(), COMMIT_MESSAGE) << "the broker will ask another member of the group";
}

TEST(ClientShutdown, EndsInTimeWhilePullsAreHeldByTheBroker) {
  Cluster cluster;
  send_some(cluster, "TopicHeld");
  TestConsumer push(cluster.name_server(), "held_group", "TopicHeld", "*",
                    [](DefaultMQPushConsumer& c) { set_up(c, c.getNamesrvAddr()); });
  ASSERT_TRUE(push.inbox.wait_for(1));  // from now on its pulls wait at the broker
  expect_end_within(consumer_bound, [&] { push.consumer.shutdown(); });

  DefaultMQPullConsumer pull("held_pullers");
  set_up(pull, cluster.name_server());
  pull.setBrokerSuspendMaxTimeMillis(static_cast<int>(far.count()));
  pull.setConsumerTimeoutMillisWhenSuspend(static_cast<int>(far.count()));
  pull.start();
  const MessageQueue queue = pull.fetchSubscribeMessageQueues("TopicHeld").front();
  const std::int64_t end = pull.maxOffset(queue);
  auto pulling = failing([&] { pull.pullBlockIfNotFound(queue, "*", end, 32); });
  let_it_begin();
  expect_end_within(consumer_bound, [&] { pull.shutdown(); });
  pulling.join();

  DefaultLitePullConsumer lite("held_pollers");
  set_up(lite, cluster.name_server());
  lite.setBrokerSuspendMaxTimeMillis(static_cast<int>(far.count()));
  lite.setConsumerTimeoutMillisWhenSuspend(static_cast<int>(far.count()));
  lite.setConsumeFromWhere(CONSUME_FROM_FIRST_OFFSET);
  lite.subscribe("TopicHeld");
  lite.start();
  ASSERT_EQ(lite.poll(far).size(), 1U);
  std::thread polling([&] { EXPECT_TRUE(lite.poll(far).empty()); });
  let_it_begin();
  expect_end_within(consumer_bound, [&] { lite.shutdown(); });
  polling.join();
}

TEST(ClientShutdown, EndsInTimeWhileTheBrokerOfHeldPullsIsSilent) {
  Cluster cluster;
  send_some(cluster, "TopicMute");
  TestConsumer push(cluster.name_server(), "mute_group", "TopicMute", "*",
                    [](DefaultMQPushConsumer& c) { set_up(c, c.getNamesrvAddr()); });
  ASSERT_TRUE(push.inbox.wait_for(1));
  cluster.pause_broker(0);
  expect_end_within(consumer_bound + question, [&] { push.consumer.shutdown(); });
  cluster.continue_broker(0);
}

TEST(ClientShutdown, EndsInTimeWhileAListenerRunsOnceItEnds) {
  const Cluster cluster;
  send_some(cluster, "TopicLongListener");
  Gate gate;
  const auto consumer =
      make_consumer(cluster.name_server(), "long_group", "TopicLongListener",
                    [&](const std::vector<MessageExt>&, ConsumeConcurrentlyContext&) {
                      gate.pass();
                      return CONSUME_SUCCESS;
                    });
  consumer->start();
  gate.wait_until_reached();
  auto shutdown = std::async(std::launch::async, [&] { consumer->shutdown(); });
  EXPECT_EQ(shutdown.wait_for(consumer_bound), std::future_status::timeout)
      << "it waits for the listener";
  gate.open();
  expect_end_within(consumer_bound, [&] { shutdown.get(); });
}

TEST(ClientShutdown, LeavesTheGroupAfterTheTimeThatListenersAreGivenAndReturnsWhenTheyDo) {
  const Cluster cluster;
  send_some(cluster, "TopicLeft");
  Gate gate;
  const auto consumer =
      make_consumer(cluster.name_server(), "left_group", "TopicLeft",
                    [&](const std::vector<MessageExt>&, ConsumeConcurrentlyContext&) {
                      gate.pass();
                      return CONSUME_SUCCESS;
                    });
  consumer->setAwaitTerminationMillisWhenShutdown(100);
  consumer->start();
  gate.wait_until_reached();
  auto shutdown = std::async(std::launch::async, [&] { consumer->shutdown(); });
  TestConsumer other(cluster.name_server(), "left_group", "TopicLeft");
  EXPECT_TRUE(other.inbox.wait_for(1)) << "the message is another member's";
  EXPECT_EQ(shutdown.wait_for(seconds(0)), std::future_status::timeout);
  gate.open();
  expect_end_within(consumer_bound, [&] { shutdown.get(); });
}

TEST(ClientShutdown, EndsInTimeWhileAListenerFailsAgainAndAgain) {
  const Cluster cluster;
  std::atomic<int> calls{0};
  const auto consumer =
      make_consumer(cluster.name_server(), "failing_group", "TopicFailing",
                    [&](const std::vector<MessageExt>&, ConsumeConcurrentlyContext& context) {
                      context.delayLevelWhenNextConsume = 1;
                      ++calls;
                      return RECONSUME_LATER;
                    });
  send_some(cluster, "TopicFailing", 20);
  consumer->start();
  ASSERT_TRUE(eventually([&] { return calls >= 21; }));
  expect_end_within(consumer_bound, [&] { consumer->shutdown(); });
}

TEST(ClientShutdown, EndsInTimeWhileFailedMessagesCannotBeSentBack) {
  Cluster cluster;
  Gate gate;
  const auto consumer =
      make_consumer(cluster.name_server(), "stuck_group", "TopicStuck",
                    [&](const std::vector<MessageExt>& messages, ConsumeConcurrentlyContext&) {
                      EXPECT_EQ(messages.size(), 8U);
                      gate.pass();
                      return RECONSUME_LATER;
                    });
  consumer->setConsumeMessageBatchMaxSize(8);
  {
    const auto producer = make_producer(cluster.name_server());
    producer->start();
    std::vector<Message> batch;
    for (int i = 0; i < 8; ++i) batch.emplace_back("TopicStuck", std::to_string(i));
    const MessageQueue queue = producer->send(batch).getMessageQueue();
    // The broker enters them one by one, and the listener is to get all in one call.
    ASSERT_TRUE(eventually([&] { return producer->maxOffset(queue) == 8; }));
  }
  consumer->start();
  gate.wait_until_reached();
  cluster.pause_broker(0);
  gate.open();
  let_it_begin();
  // One of the eight is tried, not all one after the other.
  expect_end_within(consumer_bound + question, [&] { consumer->shutdown(); });
  cluster.continue_broker(0);
}

/// Averagely, and holds the first call.
class HeldStrategy final : public AllocateMessageQueueStrategy {
 public:
  std::string getName() const override { return "HELD"; }
  std::vector<MessageQueue> allocate(const std::string& group, const std::string& id,
                                     const std::vector<MessageQueue>& queues,
                                     const std::vector<std::string>& ids) const override {
    gate.pass();
    return AllocateMessageQueueAveragely().allocate(group, id, queues, ids);
  }
  mutable Gate gate;
};

TEST(ClientShutdown, EndsInTimeWhileARebalanceAsksForManyTopics) {
  Cluster cluster;
  const auto consumer = make_consumer(cluster.name_server(), "many_group", "TopicMany0");
  for (int i = 0; i < 12; ++i) {
    const std::string topic = "TopicMany" + std::to_string(i);
    send_some(cluster, topic);
    cluster.wait_for_routes(topic);
    consumer->subscribe(topic, "*");
  }
  const auto strategy = std::make_shared<HeldStrategy>();
  consumer->setAllocateMessageQueueStrategy(strategy);
  consumer->start();
  strategy->gate.wait_until_reached();
  cluster.pause_broker(0);
  strategy->gate.open();
  let_it_begin();
  // One question, about the first topic's first queue, not those about the others.
  expect_end_within(consumer_bound + question, [&] { consumer->shutdown(); });
  cluster.continue_broker(0);
}

TEST(ClientShutdown, EndsInTimeWhileAPullConsumersRebalanceAsksForManyTopics) {
  Cluster cluster;
  DefaultMQPullConsumer consumer("many_pullers");
  set_up(consumer, cluster.name_server());
  std::set<std::string> topics;
  for (int i = 0; i < 12; ++i) topics.insert("TopicManyPulled" + std::to_string(i));
  for (const std::string& topic : topics) {
    send_some(cluster, topic);
    cluster.wait_for_routes(topic);
  }
  consumer.setRegisterTopics(topics);
  const auto strategy = std::make_shared<HeldStrategy>();
  consumer.setAllocateMessageQueueStrategy(strategy);
  consumer.start();
  strategy->gate.wait_until_reached();
  cluster.pause_broker(0);
  strategy->gate.open();
  let_it_begin();
  expect_end_within(consumer_bound + api, [&] { consumer.shutdown(); });
  cluster.continue_broker(0);
}

class OrderlySuccess final : public MessageListenerOrderly {
 public:
  ConsumeOrderlyStatus consumeMessage(const std::vector<MessageExt>& messages,
                                      ConsumeOrderlyContext&) override {
    for (const MessageExt& message : messages) inbox.add(message);
    return ConsumeOrderlyStatus::SUCCESS;
  }
  Inbox inbox;
};

/// Requests to a broker that our clients do not make.
class Intruder {
 public:
  explicit Intruder(std::string broker) : broker_(std::move(broker)) {}

  /// Takes the lock of a group's queue away from the client that has it.
  bool steal_lock(const std::string& group, const std::string& owner, const MessageQueue& queue) {
    remoting::LockBatchRequestBody body;
    body.consumer_group = group;
    body.client_id = owner;
    body.queues.push_back({queue.getTopic(), queue.getBrokerName(), queue.getQueueId()});
    ask(make_request(remoting::RequestCode::UnlockBatchMq, encode_body(body)));
    body.client_id = "intruder";
    const auto answer = ask(make_request(remoting::RequestCode::LockBatchMq, encode_body(body)));
    const auto locked = remoting::decode_locked_queues(answer.body);
    return locked && locked->size() == 1;
  }
  /// Whether the client says that all of its queues are locked.
  bool has_all_locks(const std::string& group, const std::string& client) {
    const auto answer = ask(make_request(
        remoting::RequestCode::GetConsumerRunningInfo,
        remoting::ConsumerRunningInfoRequestHeader{.consumerGroup = group, .clientId = client}));
    const nlohmann::json info = parse_fastjson(answer.body).value();
    for (const auto& [queue, state] : info.at("mqTable").items()) {
      if (!state.at("locked").get<bool>()) return false;
    }
    return true;
  }

 private:
  remoting::RemotingCommand ask(remoting::RemotingCommand request) {
    return network_.call(broker_, std::move(request), far).value();
  }

  const std::string broker_;
  remoting::Client network_{remoting::ClientOptions{}};
};

TEST(ClientShutdown, EndsInTimeWhileAnOrderlyConsumerHasLostALock) {
  Cluster cluster;
  send_some(cluster, "TopicLost", 8);
  OrderlySuccess listener;
  DefaultMQPushConsumer consumer("lost_group");
  set_up(consumer, cluster.name_server());
  consumer.setClientIP("127.0.0.1");
  consumer.setInstanceName("lost");
  consumer.setConsumeFromWhere(CONSUME_FROM_FIRST_OFFSET);
  consumer.subscribe("TopicLost", "*");
  consumer.registerMessageListener(&listener);
  consumer.start();
  ASSERT_TRUE(listener.inbox.wait_for(8));
  const MessageExt taken = listener.inbox.messages().front();
  const MessageQueue queue(taken.getTopic(), taken.getBrokerName(), taken.getQueueId());
  Intruder intruder(cluster.broker_address(0));
  ASSERT_TRUE(intruder.steal_lock("lost_group", "127.0.0.1@lost", queue));
  // It notices when it renews its locks: a second after its start, then each 20 s.
  ASSERT_TRUE(eventually([&] { return !intruder.has_all_locks("lost_group", "127.0.0.1@lost"); }));
  cluster.pause_broker(0);
  expect_end_within(consumer_bound + seconds(1) + question, [&] { consumer.shutdown(); });
  cluster.continue_broker(0);
}

TEST(ClientShutdown, OfAScheduleServiceEndsInTimeOnceItsTaskEnds) {
  Cluster cluster;
  send_some(cluster, "TopicTask");
  cluster.wait_for_routes("TopicTask");
  Gate gate;
  MQPullConsumerScheduleService service("task_group");
  set_up(service.getDefaultMQPullConsumer(), cluster.name_server());
  service.registerPullTaskCallback("TopicTask",
                                   [&](const MessageQueue&, PullTaskContext&) { gate.pass(); });
  service.start();
  gate.wait_until_reached();
  cluster.pause_broker(0);
  auto shutdown = std::async(std::launch::async, [&] { service.shutdown(); });
  EXPECT_EQ(shutdown.wait_for(consumer_bound), std::future_status::timeout)
      << "it waits for the task";
  gate.open();
  expect_end_within(consumer_bound + api, [&] { shutdown.get(); });
  cluster.continue_broker(0);
}

}  // namespace
}  // namespace rocketmq::test
