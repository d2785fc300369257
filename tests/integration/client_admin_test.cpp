// What our client replies to brokers: administrators' requests that our broker relays to
// our consumers. (Transaction checks are in client_transaction_test.cpp.)
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <nlohmann/json.hpp>
#include <ostream>
#include <stdexcept>

#include "client_cluster.hpp"
#include "rocketmq/DefaultLitePullConsumer.h"
#include "rocketmq/DefaultMQProducer.h"
#include "rocketmq/common/fastjson.hpp"
#include "rocketmq/protocol/admin_headers.hpp"
#include "rocketmq/protocol/group_headers.hpp"
#include "rocketmq/remoting/client.hpp"

namespace rocketmq::test {
namespace {

using remoting::RemotingCommand;
using remoting::RequestCode;

/// What an administrator's tool would send.
class Admin {
 public:
  explicit Admin(std::string broker) : broker_(std::move(broker)) {}

  RemotingCommand ask(RemotingCommand request) {
    auto answer = network_.invoke(broker_, std::move(request), std::chrono::seconds(60));
    if (!answer) throw std::runtime_error(answer.error().remark);
    return std::move(*answer);
  }
  template <class Header>
  RemotingCommand ask(RequestCode code, const Header& header) {
    return ask(make_request(code, header));
  }
  /// The body of an answer that is a success.
  template <class Header>
  nlohmann::json json(RequestCode code, const Header& header) {
    const RemotingCommand answer = ask(code, header);
    EXPECT_EQ(answer.response_code(), ResponseCode::Success) << answer.remark;
    auto body = parse_fastjson(answer.body);
    EXPECT_TRUE(body) << answer.body;
    return body ? *body : nlohmann::json();
  }
  nlohmann::json consume_directly(const std::string& group, const std::string& client,
                                  const SendResult& sent) {
    return json(RequestCode::ConsumeMessageDirectly,
                remoting::ConsumeMessageDirectlyRequestHeader{
                    .consumerGroup = group,
                    .clientId = client,
                    .msgId = sent.getOffsetMsgId(),
                    .brokerName = sent.getMessageQueue().getBrokerName(),
                    .topic = sent.getMessageQueue().getTopic()});
  }

 private:
  const std::string broker_;
  remoting::Client network_{remoting::ClientOptions{}};
};

class ClientAdminTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { cluster_ = std::make_unique<Cluster>(); }
  static void TearDownTestSuite() { cluster_.reset(); }

  static std::vector<SendResult> send_numbered(const std::string& topic, int count) {
    DefaultMQProducer producer("admin_producers");
    producer.setNamesrvAddr(cluster_->name_server());
    producer.start();
    std::vector<SendResult> results;
    for (int i = 0; i < count; ++i)
      results.push_back(producer.send(Message(topic, std::to_string(i))));
    return results;
  }
  /// Makes the consumer's client id one that a test knows.
  template <class Consumer>
  static void name(Consumer& consumer, const std::string& instance) {
    consumer.setClientIP("127.0.0.1");
    consumer.setInstanceName(instance);
  }

  static std::unique_ptr<Cluster> cluster_;
  Admin admin_{cluster_->broker_address(0)};
};
std::unique_ptr<Cluster> ClientAdminTest::cluster_;

TEST_F(ClientAdminTest, AConsumerTellsHowItRuns) {
  send_numbered("TopicRunning", 12);
  TestConsumer consumer(cluster_->name_server(), "running_group", "TopicRunning", "*",
                        [](DefaultMQPushConsumer& c) { name(c, "running"); });
  ASSERT_TRUE(consumer.inbox.wait_for(12));
  const remoting::ConsumerRunningInfoRequestHeader header{.consumerGroup = "running_group",
                                                          .clientId = "127.0.0.1@running"};
  const auto info = admin_.json(RequestCode::GetConsumerRunningInfo, header);
  EXPECT_EQ(info["properties"]["PROP_CONSUME_TYPE"], "CONSUME_PASSIVELY");
  EXPECT_EQ(info["properties"]["PROP_CONSUMEORDERLY"], "false");
  EXPECT_EQ(info["properties"]["PROP_THREADPOOL_CORE_SIZE"], "4");
  EXPECT_EQ(info["properties"]["PROP_NAMESERVER_ADDR"], cluster_->name_server() + ";");
  EXPECT_EQ(info["subscriptionSet"].size(), 2U) << "its topic and its retry topic";
  EXPECT_TRUE(info["statusTable"].contains("TopicRunning"));
  EXPECT_GE(info["mqTable"].size(), 4U) << "and one of the retry topic once it is known";
  for (const auto& [queue, state] : info["mqTable"].items())
    EXPECT_EQ(state["droped"], false) << queue;
}

TEST_F(ClientAdminTest, TopicsAndGroupsAreMadeByTheListAndAGroupTellsWhatItReads) {
  const auto topics = admin_.ask(make_request(
      RequestCode::UpdateAndCreateTopicList,
      std::string(R"({"topicConfigList":[{"topicName":"TopicListed","readQueueNums":2,)"
                  R"("writeQueueNums":2,"perm":6},{"topicName":"TopicListedToo","perm":6,)"
                  R"("readQueueNums":1,"writeQueueNums":1}]})")));
  ASSERT_EQ(topics.response_code(), ResponseCode::Success) << topics.remark;
  EXPECT_EQ(admin_.json(RequestCode::GetTopicConfig,
                        remoting::TopicRequestHeader{.topic = "TopicListed"})["writeQueueNums"],
            2);
  const auto groups = admin_.ask(make_request(
      RequestCode::UpdateAndCreateSubscriptionGroupList,
      std::string(R"({"groupConfigList":[{"groupName":"listed_group","retryMaxTimes":3},)"
                  R"({"groupName":"listed_group_too"}]})")));
  ASSERT_EQ(groups.response_code(), ResponseCode::Success) << groups.remark;
  EXPECT_EQ(admin_.json(RequestCode::GetSubscriptionGroupConfig,
                        remoting::GroupRequestHeader{.group = "listed_group"})["retryMaxTimes"],
            3);

  TestConsumer consumer(cluster_->name_server(), "listed_group", "TopicListed", "TagA || TagB");
  const remoting::QuerySubscriptionRequestHeader subscription{.group = "listed_group",
                                                              .topic = "TopicListed"};
  EXPECT_TRUE(eventually([&] {  // with the consumer's first heartbeat
    const auto body = admin_.json(RequestCode::QuerySubscriptionByConsumer, subscription);
    return body["group"] == "listed_group" && body.contains("subscriptionData") &&
           body["subscriptionData"]["subString"] == "TagA || TagB";
  }));
  EXPECT_TRUE(eventually([&] {  // once it has saved where it reads
    const auto body = admin_.json(RequestCode::QueryTopicsByConsumer,
                                  remoting::GroupRequestHeader{.group = "listed_group"});
    const auto& read = body["topicList"];
    return std::find(read.begin(), read.end(), "TopicListed") != read.end();
  }));
}

TEST_F(ClientAdminTest, ACorePoolSizeCanBeChangedWhileItRunsAndIsReported) {
  send_numbered("TopicPool", 1);
  TestConsumer consumer(cluster_->name_server(), "pool_group", "TopicPool", "*",
                        [](DefaultMQPushConsumer& c) { name(c, "pool"); });
  EXPECT_THROW(consumer.consumer.updateCorePoolSize(0), MQClientException);
  EXPECT_THROW(consumer.consumer.updateCorePoolSize(5), MQClientException) << "the maximum is 4";
  consumer.consumer.updateCorePoolSize(2);
  const remoting::ConsumerRunningInfoRequestHeader header{.consumerGroup = "pool_group",
                                                          .clientId = "127.0.0.1@pool"};
  EXPECT_TRUE(eventually([&] {  // the group may not be known yet
    const RemotingCommand answer = admin_.ask(RequestCode::GetConsumerRunningInfo, header);
    if (answer.response_code() != ResponseCode::Success) return false;
    return (*parse_fastjson(answer.body))["properties"]["PROP_THREADPOOL_CORE_SIZE"] == "2";
  }));
  send_numbered("TopicPool", 8);
  EXPECT_TRUE(consumer.inbox.wait_for(8));
}

TEST_F(ClientAdminTest, AMessageIsConsumedDirectlyAndTheResultTold) {
  const auto sent = send_numbered("TopicDirect", 1).front();
  std::atomic<int> answer{0};
  TestConsumer consumer(
      cluster_->name_server(), "direct_group", "TopicDirect", "*", [&](DefaultMQPushConsumer& c) {
        name(c, "direct");
        c.registerMessageListener(
            [&](const std::vector<MessageExt>& messages, ConsumeConcurrentlyContext&) {
              consumer.inbox.add(messages.front());
              if (answer == 2) throw std::runtime_error("no money");
              return answer == 1 ? RECONSUME_LATER : CONSUME_SUCCESS;
            });
      });
  ASSERT_TRUE(consumer.inbox.wait_for(1));

  const auto good = admin_.consume_directly("direct_group", "127.0.0.1@direct", sent);
  EXPECT_EQ(good["consumeResult"], "CR_SUCCESS");
  EXPECT_EQ(good["order"], false);
  EXPECT_EQ(consumer.inbox.size(), 2U);
  EXPECT_EQ(consumer.inbox.messages().back().getMsgId(), sent.getMsgId());

  answer = 1;
  EXPECT_EQ(admin_.consume_directly("direct_group", "127.0.0.1@direct", sent)["consumeResult"],
            "CR_LATER");
  answer = 2;
  const auto thrown = admin_.consume_directly("direct_group", "127.0.0.1@direct", sent);
  EXPECT_EQ(thrown["consumeResult"], "CR_THROW_EXCEPTION");
  EXPECT_EQ(thrown["remark"], "no money");
  EXPECT_EQ(consumer.inbox.size(), 4U) << "none of them is delivered again by itself";
}

/// Replies as it is told, in order.
class OrderlyAnswer : public MessageListenerOrderly {
 public:
  ConsumeOrderlyStatus consumeMessage(const std::vector<MessageExt>& messages,
                                      ConsumeOrderlyContext&) override {
    for (const MessageExt& message : messages) inbox.add(message);
    return status;
  }
  Inbox inbox;
  std::atomic<ConsumeOrderlyStatus> status{ConsumeOrderlyStatus::SUCCESS};
};

TEST_F(ClientAdminTest, AnOrderlyListenerConsumesDirectlyAsWell) {
  const auto sent = send_numbered("TopicDirectOrderly", 1).front();
  OrderlyAnswer listener;
  TestConsumer consumer(cluster_->name_server(), "direct_orderly_group", "TopicDirectOrderly", "*",
                        [&](DefaultMQPushConsumer& c) {
                          name(c, "direct_orderly");
                          c.registerMessageListener(&listener);
                        });
  ASSERT_TRUE(listener.inbox.wait_for(1));
  const std::string id = "127.0.0.1@direct_orderly";
  const auto good = admin_.consume_directly("direct_orderly_group", id, sent);
  EXPECT_EQ(good["consumeResult"], "CR_SUCCESS");
  EXPECT_EQ(good["order"], true);
  listener.status = ConsumeOrderlyStatus::SUSPEND_CURRENT_QUEUE_A_MOMENT;
  EXPECT_EQ(admin_.consume_directly("direct_orderly_group", id, sent)["consumeResult"], "CR_LATER");
}

TEST_F(ClientAdminTest, AGroupThatIsNotThereIsSaidSo) {
  const remoting::ConsumerRunningInfoRequestHeader header{.consumerGroup = "nobody_group",
                                                          .clientId = "127.0.0.1@nobody"};
  EXPECT_EQ(admin_.ask(RequestCode::GetConsumerRunningInfo, header).response_code(),
            ResponseCode::SystemError);
}

TEST_F(ClientAdminTest, AConsumerTellsItsOffsets) {
  send_numbered("TopicStatus", 20);
  TestConsumer consumer(cluster_->name_server(), "status_group", "TopicStatus", "*",
                        [](DefaultMQPushConsumer& c) { name(c, "status"); });
  ASSERT_TRUE(consumer.inbox.wait_for(20));
  const remoting::GetConsumerStatusRequestHeader header{.topic = "TopicStatus",
                                                        .group = "status_group"};
  EXPECT_TRUE(eventually([&] {  // the last listener call may not have returned yet
    const auto body = admin_.json(RequestCode::InvokeBrokerToGetConsumerStatus, header);
    std::int64_t consumed = 0;
    for (const auto& offset : body["consumerTable"]["127.0.0.1@status"])
      consumed += offset.get<std::int64_t>();
    return consumed == 20;
  }));
}

TEST_F(ClientAdminTest, AResetOffsetDeliversMessagesAgain) {
  send_numbered("TopicReset", 20);
  TestConsumer consumer(cluster_->name_server(), "reset_group", "TopicReset");
  ASSERT_TRUE(consumer.inbox.wait_for(20));
  consumer.inbox.clear();
  const remoting::ResetOffsetRequestHeader to_the_beginning{
      .topic = "TopicReset", .group = "reset_group", .timestamp = 0, .isForce = true};
  // The broker knows the group once an offset of it has been stored.
  ASSERT_TRUE(eventually([&] {
    const RemotingCommand answer =
        admin_.ask(RequestCode::InvokeBrokerToResetOffset, to_the_beginning);
    if (answer.response_code() != ResponseCode::Success) return false;
    return (*parse_fastjson(answer.body))["offsetTable"].size() == 4;
  }));
  ASSERT_TRUE(consumer.inbox.wait_for(20));
  EXPECT_EQ(consumer.inbox.size(), 20U);
}

/// Lets a test wait until a consumer has divided its queues among so many members.
class CountingStrategy final : public AllocateMessageQueueStrategy {
 public:
  std::vector<MessageQueue> allocate(const std::string& group, const std::string& client,
                                     const std::vector<MessageQueue>& queues,
                                     const std::vector<std::string>& clients) const override {
    {
      const std::scoped_lock lock(mutex_);
      members_ = clients.size();
      changed_.notify_all();
    }
    return AllocateMessageQueueAveragely().allocate(group, client, queues, clients);
  }
  std::string getName() const override { return "COUNTING"; }

  bool wait_for_members(std::size_t count, std::chrono::steady_clock::time_point until) const {
    std::unique_lock lock(mutex_);
    return changed_.wait_until(lock, until, [&] { return members_ == count; });
  }

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  mutable std::size_t members_ = 0;  // guarded by mutex_
};

TEST_F(ClientAdminTest, AChangeOfTheGroupIsHeardOfAtOnce) {
  send_numbered("TopicChanging", 1);
  const auto strategy = std::make_shared<CountingStrategy>();
  TestConsumer first(
      cluster_->name_server(), "changing_group", "TopicChanging", "*",
      [&](DefaultMQPushConsumer& c) { c.setAllocateMessageQueueStrategy(strategy); });
  // Without the brokers' word each change would be noticed at the next rebalance, 10 s later in the
  // mean: all of them in 160 s. The time is far more than is needed, and far less than that.
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(80);
  for (int i = 0; i < 8; ++i) {
    TestConsumer second(cluster_->name_server(), "changing_group", "TopicChanging");
    ASSERT_TRUE(strategy->wait_for_members(2, until)) << i;
    second.consumer.shutdown();
    ASSERT_TRUE(strategy->wait_for_members(1, until)) << i;
  }
}

/// How many messages of a queue may be cached when a setting stops its pulls: at least those that
/// pass the threshold, at most one pull's more.
struct Cached {
  std::size_t min;
  std::size_t max;
};

/// Tests of settings that stop the pulls of a queue while its messages are not taken.
class ClientThresholds : public ClientAdminTest {
 protected:
  static MessageQueue fill_one_queue(const std::string& topic, int count, std::size_t body_bytes) {
    DefaultMQProducer producer("threshold_producers");
    producer.setNamesrvAddr(cluster_->name_server());
    producer.setCompressMsgBodyOverHowmuch(1'000'000);
    producer.start();
    MessageQueue queue;
    for (int i = 0; i < count; ++i) {
      std::string body = std::to_string(i);
      body.resize(std::max(body.size(), body_bytes), ' ');
      Message message(topic, std::move(body));
      queue = (i == 0 ? producer.send(message) : producer.send(message, queue)).getMessageQueue();
    }
    return queue;
  }
  /// The pulls of the one queue that has messages, of a consumer whose instance has its group's
  /// name.
  void expect_pulls_stop(const std::string& group, Cached allowed) {
    // Each step of the queue's pull loop leaves its time; a step that was not allowed to pull
    // leaves the cached messages as they were.
    constexpr int enough = 5;
    std::size_t cached = 0;
    std::int64_t last_step = 0;
    int steps_without_a_pull = 0;
    const bool has_stopped = eventually([&] {
      const nlohmann::json queue = filled_queue(group, "127.0.0.1@" + group);
      if (queue.is_null()) return false;
      const auto step = queue["lastPullTimestamp"].get<std::int64_t>();
      const auto count = queue["cachedMsgCount"].get<std::size_t>();
      if (count != cached) {
        steps_without_a_pull = 0;
      } else if (step != last_step) {
        ++steps_without_a_pull;
      }
      cached = count;
      last_step = step;
      return cached > allowed.max || (cached >= allowed.min && steps_without_a_pull >= enough);
    });
    EXPECT_TRUE(has_stopped) << cached << " are cached";
    EXPECT_LE(cached, allowed.max);
  }

 private:
  /// What the consumer says of the one queue that has messages.
  nlohmann::json filled_queue(const std::string& group, const std::string& client) {
    const RemotingCommand answer = admin_.ask(
        RequestCode::GetConsumerRunningInfo,
        remoting::ConsumerRunningInfoRequestHeader{.consumerGroup = group, .clientId = client});
    if (answer.response_code() != ResponseCode::Success) return {};  // not known yet
    const nlohmann::json info = *parse_fastjson(answer.body);
    for (const auto& [queue, state] : info.at("mqTable").items()) {
      if (state.at("cachedMsgCount") > 0) return state;
    }
    return {};
  }
};

/// A push consumer's setting.
struct Threshold {
  const char* name;
  void (*set)(DefaultMQPushConsumer&);
  std::size_t body_bytes;
  int sent;
  Cached cached;
};
void PrintTo(const Threshold& threshold, std::ostream* out) { *out << threshold.name; }

class ClientThresholdTest : public ClientThresholds,
                            public testing::WithParamInterface<Threshold> {};

TEST_P(ClientThresholdTest, StopsThePullsWhileTheListenerIsHeldAndNoLonger) {
  const Threshold& threshold = GetParam();
  const std::string topic = std::string("TopicThreshold") + threshold.name;
  const std::string group = std::string("threshold_group_") + threshold.name;
  fill_one_queue(topic, threshold.sent, threshold.body_bytes);
  Inbox inbox;
  std::promise<void> go_on;
  const std::shared_future<void> may_go_on = go_on.get_future().share();
  DefaultMQPushConsumer consumer(group);
  consumer.setNamesrvAddr(cluster_->name_server());
  consumer.setConsumeFromWhere(CONSUME_FROM_FIRST_OFFSET);
  consumer.setConsumeThreadCount(1);
  name(consumer, group);
  threshold.set(consumer);
  consumer.subscribe(topic, "*");
  consumer.registerMessageListener(
      [&](const std::vector<MessageExt>& messages, ConsumeConcurrentlyContext&) {
        may_go_on.wait();
        for (const MessageExt& message : messages) inbox.add(message);
        return CONSUME_SUCCESS;
      });
  consumer.start();
  expect_pulls_stop(group, threshold.cached);
  EXPECT_EQ(inbox.size(), 0U);
  go_on.set_value();  // also after a failure: the shutdown waits for the listener
  EXPECT_TRUE(inbox.wait_for(static_cast<std::size_t>(threshold.sent)));
}

INSTANTIATE_TEST_SUITE_P(
    Client, ClientThresholdTest,
    testing::Values(Threshold{"ForQueue",
                              [](DefaultMQPushConsumer& c) { c.setPullThresholdForQueue(100); },
                              0,
                              400,
                              {101, 100 + 32}},
                    Threshold{
                        "Span",
                        [](DefaultMQPushConsumer& c) { c.setConsumeConcurrentlyMaxSpan(100); },
                        0,
                        400,
                        {102, 101 + 32}},
                    // Whole mebibytes count: it stops at the second one.
                    Threshold{"SizeForQueue",
                              [](DefaultMQPushConsumer& c) { c.setPullThresholdSizeForQueue(1); },
                              32'768,
                              160,
                              {64, 63 + 32}},
                    // A queue's part of four.
                    Threshold{"ForTopic",
                              [](DefaultMQPushConsumer& c) { c.setPullThresholdForTopic(100); },
                              0,
                              400,
                              {26, 25 + 32}},
                    Threshold{"SizeForTopic",
                              [](DefaultMQPushConsumer& c) { c.setPullThresholdSizeForTopic(4); },
                              32'768,
                              160,
                              {64, 63 + 32}}),
    [](const auto& instance) { return std::string(instance.param.name); });

/// A lite pull consumer's setting.
struct LiteThreshold {
  const char* name;
  void (*set)(DefaultLitePullConsumer&);
  std::size_t body_bytes;
  int sent;
  Cached cached;
};
void PrintTo(const LiteThreshold& threshold, std::ostream* out) { *out << threshold.name; }

class ClientLiteThresholdTest : public ClientThresholds,
                                public testing::WithParamInterface<LiteThreshold> {
 protected:
  void SetUp() override {
    queue_ = fill_one_queue(topic_, GetParam().sent, GetParam().body_bytes);
    consumer_.setNamesrvAddr(cluster_->name_server());
    consumer_.setConsumeFromWhere(CONSUME_FROM_FIRST_OFFSET);
    name(consumer_, group_);
    GetParam().set(consumer_);
  }
  /// Twice: the second time the queue is read again from its first message.
  void expect_pulls_stop_until_polled() {
    expect_pulls_stop(group_, GetParam().cached);
    consumer_.seekToBegin(queue_);
    expect_pulls_stop(group_, GetParam().cached);
    int polled = 0;
    EXPECT_TRUE(eventually([&] {
      polled += static_cast<int>(consumer_.poll(std::chrono::milliseconds(100)).size());
      return polled >= GetParam().sent;
    })) << polled;
  }

  const std::string topic_ = unique("TopicLite");
  const std::string group_ = unique("lite_group_");
  MessageQueue queue_;
  DefaultLitePullConsumer consumer_{group_};

 private:
  static std::string unique(const std::string& prefix) {
    std::string name = testing::UnitTest::GetInstance()->current_test_info()->name();
    std::replace(name.begin(), name.end(), '/', '_');
    return prefix + name;
  }
};

TEST_P(ClientLiteThresholdTest, StopsThePullsOfASubscribedTopicUntilItIsPolled) {
  consumer_.subscribe(topic_);
  consumer_.start();
  expect_pulls_stop_until_polled();
}

TEST_P(ClientLiteThresholdTest, StopsThePullsOfAnAssignedQueueUntilItIsPolled) {
  consumer_.assign({queue_});
  consumer_.start();
  expect_pulls_stop_until_polled();
}

TEST_P(ClientLiteThresholdTest, StopsThePullsOfAQueueAssignedWhileRunningUntilItIsPolled) {
  consumer_.start();
  consumer_.assign({queue_});
  expect_pulls_stop_until_polled();
}

INSTANTIATE_TEST_SUITE_P(
    Client, ClientLiteThresholdTest,
    testing::Values(
        LiteThreshold{"ForAll",
                      [](DefaultLitePullConsumer& c) { c.setPullThresholdForAll(100); },
                      0,
                      400,
                      {100, 99 + 10}},
        LiteThreshold{"ForQueue",
                      [](DefaultLitePullConsumer& c) { c.setPullThresholdForQueue(100); },
                      0,
                      400,
                      {101, 100 + 10}},
        LiteThreshold{"SizeForQueue",
                      [](DefaultLitePullConsumer& c) { c.setPullThresholdSizeForQueue(1); },
                      32'768,
                      160,
                      {64, 63 + 10}}),
    [](const auto& instance) { return std::string(instance.param.name); });

}  // namespace
}  // namespace rocketmq::test
