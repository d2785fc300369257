// The real mqbroker, spoken to in raw frames: what it replies at the edges, and how it keeps itself
// within bounds.
#include <fstream>

#include "broker_daemon.hpp"
#include "rocketmq/common/message_properties.hpp"
#include "rocketmq/protocol/heartbeat_data.hpp"
#include "rocketmq/protocol/namesrv_headers.hpp"

namespace rocketmq::test {
namespace {

using remoting::RemotingCommand;
using remoting::RequestCode;

class BrokerSemanticsTest : public BrokerDaemonTest {
 protected:
  static std::int64_t rss_anon_kib(const Process& process) {
    std::ifstream status("/proc/" + std::to_string(process.pid()) + "/status");
    std::string line;
    while (std::getline(status, line)) {
      if (line.starts_with("RssAnon:")) return std::stoll(line.substr(8));
    }
    return 0;
  }
  static RemotingCommand resize(const std::string& topic, std::int32_t read_queues,
                                std::int32_t write_queues) {
    return remoting::make_request(RequestCode::UpdateAndCreateTopic,
                                  remoting::CreateTopicRequestHeader{.topic = topic,
                                                                     .defaultTopic = "TBW102",
                                                                     .readQueueNums = read_queues,
                                                                     .writeQueueNums = write_queues,
                                                                     .order = false});
  }
};

TEST_F(BrokerSemanticsTest, StoresWhatAConnectionSendsInItsOrderAlsoAroundALargeMessage) {
  // The order is tested, not how long a message waits on a busy machine.
  const auto broker = start("brokerFastFailureEnable=false\n");
  BrokerClient client(port_);
  ASSERT_EQ(client.create_topic("Order", 1).response_code(), ResponseCode::Success);
  std::vector<std::int32_t> opaques;
  std::vector<std::size_t> sizes;
  for (std::size_t k = 0; k < 60; ++k) {
    // Each of another size, so that it is known again.
    sizes.push_back(k % 20 == 0 ? 1'500'000 + k : k);
    opaques.push_back(
        client.post(BrokerClient::send_request("Order", 0, std::string(sizes.back(), 'x'))));
  }
  // In any order.
  std::set<std::int32_t> unanswered(opaques.begin(), opaques.end());
  while (!unanswered.empty()) {
    const auto answer = client.connection().read_command();
    ASSERT_TRUE(answer);
    if (unanswered.erase(answer->opaque) == 0) continue;
    ASSERT_EQ(answer->response_code(), ResponseCode::Success) << answer->remark;
  }
  std::vector<std::size_t> stored;
  for (const std::string& body : client.pull_all("Order", 0, sizes.size()))
    stored.push_back(body.size());
  EXPECT_EQ(stored, sizes);
}

TEST_F(BrokerSemanticsTest, AnswersAPullAtEveryKindOfOffset) {
  const auto broker = start();
  BrokerClient client(port_);
  ASSERT_EQ(client.create_topic("Edges", 2).response_code(), ResponseCode::Success);
  for (const char* body : {"one", "two", "three"}) {
    ASSERT_EQ(client.send("Edges", 0, body).response_code(), ResponseCode::Success);
  }
  ASSERT_EQ(client.pull_all("Edges", 0, 3).size(), 3U);
  struct Case {
    std::int32_t queue_id;
    std::int64_t offset;
    ResponseCode code;
    const char* next;
    const char* status;
  };
  for (const Case& wanted :
       {Case{0, 0, ResponseCode::Success, "3", "FOUND"},
        Case{0, 3, ResponseCode::PullNotFound, "3", "OFFSET_OVERFLOW_ONE"},
        Case{0, 4, ResponseCode::PullOffsetMoved, "3", "OFFSET_OVERFLOW_BADLY"},
        Case{0, -1, ResponseCode::PullOffsetMoved, "0", "OFFSET_TOO_SMALL"},
        Case{1, 0, ResponseCode::PullNotFound, "0", "NO_MATCHED_LOGIC_QUEUE"},
        Case{1, 7, ResponseCode::PullOffsetMoved, "0", "NO_MATCHED_LOGIC_QUEUE"}}) {
    const auto answer =
        client.ask(BrokerClient::pull_request("Edges", wanted.queue_id, wanted.offset));
    EXPECT_EQ(answer.response_code(), wanted.code) << wanted.offset;
    EXPECT_EQ(field_of(answer, "nextBeginOffset"), wanted.next) << wanted.offset;
    EXPECT_EQ(field_of(answer, "minOffset"), "0");
    EXPECT_EQ(field_of(answer, "maxOffset"), wanted.queue_id == 0 ? "3" : "0");
    EXPECT_EQ(answer.remark, wanted.status) << wanted.offset;
  }
  const auto no_match = client.ask(BrokerClient::pull_request("Edges", 0, 0, 0, "TagZ"));
  EXPECT_EQ(no_match.response_code(), ResponseCode::PullRetryImmediately);
  EXPECT_EQ(field_of(no_match, "nextBeginOffset"), "3") << "past what the filter does not take";
}

TEST_F(BrokerSemanticsTest, HoldsForTheShortTimeWhenLongPollingIsOff) {
  const auto broker = start("longPollingEnable=false\nshortPollingTimeMills=100\n");
  BrokerClient client(port_);
  ASSERT_EQ(client.create_topic("Short", 1).response_code(), ResponseCode::Success);
  // Were it held as long as it asks for, the client would lose patience.
  const auto answer = client.ask(BrokerClient::pull_request("Short", 0, 0, 110'000));
  EXPECT_EQ(answer.response_code(), ResponseCode::PullNotFound);
}

TEST_F(BrokerSemanticsTest, GrowsAndShrinksTheQueuesOfATopicAtRunTime) {
  const auto broker = start();
  BrokerClient client(port_);
  ASSERT_EQ(client.ask(resize("Elastic", 2, 2)).response_code(), ResponseCode::Success);
  EXPECT_EQ(client.send("Elastic", 2, "x").response_code(), ResponseCode::SystemError);
  ASSERT_EQ(client.ask(resize("Elastic", 4, 4)).response_code(), ResponseCode::Success);
  EXPECT_EQ(client.send("Elastic", 3, "kept").response_code(), ResponseCode::Success);
  // First nothing more is written to the last queues, then they are read to their end, then they
  // go.
  ASSERT_EQ(client.ask(resize("Elastic", 4, 1)).response_code(), ResponseCode::Success);
  const auto chosen = client.send("Elastic", -1, "left to the broker");
  EXPECT_EQ(field_of(chosen, "queueId"), "0") << "the only queue that is written to";
  EXPECT_EQ(client.pull_all("Elastic", 3, 1), std::vector<std::string>{"kept"});
  ASSERT_EQ(client.ask(resize("Elastic", 1, 1)).response_code(), ResponseCode::Success);
  EXPECT_EQ(client.send("Elastic", 3, "x").response_code(), ResponseCode::SystemError);
  const auto refused = client.ask(BrokerClient::pull_request("Elastic", 3, 0));
  EXPECT_EQ(refused.response_code(), ResponseCode::SystemError);
  EXPECT_NE(refused.remark.find("queueId[3] is illegal"), std::string::npos) << refused.remark;
  EXPECT_EQ(client.pull_all("Elastic", 0, 1), std::vector<std::string>{"left to the broker"});
}

TEST_F(BrokerSemanticsTest, MakesTheTraceTopicOnlyWhenItIsToldTo) {
  {
    const auto broker = start("autoCreateTopicEnable=false\n");
    BrokerClient client(port_);
    EXPECT_EQ(client.send("RMQ_SYS_TRACE_TOPIC", 0, "x").response_code(),
              ResponseCode::TopicNotExist);
    EXPECT_EQ(broker->stop(), 0);
  }
  const auto broker = start("autoCreateTopicEnable=false\ntraceTopicEnable=true\n");
  BrokerClient client(port_);
  EXPECT_EQ(client.send("RMQ_SYS_TRACE_TOPIC", 0, "x").response_code(), ResponseCode::Success);
}

TEST_F(BrokerSemanticsTest, ServesNeitherReadersNorOrderTopicsBeyondItsPermission) {
  const auto broker = start("brokerPermission=2\n");
  BrokerClient client(port_);
  ASSERT_EQ(client.create_topic("Orders", 1).response_code(), ResponseCode::Success);
  EXPECT_EQ(client.send("Orders", 0, "x").response_code(), ResponseCode::Success);
  EXPECT_EQ(client.ask(BrokerClient::pull_request("Orders", 0, 0)).response_code(),
            ResponseCode::NoPermission);
}

TEST_F(BrokerSemanticsTest, GivesNoMoreMemoryToAPeerThatDoesNotReadAndServesTheOthers) {
  constexpr int pulls = 4'000;
  // A connection's limit is 64 MiB; the rest is for allocators, which sanitizers make generous.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  constexpr std::int64_t growth_max_kib = 640 * 1'024;
#else
  constexpr std::int64_t growth_max_kib = 160 * 1'024;
#endif
  const auto broker = start();
  BrokerClient client(port_);
  ASSERT_EQ(client.create_topic("Large", 1).response_code(), ResponseCode::Success);
  for (int number = 0; number < 4; ++number) {
    ASSERT_EQ(client.send("Large", 0, std::string(60'000, 'x')).response_code(),
              ResponseCode::Success);
  }
  ASSERT_EQ(client.pull_all("Large", 0, 4).size(), 4U);
  const std::int64_t before_kib = rss_anon_kib(*broker);
  // Responses of about 1 GB are requested, and none is read.
  RawConnection greedy(port_, "127.0.0.1", 4'096);
  const auto frame = RawConnection::encoded(BrokerClient::pull_request("Large", 0, 0));
  std::string frames;
  for (int number = 0; number < pulls; ++number) frames += frame;
  std::size_t sent = greedy.send_some(frames);
  for (int round = 0; round < 200; ++round) {
    EXPECT_EQ(client.send("Large", 0, "in between").response_code(), ResponseCode::Success);
    sent += greedy.send_some(std::string_view(frames).substr(sent));
  }
  EXPECT_LT(rss_anon_kib(*broker) - before_kib, growth_max_kib);
  EXPECT_EQ(broker->stop(), 0) << "the peer that does not read holds up nothing";
}

TEST_F(BrokerSemanticsTest, ClosesAConnectionThatHasBeenSilentForTooLongAndForgetsItsMember) {
  const auto broker = start("serverChannelMaxIdleTimeSeconds=1\n");
  RawConnection silent(port_);
  remoting::HeartbeatData data{.client_id = "127.0.0.1@7"};
  data.consumers.push_back({.group_name = "cg"});
  auto beat = remoting::make_request(RequestCode::HeartBeat, remoting::encode_body(data));
  beat.opaque = 1;
  silent.send(beat);
  ASSERT_TRUE(silent.read_command());
  EXPECT_TRUE(silent.is_closed_by_peer());
  BrokerClient observer(port_);
  const auto members = observer.ask(
      remoting::make_request(RequestCode::GetConsumerListByGroup,
                             remoting::ConsumerGroupRequestHeader{.consumerGroup = "cg"}));
  EXPECT_EQ(members.response_code(), ResponseCode::SystemError) << members.body;
}

}  // namespace
}  // namespace rocketmq::test
