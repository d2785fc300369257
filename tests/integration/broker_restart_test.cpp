// The real mqbroker, killed and started again: what it must not lose, and what it must not deliver
// twice. Each test keeps a ledger of what the broker has acknowledged.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <thread>

#include "broker_daemon.hpp"
#include "rocketmq/common/clock.hpp"
#include "rocketmq/common/message_properties.hpp"
#include "transactions.hpp"

namespace rocketmq::test {
namespace {

using remoting::RemotingCommand;
using remoting::RequestCode;

/// Bodies of messages, and how often each was found.
using Ledger = std::map<std::string, int>;

class BrokerRestartTest : public BrokerDaemonTest {
 protected:
  /// Far more than anything here takes on a busy machine.
  static constexpr std::chrono::seconds patience{90};

  static std::string with(
      std::initializer_list<std::pair<std::string_view, std::string_view>> pairs) {
    std::string text;
    for (const auto& [name, value] : pairs) append_property(text, name, value);
    return text;
  }
  static Ledger ledger_of(const std::vector<std::string>& bodies) {
    Ledger ledger;
    for (const auto& body : bodies) ++ledger[body];
    return ledger;
  }
  /// Every record of a queue from `offset` on, as soon as there are `count_min` of them.
  struct Found {
    std::string body;
    std::int32_t reconsume_times = 0;
    std::int64_t physical_offset = 0;
    std::int64_t store_timestamp_ms = 0;
    std::string properties;
  };
  static std::vector<Found> pull_records(BrokerClient& client, std::string_view topic,
                                         std::size_t count_min) {
    std::vector<Found> found;
    const auto until = std::chrono::steady_clock::now() + patience;
    while (found.size() < count_min && std::chrono::steady_clock::now() < until) {
      const auto answer = client.ask(
          BrokerClient::pull_request(topic, 0, static_cast<std::int64_t>(found.size()), 1'000));
      if (answer.response_code() != ResponseCode::Success) continue;
      for (const auto& record :
           message_record::decode_all(answer.body, message_record::Check::BodyCrc).value()) {
        found.push_back({std::string(record.body), record.reconsume_times, record.physical_offset,
                         record.store_timestamp_ms, std::string(record.properties)});
      }
    }
    EXPECT_GE(found.size(), count_min) << topic;
    return found;
  }
  static std::int64_t end_of(BrokerClient& client, const std::string& topic) {
    const auto end = client.ask(remoting::make_request(
        RequestCode::GetMaxOffset, remoting::QueueRequestHeader{.topic = topic, .queueId = 0}));
    return std::stoll(field_of(end, "offset"));
  }
  /// Waits until `condition` holds.
  template <class Condition>
  static bool wait_until(Condition condition) {
    const auto until = std::chrono::steady_clock::now() + patience;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > until) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return true;
  }
  /// Whether every delayed message of these levels has been delivered.
  static bool delivered_all(BrokerClient& client, int levels, int count) {
    const auto info = client.ask(remoting::make_request(RequestCode::GetBrokerRuntimeInfo));
    for (int level = 1; level <= levels; ++level) {
      const auto number = std::to_string(count);
      const auto wanted = "\"scheduleMessageOffset_" + std::to_string(level) + "\":\"" + number +
                          "," + number + "\"";
      if (info.body.find(wanted) == std::string_view::npos) return false;
    }
    return true;
  }
};

TEST_F(BrokerRestartTest, DeliversEachDelayedMessageOnceAndNotBeforeItsTime) {
  constexpr int levels = 3;
  constexpr int count = 200;
  // The progress of the deliveries is saved too seldom to be of any use after the kill.
  const std::string keys = "messageDelayLevel=1s 3s 6s\nflushDelayOffsetInterval=600000\n";
  std::map<std::string, std::int64_t> due_ms;
  {
    const auto broker = start(keys);
    BrokerClient client(port_);
    ASSERT_EQ(client.create_topic("Delayed", 1).response_code(), ResponseCode::Success);
    for (int number = 0; number < count; ++number) {
      for (int level = 1; level <= levels; ++level) {
        const auto body = "level " + std::to_string(level) + " number " + std::to_string(number);
        const auto now_ms = SystemClock().now_ms();
        ASSERT_EQ(client
                      .ask(BrokerClient::send_request(
                          "Delayed", 0, body,
                          with({{property::delay_level, std::to_string(level)},
                                {property::unique_key, body}})))
                      .response_code(),
                  ResponseCode::Success);
        due_ms[body] = now_ms + (level == 1 ? 1'000 : level == 2 ? 3'000 : 6'000);
      }
    }
    (void)pull_records(client, "Delayed", count + 1);
    (void)broker->kill();
  }
  const auto broker = start(keys);
  BrokerClient client(port_);
  ASSERT_TRUE(wait_until([&] { return delivered_all(client, levels, count); }));
  const auto delivered = pull_records(client, "Delayed", due_ms.size());
  EXPECT_EQ(end_of(client, "Delayed"), std::ssize(due_ms)) << "nothing was delivered twice";
  Ledger ledger;
  for (const auto& message : delivered) {
    ++ledger[message.body];
    EXPECT_GE(message.store_timestamp_ms, due_ms[message.body]) << message.body;
  }
  for (const auto& [body, due] : due_ms) EXPECT_EQ(ledger[body], 1) << body;
}

TEST_F(BrokerRestartTest, KeepsTheEndsOfTransactionsAndAsksOnlyForTheOpenOnes) {
  // Checks are counted also while no producer is there to answer; none may be given up however slow
  // the test is.
  const std::string keys =
      "transactionCheckInterval=200\ntransactionTimeOut=1000\ntransactionCheckMax=100000\n";
  {
    const auto broker = start(keys);
    BrokerClient client(port_);
    ASSERT_EQ(client.create_topic("Paid", 1).response_code(), ResponseCode::Success);
    using Outcome = std::optional<Decision>;
    for (const auto& [body, outcome] :
         {std::pair{"committed", Outcome(Decision::Commit)},
          std::pair{"rolled back", Outcome(Decision::Rollback)}, std::pair{"open", Outcome()},
          std::pair{"open and asked for", Outcome()}}) {
      const auto half = send_half(client, "Paid", 0, body);
      ASSERT_EQ(half.response_code(), ResponseCode::Success) << half.remark;
      if (!outcome) continue;
      ASSERT_EQ(end(client, begun_by(half), *outcome).response_code(), ResponseCode::Success);
    }
    // The producer is asked for the last two before the kill, and does not reply.
    BrokerClient producer(port_);
    beat_as_producer(producer);
    for (int asked = 0; asked < 2; ++asked) {
      const auto check = producer.connection().read_command(patience);
      ASSERT_TRUE(check);
      EXPECT_EQ(check->request_code(), RequestCode::CheckTransactionState);
    }
    (void)broker->kill();
  }
  const auto broker = start(keys);
  BrokerClient producer(port_);
  BrokerClient client(port_);
  beat_as_producer(producer);
  // Every check gets a commit in reply, so that whatever the broker still holds would be seen.
  std::set<std::string> asked;
  const auto commit_what_is_asked_for = [&](const RemotingCommand& check) {
    if (check.request_code() != RequestCode::CheckTransactionState) return;
    const auto half = message_record::decode(check.body, message_record::Check::BodyCrc);
    ASSERT_TRUE(half);
    asked.insert(std::string(half->body));
    ASSERT_EQ(end(client, asked_for_by(check), Decision::Commit, true).response_code(),
              ResponseCode::Success);
  };
  // Not until the committed messages are in their queue: that comes later than the commits, and
  // nothing is requested any more by then.
  while (asked.size() < 2) {
    const auto check = producer.connection().read_command(patience);
    ASSERT_TRUE(check);
    commit_what_is_asked_for(*check);
  }
  // Until the broker has nothing left to ask for.
  while (const auto check = producer.connection().read_command(std::chrono::seconds(3)))
    commit_what_is_asked_for(*check);
  EXPECT_EQ(asked, (std::set<std::string>{"open", "open and asked for"}));
  EXPECT_TRUE(wait_until([&] { return end_of(client, "Paid") >= 3; }));
  EXPECT_EQ(end_of(client, "Paid"), 3);
  Ledger ledger;
  for (const auto& message : pull_records(client, "Paid", 3)) ++ledger[message.body];
  EXPECT_EQ(ledger, (Ledger{{"committed", 1}, {"open", 1}, {"open and asked for", 1}}));
}

TEST_F(BrokerRestartTest, CountsRetriesOnAndGivesUpAtTheLimit) {
  const std::string keys = "messageDelayLevel=1s 1s 1s 1s\n";
  const auto send_back = [](BrokerClient& client, std::int64_t physical_offset) {
    auto request =
        remoting::make_request(RequestCode::ConsumerSendMsgBack,
                               remoting::ConsumerSendMsgBackRequestHeader{.offset = physical_offset,
                                                                          .group = "cg",
                                                                          .originTopic = "Failing",
                                                                          .maxReconsumeTimes = 2});
    request.version = 400;
    return client.ask(std::move(request)).response_code();
  };
  std::size_t retries = 0;
  std::int64_t failing = 0;
  {
    const auto broker = start(keys);
    BrokerClient client(port_);
    ASSERT_EQ(client.create_topic("Failing", 1).response_code(), ResponseCode::Success);
    ASSERT_EQ(client
                  .ask(BrokerClient::send_request("Failing", 0, "poison",
                                                  with({{property::unique_key, "poison"}})))
                  .response_code(),
              ResponseCode::Success);
    failing = pull_records(client, "Failing", 1).front().physical_offset;
    ASSERT_EQ(send_back(client, failing), ResponseCode::Success);
    (void)broker->kill();
  }
  for (int restart = 1; restart <= 2; ++restart) {
    const auto broker = start(keys);
    BrokerClient client(port_);
    const auto retried = pull_records(client, "%RETRY%cg", ++retries);
    ASSERT_EQ(retried.size(), retries);
    EXPECT_EQ(retried.back().reconsume_times, restart);
    EXPECT_EQ(find_property(retried.back().properties, property::retry_topic), "Failing");
    ASSERT_EQ(send_back(client, retried.back().physical_offset), ResponseCode::Success);
    (void)broker->kill();
  }
  const auto broker = start(keys);
  BrokerClient client(port_);
  const auto dead = pull_records(client, "%DLQ%cg", 1);
  ASSERT_EQ(dead.size(), 1U);
  EXPECT_EQ(dead.front().body, "poison");
  EXPECT_EQ(end_of(client, "%DLQ%cg"), 1);
  EXPECT_EQ(end_of(client, "%RETRY%cg"), 2);
}

TEST_F(BrokerRestartTest, KnowsEveryTopicOfWhichItHasAcknowledgedAMessage) {
  constexpr int topics = 50;
  const auto name = [](int number) { return "Young" + std::to_string(number); };
  {
    const auto broker = start();
    BrokerClient client(port_);
    for (int number = 0; number < topics; ++number) {
      ASSERT_EQ(client.send(name(number), 0, "first").response_code(), ResponseCode::Success);
    }
    (void)broker->kill();
  }
  const auto broker = start();
  BrokerClient client(port_);
  for (int number = 0; number < topics; ++number) {
    EXPECT_EQ(client.pull_all(name(number), 0, 1), std::vector<std::string>{"first"});
  }
}

TEST_F(BrokerRestartTest, KnowsTheTopicOfAMessageThatIsCommittedAfterTheKill) {
  Transaction begun;
  {
    const auto broker = start();
    BrokerClient client(port_);
    const auto half = send_half(client, "Young", 3, "paid");
    ASSERT_EQ(half.response_code(), ResponseCode::Success) << half.remark;
    begun = begun_by(half);
    (void)broker->kill();
  }
  // As when the kill comes before the topic is saved, which is a matter of a tenth of a second.
  std::filesystem::remove(home_ / "store/config/topics.json");
  std::filesystem::remove(home_ / "store/config/topics.json.bak");
  const auto broker = start();
  BrokerClient client(port_);
  ASSERT_EQ(client.ask(BrokerClient::pull_request("Young", 3, 0)).response_code(),
            ResponseCode::TopicNotExist);
  ASSERT_EQ(end(client, begun, Decision::Commit).response_code(), ResponseCode::Success);
  EXPECT_EQ(client.pull_all("Young", 3, 1), std::vector<std::string>{"paid"});
}

TEST_F(BrokerRestartTest, KeepsTheOffsetsThatWereSavedBeforeTheKill) {
  const remoting::QueryConsumerOffsetRequestHeader query{
      .consumerGroup = "cg", .topic = "Orders", .queueId = 0};
  const auto commit = [](std::int64_t offset) {
    return remoting::make_request(
        RequestCode::UpdateConsumerOffset,
        remoting::UpdateConsumerOffsetRequestHeader{
            .consumerGroup = "cg", .topic = "Orders", .queueId = 0, .commitOffset = offset});
  };
  {
    const auto broker = start("flushConsumerOffsetInterval=20\n");
    BrokerClient client(port_);
    ASSERT_EQ(client.create_topic("Orders", 1).response_code(), ResponseCode::Success);
    for (int number = 0; number < 10; ++number) {
      ASSERT_EQ(client.send("Orders", 0, std::to_string(number)).response_code(),
                ResponseCode::Success);
    }
    ASSERT_EQ(client.ask(commit(7)).response_code(), ResponseCode::Success);
    ASSERT_TRUE(wait_until([&] {
      const auto file = home_ / "store/config/consumerOffset.json";
      return std::filesystem::exists(file) &&
             home_.read("store/config/consumerOffset.json").find("Orders@cg") != std::string::npos;
    }));
    (void)broker->kill();
  }
  const auto broker = start();
  BrokerClient client(port_);
  EXPECT_EQ(field_of(client.ask(remoting::make_request(RequestCode::QueryConsumerOffset, query)),
                     "offset"),
            "7");
  EXPECT_EQ(client.pull_all("Orders", 0, 3, 7), (std::vector<std::string>{"7", "8", "9"}));
}

TEST_F(BrokerRestartTest, ForgetsQueueLocksSoThatTheFirstToAskGetsThem) {
  const auto lock = [](const std::string& client_id) {
    return remoting::make_request(RequestCode::LockBatchMq,
                                  remoting::encode_body(remoting::LockBatchRequestBody{
                                      .client_id = client_id,
                                      .consumer_group = "cg",
                                      .queues = {{"Orders", "broker-a", 0}}}));
  };
  {
    const auto broker = start();
    BrokerClient client(port_);
    ASSERT_NE(client.ask(lock("one")).body.find("Orders"), std::string::npos);
    ASSERT_EQ(client.ask(lock("two")).body.find("Orders"), std::string::npos);
    (void)broker->kill();
  }
  const auto broker = start();
  BrokerClient client(port_);
  EXPECT_NE(client.ask(lock("two")).body.find("Orders"), std::string::npos);
  EXPECT_EQ(client.ask(lock("one")).body.find("Orders"), std::string::npos);
}

TEST_F(BrokerRestartTest, ADeletedTopicStaysDeletedThoughQueuesAreLostAndItsDelayedMessageIsDue) {
  {
    const auto broker = start();
    BrokerClient client(port_);
    for (const char* topic : {"Gone", "Kept"}) {
      ASSERT_EQ(client.create_topic(topic, 1).response_code(), ResponseCode::Success);
      ASSERT_EQ(client.send(topic, 0, "x").response_code(), ResponseCode::Success);
    }
    ASSERT_EQ(client
                  .ask(BrokerClient::send_request("Gone", 0, "late",
                                                  with({{property::delay_level, "1"}})))
                  .response_code(),
              ResponseCode::Success);
    ASSERT_EQ(client
                  .ask(remoting::make_request(RequestCode::DeleteTopicInBroker,
                                              remoting::TopicRequestHeader{.topic = "Gone"}))
                  .response_code(),
              ResponseCode::Success);
    (void)broker->kill();
  }
  std::filesystem::remove_all(home_ / "store/consumequeue/Kept");
  const auto broker = start();
  BrokerClient client(port_);
  EXPECT_EQ(client.pull_all("Kept", 0, 1), std::vector<std::string>{"x"});
  EXPECT_TRUE(wait_until([&] { return delivered_all(client, 1, 1); }));
  const auto table = client.ask(remoting::make_request(RequestCode::GetAllTopicConfig));
  EXPECT_EQ(table.body.find("\"Gone\""), std::string_view::npos);
  EXPECT_NE(table.body.find("\"Kept\""), std::string_view::npos);
}

}  // namespace
}  // namespace rocketmq::test
