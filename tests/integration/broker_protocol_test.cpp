// The real mqbroker, spoken to in raw frames: one test per rule of the protocol.
#include <chrono>
#include <thread>

#include "broker_daemon.hpp"
#include "rocketmq/common/bytes.hpp"
#include "rocketmq/common/message_id.hpp"
#include "rocketmq/common/message_properties.hpp"
#include "rocketmq/protocol/heartbeat_data.hpp"

namespace rocketmq::test {
namespace {

using remoting::RemotingCommand;
using remoting::RequestCode;

class BrokerProtocolTest : public BrokerDaemonTest {
 protected:
  BrokerProtocolTest() : broker_(start("maxMessageSize=65536\nenablePropertyFilter=true\n")) {}
  ~BrokerProtocolTest() override { EXPECT_EQ(broker_->stop(), 0); }

  std::unique_ptr<Process> broker_;
};

TEST_F(BrokerProtocolTest, GivesBackWhatWasSent) {
  BrokerClient client(port_);
  std::string properties;
  append_property(properties, property::tags, "TagA");
  append_property(properties, property::keys, "Order1");
  const auto sent = client.ask(BrokerClient::send_request("Orders", 2, "hello", properties));
  ASSERT_EQ(sent.response_code(), ResponseCode::Success) << sent.remark;
  EXPECT_EQ(field_of(sent, "queueId"), "2");
  EXPECT_EQ(field_of(sent, "queueOffset"), "0");
  EXPECT_EQ(field_of(sent, "MSG_REGION"), "DefaultRegion");
  const auto id = decode_offset_message_id(field_of(sent, "msgId"));
  ASSERT_TRUE(id);
  EXPECT_EQ(id->store_host, Endpoint::v4(127, 0, 0, 1, port_));

  const auto pulled = client.ask(BrokerClient::pull_request("Orders", 2, 0, 10'000));
  ASSERT_EQ(pulled.response_code(), ResponseCode::Success) << pulled.remark;
  EXPECT_EQ(field_of(pulled, "nextBeginOffset"), "1");
  const auto records = message_record::decode_all(pulled.body, message_record::Check::BodyCrc);
  ASSERT_TRUE(records);
  ASSERT_EQ(records->size(), 1U);
  EXPECT_EQ(records->front().body, "hello");
  EXPECT_EQ(find_property(records->front().properties, "TAGS"), "TagA");
  EXPECT_EQ(find_property(records->front().properties, "CLUSTER"), "DefaultCluster");
  EXPECT_EQ(records->front().physical_offset, id->physical_offset);

  const remoting::ViewMessageRequestHeader view{.offset = id->physical_offset};
  const auto viewed = client.ask(remoting::make_request(RequestCode::ViewMessageById, view));
  EXPECT_EQ(viewed.body, pulled.body);
  const remoting::QueryMessageRequestHeader query{.topic = "Orders",
                                                  .key = "Order1",
                                                  .maxNum = 10,
                                                  .beginTimestamp = 0,
                                                  .endTimestamp = INT64_MAX};
  const auto found = client.ask(remoting::make_request(RequestCode::QueryMessage, query));
  EXPECT_EQ(found.response_code(), ResponseCode::Success) << found.remark;
  EXPECT_EQ(found.body, pulled.body);
}

TEST_F(BrokerProtocolTest, ServesThePullOfNewerLiteConsumers) {
  BrokerClient client(port_);
  ASSERT_EQ(client.create_topic("Lite", 1).response_code(), ResponseCode::Success);
  auto held = BrokerClient::pull_request("Lite", 0, 0, 20'000);
  held.code = static_cast<std::int32_t>(RequestCode::LitePullMessage);
  const auto opaque = client.post(std::move(held));
  ASSERT_EQ(client.send("Lite", 0, "hello").response_code(), ResponseCode::Success);

  const auto pulled = client.answer_to(opaque);

  ASSERT_EQ(pulled.response_code(), ResponseCode::Success) << pulled.remark;
  EXPECT_EQ(field_of(pulled, "nextBeginOffset"), "1");
  const auto records = message_record::decode_all(pulled.body, message_record::Check::BodyCrc);
  ASSERT_TRUE(records);
  EXPECT_EQ(records->at(0).body, "hello");
}

TEST_F(BrokerProtocolTest, StoresABatchInOneQueue) {
  BrokerClient client(port_);
  std::string body;
  for (const std::string text : {"one", "two", "three"}) {
    append_be<std::int32_t>(body, static_cast<std::int32_t>(22 + text.size()));
    for (int zero = 0; zero < 3; ++zero) append_be<std::int32_t>(body, 0);
    append_be<std::int32_t>(body, static_cast<std::int32_t>(text.size()));
    body += text;
    append_be<std::int16_t>(body, 0);
  }
  auto request = BrokerClient::send_request("Batches", 1, body);
  request.code = static_cast<std::int32_t>(RequestCode::SendBatchMessage);
  const auto sent = client.ask(std::move(request));
  ASSERT_EQ(sent.response_code(), ResponseCode::Success) << sent.remark;
  EXPECT_EQ(field_of(sent, "msgId").size(), 3 * 32U + 2);
  EXPECT_EQ(client.pull_all("Batches", 1, 3), (std::vector<std::string>{"one", "two", "three"}));
}

TEST_F(BrokerProtocolTest, KeepsTheOrderOfPipelinedSends) {
  BrokerClient client(port_);
  ASSERT_EQ(client.create_topic("Pipelined", 1).response_code(), ResponseCode::Success);
  constexpr int count = 5'000;
  std::string frames;
  std::vector<std::string> expected;
  for (int number = 0; number < count; ++number) {
    expected.push_back("message " + std::to_string(number));
    auto request = BrokerClient::send_request("Pipelined", 0, expected.back());
    request.opaque = number;
    frames += RawConnection::encoded(request);
  }
  client.connection().send(frames);
  for (int number = 0; number < count; ++number) {
    const auto answer = client.connection().read_command();
    ASSERT_TRUE(answer);
    ASSERT_EQ(answer->response_code(), ResponseCode::Success) << answer->remark;
    ASSERT_EQ(field_of(*answer, "queueOffset"), std::to_string(answer->opaque));
  }
  EXPECT_EQ(client.pull_all("Pipelined", 0, count), expected);
}

TEST_F(BrokerProtocolTest, HoldsAPullUntilAMatchingMessageArrives) {
  BrokerClient producer(port_);
  BrokerClient consumer(port_);
  ASSERT_EQ(producer.create_topic("Polled", 1).response_code(), ResponseCode::Success);
  const auto held = consumer.post(BrokerClient::pull_request("Polled", 0, 0, 20'000, "TagB"));
  // Responses on one connection may overtake a held pull.
  EXPECT_EQ(consumer.send("Polled", 0, "without tag").response_code(), ResponseCode::Success);
  std::string properties;
  append_property(properties, property::tags, "TagB");
  ASSERT_EQ(
      producer.ask(BrokerClient::send_request("Polled", 0, "wanted", properties)).response_code(),
      ResponseCode::Success);
  const auto answer = consumer.answer_to(held);
  ASSERT_EQ(answer.response_code(), ResponseCode::Success) << answer.remark;
  const auto records = message_record::decode_all(answer.body, message_record::Check::BodyCrc);
  ASSERT_EQ(records->size(), 1U);
  EXPECT_EQ(records->front().body, "wanted");
}

TEST_F(BrokerProtocolTest, FiltersByTheExpressionThatAGroupHasRegistered) {
  BrokerClient producer(port_);
  BrokerClient consumer(port_);
  ASSERT_EQ(producer.create_topic("Filtered", 1).response_code(), ResponseCode::Success);
  remoting::HeartbeatData data{.client_id = "127.0.0.1@7"};
  data.consumers.push_back({.group_name = "cg"});
  data.consumers.back().subscriptions.push_back({.topic = "Filtered",
                                                 .sub_string = "amount > 10 AND kind IN ('x', 'y')",
                                                 .sub_version = 1,
                                                 .expression_type = "SQL92"});
  ASSERT_EQ(
      consumer.ask(remoting::make_request(RequestCode::HeartBeat, remoting::encode_body(data)))
          .response_code(),
      ResponseCode::Success);
  const auto held = consumer.post(remoting::make_request(
      RequestCode::PullMessage, remoting::PullMessageRequestHeader{.consumerGroup = "cg",
                                                                   .topic = "Filtered",
                                                                   .maxMsgNums = 32,
                                                                   .sysFlag = 2,
                                                                   .suspendTimeoutMillis = 20'000,
                                                                   .subVersion = 1}));
  for (const auto& [amount, kind] :
       {std::pair{"5", "x"}, std::pair{"50", "z"}, std::pair{"50", "y"}}) {
    std::string properties;
    append_property(properties, "amount", amount);
    append_property(properties, "kind", kind);
    // The first one behind the pull on its connection: the pull is held before anything is there.
    BrokerClient& sender = amount == std::string_view("5") ? consumer : producer;
    ASSERT_EQ(
        sender
            .ask(BrokerClient::send_request("Filtered", 0, std::string(amount) + kind, properties))
            .response_code(),
        ResponseCode::Success);
  }
  const auto answer = consumer.answer_to(held);
  ASSERT_EQ(answer.response_code(), ResponseCode::Success) << answer.remark;
  const auto records = message_record::decode_all(answer.body, message_record::Check::BodyCrc);
  ASSERT_EQ(records->size(), 1U);
  EXPECT_EQ(records->front().body, "50y");
  EXPECT_EQ(broker_->stop(), 0);
  EXPECT_NE(home_.read("store/config/consumerFilter.json").find("amount > 10"), std::string::npos);
  broker_ = start();
}

TEST_F(BrokerProtocolTest, AnswersAHeldPullWhenItsTimeIsOver) {
  BrokerClient client(port_);
  ASSERT_EQ(client.create_topic("Quiet", 1).response_code(), ResponseCode::Success);
  const auto answer = client.ask(BrokerClient::pull_request("Quiet", 0, 0, 300));
  EXPECT_EQ(answer.response_code(), ResponseCode::PullNotFound);
  EXPECT_EQ(field_of(answer, "nextBeginOffset"), "0");
}

TEST_F(BrokerProtocolTest, RemembersMembersOfAGroupWhileTheyAreConnected) {
  remoting::HeartbeatData data{.client_id = "127.0.0.1@7"};
  data.consumers.push_back({.group_name = "cg"});
  const remoting::ConsumerGroupRequestHeader group{.consumerGroup = "cg"};
  const auto list = remoting::make_request(RequestCode::GetConsumerListByGroup, group);
  BrokerClient observer(port_);
  {
    BrokerClient member(port_);
    EXPECT_EQ(
        member.ask(remoting::make_request(RequestCode::HeartBeat, remoting::encode_body(data)))
            .response_code(),
        ResponseCode::Success);
    EXPECT_EQ(observer.ask(list).body, R"({"consumerIdList":["127.0.0.1@7"]})");
    remoting::HeartbeatData second{.client_id = "127.0.0.1@8"};
    second.consumers.push_back({.group_name = "cg"});
    observer.ask(remoting::make_request(RequestCode::HeartBeat, remoting::encode_body(second)));
    const auto pushed = member.connection().read_command();
    ASSERT_TRUE(pushed);
    EXPECT_EQ(pushed->request_code(), RequestCode::NotifyConsumerIdsChanged);
    EXPECT_EQ(field_of(*pushed, "consumerGroup"), "cg");
  }
  // The first member's connection is closed, which the broker notices in its own time.
  const std::string_view left = R"({"consumerIdList":["127.0.0.1@8"]})";
  auto members = observer.ask(list);
  for (int tries = 0; tries < 1'000 && members.body != left; ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    members = observer.ask(list);
  }
  EXPECT_EQ(members.body, left);
}

TEST_F(BrokerProtocolTest, RefusesBadRequestsAndGoesOnServing) {
  BrokerClient client(port_);
  for (const std::string name : {"../../../tmp/evil", "a b", ""}) {
    EXPECT_EQ(client.send(name, 0, "x").response_code(), ResponseCode::SystemError) << name;
    EXPECT_EQ(client.create_topic(name, 1).response_code(), ResponseCode::SystemError) << name;
    EXPECT_EQ(client.ask(BrokerClient::pull_request(name, 0, 0)).response_code(),
              ResponseCode::SystemError)
        << name;
  }
  EXPECT_EQ(client.create_topic("SELF_TEST_TOPIC", 1).response_code(), ResponseCode::SystemError);
  EXPECT_EQ(client.create_topic("Huge", 1'000'000'000).response_code(), ResponseCode::SystemError);
  EXPECT_EQ(client.create_topic("Negative", -1).response_code(), ResponseCode::SystemError);

  auto missing = BrokerClient::send_request("Orders", 0, "x");
  missing.ext_fields.clear();
  const auto refused = client.ask(missing);
  EXPECT_EQ(refused.response_code(), ResponseCode::SystemError);
  EXPECT_FALSE(refused.remark.empty());
  auto malformed = BrokerClient::pull_request("Orders", 0, 0);
  malformed.ext_fields.set("queueOffset", "twelve");
  EXPECT_NE(client.ask(malformed).remark.find("queueOffset"), std::string::npos);

  EXPECT_EQ(client.send("Orders", 0, std::string(65'537, 'x')).response_code(),
            ResponseCode::MessageIllegal);
  EXPECT_EQ(
      client
          .ask(BrokerClient::send_request("Orders", 0, "x", std::string(40'000, 'p') + "\x01v\x02"))
          .response_code(),
      ResponseCode::MessageIllegal);
  RemotingCommand unknown;
  unknown.code = 31'999;
  EXPECT_EQ(client.ask(unknown).response_code(), ResponseCode::RequestCodeNotSupported);
  for (const auto code :
       {RequestCode::HeartBeat, RequestCode::LockBatchMq, RequestCode::CheckClientConfig,
        RequestCode::UpdateAndCreateSubscriptionGroup, RequestCode::SendBatchMessage}) {
    EXPECT_EQ(client.ask(remoting::make_request(code, "{{{[[[\"")).response_code(),
              ResponseCode::SystemError);
  }
  EXPECT_EQ(client.send("Orders", 0, "still here").response_code(), ResponseCode::Success);
}

TEST_F(BrokerProtocolTest, ClosesAConnectionThatSendsGarbageAndNoOther) {
  BrokerClient healthy(port_);
  ASSERT_EQ(healthy.send("Orders", 0, "before").response_code(), ResponseCode::Success);
  for (const std::string& garbage :
       {std::string("GET / HTTP/1.1\r\n\r\n"), std::string("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"),
        std::string("\0\0\0\x08\x07\0\0\x04hell", 12),
        std::string("\0\0\0\x08\0\0\0\x04{{{{", 12)}) {
    RawConnection hostile(port_);
    hostile.send(garbage);
    EXPECT_TRUE(hostile.is_closed_by_peer());
  }
  EXPECT_EQ(healthy.send("Orders", 0, "after").response_code(), ResponseCode::Success);
}

TEST_F(BrokerProtocolTest, ServesEverythingButPullsOnTheFastPort) {
  BrokerClient fast(static_cast<std::uint16_t>(port_ - 2));
  EXPECT_EQ(fast.send("Orders", 0, "by the fast port").response_code(), ResponseCode::Success);
  EXPECT_EQ(fast.ask(BrokerClient::pull_request("Orders", 0, 0)).response_code(),
            ResponseCode::RequestCodeNotSupported);
  BrokerClient client(port_);
  EXPECT_EQ(client.pull_all("Orders", 0, 1), std::vector<std::string>{"by the fast port"});
}

TEST_F(BrokerProtocolTest, DeliversADelayedMessageAfterItsDelay) {
  BrokerClient client(port_);
  std::string properties;
  append_property(properties, property::delay_level, "1");
  ASSERT_EQ(
      client.ask(BrokerClient::send_request("Later", 0, "delayed", properties)).response_code(),
      ResponseCode::Success);
  const auto answer = client.ask(BrokerClient::pull_request("Later", 0, 0, 15'000));
  ASSERT_EQ(answer.response_code(), ResponseCode::Success) << answer.remark;
  const auto records = message_record::decode_all(answer.body, message_record::Check::BodyCrc);
  EXPECT_EQ(records->front().body, "delayed");
  EXPECT_EQ(find_property(records->front().properties, "REAL_TOPIC"), "Later");
}

TEST_F(BrokerProtocolTest, TellsItsConfigurationAndItsFigures) {
  BrokerClient client(port_);
  const auto config = client.ask(remoting::make_request(RequestCode::GetBrokerConfig));
  EXPECT_NE(config.body.find("\nlistenPort=" + std::to_string(port_) + "\n"), std::string::npos)
      << config.body;
  EXPECT_NE(field_of(config, "version").find("counter"), std::string::npos);
  const auto figures = client.ask(remoting::make_request(RequestCode::GetBrokerRuntimeInfo));
  EXPECT_NE(figures.body.find("\"putTps\":\"0.000 0.000 0.000\""), std::string::npos)
      << figures.body;
}

}  // namespace
}  // namespace rocketmq::test
