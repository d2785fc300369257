// The flood table: what one greedy peer does, where it ends, what it is told, and that a peer from
// another address gets on all the same. Each row runs against a broker with a small limit.
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <ostream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "broker_daemon.hpp"
#include "rocketmq/common/message_queue.hpp"
#include "rocketmq/protocol/heartbeat_data.hpp"

namespace rocketmq::test {
namespace {

using remoting::RemotingCommand;
using remoting::RequestCode;

/// A connection to a port of 127.0.0.1 that comes from another address of this machine.
RawConnection connect_from(const char* address, std::uint16_t port) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  RawConnection connection{RawConnection::Adopt{descriptor}};
  sockaddr_in from{};
  from.sin_family = AF_INET;
  ::inet_pton(AF_INET, address, &from.sin_addr);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(descriptor, reinterpret_cast<const sockaddr*>(&from), sizeof from) != 0 ||
      ::connect(descriptor, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
    throw std::runtime_error(std::string("connect from ") + address + ": " + std::strerror(errno));
  }
  return connection;
}

RemotingCommand heartbeat(remoting::HeartbeatData data) {
  data.client_id = "client";
  return remoting::make_request(RequestCode::HeartBeat, remoting::encode_body(data));
}

RemotingCommand pull_as(const std::string& group) {
  return remoting::make_request(RequestCode::PullMessage,
                                remoting::PullMessageRequestHeader{.consumerGroup = group,
                                                                   .topic = "Orders",
                                                                   .queueOffset = 0,
                                                                   .maxMsgNums = 1,
                                                                   .sysFlag = 4,
                                                                   .subscription = "*"});
}

std::string numbered(const char* name, int number) { return name + std::to_string(number); }

/// One row of the table.
struct Flood {
  /// What the greedy peer does.
  const char* name;
  /// The limit, as the configuration has it.
  const char* keys;
  /// Asks for the k-th of what the limit counts.
  std::function<RemotingCommand(int)> ask;
  /// Whether an answer gives it.
  std::function<bool(const RemotingCommand&)> is_given;
  /// How many of them one address gets, at least and at most.
  int given_min;
  int given_max;
  /// What the refusal says.
  const char* told;
};

void PrintTo(const Flood& row, std::ostream* out) { *out << row.name; }

bool succeeds(const RemotingCommand& answer) {
  return answer.response_code() == ResponseCode::Success;
}
bool is_served(const RemotingCommand& answer) {
  return answer.response_code() != ResponseCode::SystemError;
}
bool locks_a_queue(const RemotingCommand& answer) {
  return answer.body.find("queueId") != std::string_view::npos;
}

const std::vector<Flood>& floods() {
  static const std::vector<Flood> rows{
      {.name = "SendsToNewTopics",
       .keys = "topicsMax=60\n",
       .ask = [](int k) { return BrokerClient::send_request(numbered("T", k), 0, "m"); },
       .is_given = succeeds,
       .given_min = 20,
       .given_max = 30,
       .told = "topics on one broker, and no share"},
      {.name = "PullsAsNewGroups",
       .keys = "subscriptionGroupsMax=60\n",
       .ask = [](int k) { return pull_as(numbered("g", k)); },
       .is_given = is_served,
       .given_min = 20,
       .given_max = 30,
       .told = "consumer groups on one broker, and no share"},
      {.name = "CommitsOffsetsOfNewGroups",
       .keys = "consumerOffsetsMax=60\n",
       .ask =
           [](int k) {
             return remoting::make_request(
                 RequestCode::UpdateConsumerOffset,
                 remoting::UpdateConsumerOffsetRequestHeader{
                     .consumerGroup = numbered("g", k), .topic = "Orders", .commitOffset = 1});
           },
       .is_given = succeeds,
       .given_min = 25,
       .given_max = 30,
       .told = "consumer offsets on one broker, and no share"},
      {.name = "JoinsProducerGroups",
       .keys = "clientGroupsMax=60\n",
       .ask = [](int k) { return heartbeat({.producer_groups = {numbered("p", k)}}); },
       .is_given = succeeds,
       .given_min = 30,
       .given_max = 30,
       .told = "memberships in producer groups on one broker, and no share"},
      {.name = "JoinsConsumerGroups",
       .keys = "clientGroupsMax=60\n",
       .ask = [](int k) { return heartbeat({.consumers = {{.group_name = numbered("c", k)}}}); },
       .is_given = succeeds,
       .given_min = 30,
       .given_max = 30,
       .told = "memberships in consumer groups on one broker, and no share"},
      {.name = "SubscribesAtLength",
       .keys = "subscriptionBytesMax=65536\n",
       .ask =
           [](int k) {
             return heartbeat(
                 {.consumers = {{.group_name = numbered("c", k),
                                 .subscriptions = {{.topic = "Orders",
                                                    .sub_string = std::string(2'000, 'x')}}}}});
           },
       .is_given = succeeds,
       .given_min = 4,
       .given_max = 15,
       .told = "bytes of subscriptions on one broker, and no share"},
      {.name = "LocksQueues",
       .keys = "queueLocksMax=60\n",
       .ask =
           [](int k) {
             const remoting::LockBatchRequestBody body{
                 .client_id = "client",
                 .consumer_group = numbered("g", k),
                 .queues = {{.topic = "Orders", .broker_name = "broker-a", .queue_id = 0}}};
             return remoting::make_request(RequestCode::LockBatchMq, remoting::encode_body(body));
           },
       .is_given = locks_a_queue,
       .given_min = 30,
       .given_max = 30,
       .told = ""},
  };
  return rows;
}

class FloodTest : public BrokerDaemonTest, public testing::WithParamInterface<Flood> {};

TEST_P(FloodTest, EndsAtTheShareOfTheGreedyAddressAndLeavesOthersTheirs) {
  const Flood& row = GetParam();
  const auto broker = start(row.keys);
  BrokerClient greedy(connect_from("127.0.0.2", port_));
  BrokerClient honest(connect_from("127.0.0.3", port_));
  ASSERT_TRUE(succeeds(honest.send("Orders", 0, "first")));
  int given = 0;
  RemotingCommand answer;
  for (;; ++given) {
    ASSERT_LE(given, row.given_max) << "the greedy address was given more than its share";
    answer = greedy.ask(row.ask(given));
    if (!row.is_given(answer)) break;
  }
  EXPECT_GE(given, row.given_min);
  EXPECT_NE(answer.remark.find(row.told), std::string::npos) << answer.remark;
  BrokerClient again(connect_from("127.0.0.2", port_));
  EXPECT_FALSE(row.is_given(again.ask(row.ask(given)))) << "another connection is no other peer";
  for (int k = 1; k <= 3; ++k)
    EXPECT_TRUE(row.is_given(honest.ask(row.ask(1'000 + k)))) << "an honest peer is refused";
}

INSTANTIATE_TEST_SUITE_P(Table, FloodTest, testing::ValuesIn(floods()),
                         [](const auto& row) { return std::string(row.param.name); });

using MessageLimitsTest = BrokerDaemonTest;

TEST_F(MessageLimitsTest, RefusesWhatIsTooLarge) {
  const auto broker = start("maxMessageSize=1000\n");
  BrokerClient client(port_);
  EXPECT_TRUE(succeeds(client.send("Orders", 0, std::string(800, 'x'))));
  const auto large = client.send("Orders", 0, std::string(1'001, 'x'));
  EXPECT_EQ(large.response_code(), ResponseCode::MessageIllegal) << large.remark;
  const auto with_properties = client.ask(
      BrokerClient::send_request("Orders", 0, "m", "k\x01" + std::string(40'000, 'v') + "\x02"));
  EXPECT_EQ(with_properties.response_code(), ResponseCode::MessageIllegal)
      << with_properties.remark;
  EXPECT_TRUE(succeeds(client.send("Orders", 0, "m")));
}

// Rows whose end is no answer.

using FloodOfConnectionsTest = BrokerDaemonTest;

TEST_F(FloodOfConnectionsTest, MakesRoomForAnotherAddress) {
  const auto broker = start("serverConnectionsMax=40\n");
  std::vector<std::unique_ptr<BrokerClient>> greedy;
  for (int k = 0; k < 40; ++k) {
    greedy.push_back(std::make_unique<BrokerClient>(connect_from("127.0.0.2", port_)));
    ASSERT_TRUE(succeeds(greedy.back()->send("Orders", 0, "m")));
  }
  EXPECT_TRUE(connect_from("127.0.0.2", port_).is_closed_by_peer()) << "its address has most";
  BrokerClient honest(connect_from("127.0.0.3", port_));
  EXPECT_TRUE(succeeds(honest.send("Orders", 0, "m")));
  EXPECT_TRUE(greedy.back()->connection().is_closed_by_peer()) << "the newest makes room";
  EXPECT_TRUE(succeeds(greedy.front()->send("Orders", 0, "m")));
}

TEST_F(FloodOfConnectionsTest, EndsAtTheNumberThatOneAddressMayHave) {
  const auto broker = start("serverConnectionsPerAddressMax=5\n");
  std::vector<std::unique_ptr<BrokerClient>> greedy;
  for (int k = 0; k < 5; ++k) {
    greedy.push_back(std::make_unique<BrokerClient>(connect_from("127.0.0.2", port_)));
    ASSERT_TRUE(succeeds(greedy.back()->send("Orders", 0, "m")));
  }
  EXPECT_TRUE(connect_from("127.0.0.2", port_).is_closed_by_peer());
  BrokerClient honest(connect_from("127.0.0.3", port_));
  EXPECT_TRUE(succeeds(honest.send("Orders", 0, "m")));
}

TEST_F(FloodOfConnectionsTest, EndsWhenNothingIsAskedInTime) {
  const auto broker = start("serverFirstRequestTimeoutSeconds=1\n");
  BrokerClient honest(connect_from("127.0.0.3", port_));
  ASSERT_TRUE(succeeds(honest.send("Orders", 0, "m")));
  std::vector<RawConnection> silent;
  for (int k = 0; k < 50; ++k) silent.push_back(connect_from("127.0.0.2", port_));
  for (RawConnection& connection : silent) EXPECT_TRUE(connection.is_closed_by_peer());
  EXPECT_TRUE(succeeds(honest.send("Orders", 0, "m")));
}

TEST_F(FloodOfConnectionsTest, OfHeldPullsCostsTheGreedyConnectionItsOldestOne) {
  const auto broker = start("pullThreadPoolQueueCapacity=16\n");
  BrokerClient honest(connect_from("127.0.0.3", port_));
  ASSERT_TRUE(succeeds(honest.send("Orders", 0, "m")));
  ASSERT_EQ(honest.pull_all("Orders", 0, 1).size(), 1U);
  constexpr std::int64_t long_ms = 60'000;
  BrokerClient greedy(connect_from("127.0.0.2", port_));
  const auto first = greedy.post(BrokerClient::pull_request("Orders", 0, 1, long_ms));
  for (int k = 1; k < 16; ++k) greedy.post(BrokerClient::pull_request("Orders", 0, 1, long_ms));
  const auto beyond = greedy.ask(BrokerClient::pull_request("Orders", 0, 1, long_ms));
  EXPECT_EQ(beyond.response_code(), ResponseCode::PullNotFound) << "it is not held";
  const auto held = honest.post(BrokerClient::pull_request("Orders", 0, 1, long_ms));
  EXPECT_EQ(greedy.answer_to(first).response_code(), ResponseCode::PullNotFound);
  BrokerClient producer(port_);
  ASSERT_TRUE(succeeds(producer.send("Orders", 0, "second")));
  EXPECT_TRUE(succeeds(honest.answer_to(held)));
}

}  // namespace
}  // namespace rocketmq::test
