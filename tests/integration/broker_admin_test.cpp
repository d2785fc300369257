// The real mqbroker as administrators' tools see it: one test per rule of its administration.
#include <csignal>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "broker_daemon.hpp"
#include "rocketmq/common/fastjson.hpp"
#include "rocketmq/common/message_id.hpp"
#include "rocketmq/protocol/admin_headers.hpp"
#include "rocketmq/protocol/heartbeat_data.hpp"

namespace rocketmq::test {
namespace {

using remoting::RemotingCommand;
using remoting::RequestCode;

class BrokerAdminTest : public BrokerDaemonTest {
 protected:
  static RemotingCommand update_config(std::string properties) {
    return remoting::make_request(RequestCode::UpdateBrokerConfig, std::move(properties));
  }
  std::string config_file() const {
    std::ifstream file(home_ / ("broker-" + std::to_string(port_) + ".properties"));
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }
  static nlohmann::json parse(const RemotingCommand& answer) {
    EXPECT_EQ(answer.response_code(), ResponseCode::Success) << answer.remark;
    auto body = parse_fastjson(answer.body);
    EXPECT_TRUE(body) << answer.body;
    return body ? *body : nlohmann::json();
  }
  static std::string key(const std::string& topic, int queue_id) {
    return R"({"brokerName":"broker-a","queueId":)" + std::to_string(queue_id) + R"(,"topic":")" +
           topic + R"("})";
  }
  /// Makes the connection a consumer of group `cg`.
  static void join(BrokerClient& client, const std::string& topic) {
    const auto body = remoting::encode_body(remoting::HeartbeatData{
        .client_id = "c1",
        .consumers = {{.group_name = "cg", .subscriptions = {{.topic = topic}}}}});
    const auto answer = client.ask(remoting::make_request(RequestCode::HeartBeat, body));
    ASSERT_EQ(answer.response_code(), ResponseCode::Success) << answer.remark;
  }
  static void commit(BrokerClient& client, const std::string& topic, std::int64_t offset) {
    const remoting::UpdateConsumerOffsetRequestHeader header{
        .consumerGroup = "cg", .topic = topic, .queueId = 0, .commitOffset = offset};
    ASSERT_EQ(client.ask(remoting::make_request(RequestCode::UpdateConsumerOffset, header))
                  .response_code(),
              ResponseCode::Success);
  }
};

TEST_F(BrokerAdminTest, AChangedValueWorksAtOnceAndAfterTheNextStart) {
  auto broker = start("# kept\nmaxMessageSize=65536\n");
  {
    BrokerClient client(port_);
    ASSERT_EQ(client.create_topic("T", 1).response_code(), ResponseCode::Success);
    EXPECT_EQ(client.send("T", 0, std::string(2'000, 'x')).response_code(), ResponseCode::Success);
    const auto changed = client.ask(update_config("maxMessageSize=1000\n"));
    ASSERT_EQ(changed.response_code(), ResponseCode::Success) << changed.remark;
    EXPECT_EQ(client.send("T", 0, std::string(2'000, 'x')).response_code(),
              ResponseCode::MessageIllegal);
  }
  EXPECT_EQ(broker->stop(), 0);
  EXPECT_NE(config_file().find("# kept\n"), std::string::npos);
  EXPECT_NE(config_file().find("maxMessageSize=1000"), std::string::npos);
}

TEST_F(BrokerAdminTest, FiltersByPropertiesFromTheMomentOnThatItIsToldTo) {
  auto broker = start();
  {
    BrokerClient client(port_);
    const auto check = [&client] {
      return client
          .ask(remoting::make_request(
              RequestCode::CheckClientConfig,
              std::string(R"({"clientId":"c1","group":"cg","subscriptionData":{"topic":"T",)"
                          R"("subString":"a > 1","expressionType":"SQL92","subVersion":1}})")))
          .response_code();
    };
    EXPECT_EQ(check(), ResponseCode::SystemError);
    ASSERT_EQ(client.ask(update_config("enablePropertyFilter=true")).response_code(),
              ResponseCode::Success);
    EXPECT_EQ(check(), ResponseCode::Success);
    ASSERT_EQ(client.ask(update_config("enablePropertyFilter=false")).response_code(),
              ResponseCode::Success);
    EXPECT_EQ(check(), ResponseCode::SystemError);
  }
  EXPECT_EQ(broker->stop(), 0);
}

TEST_F(BrokerAdminTest, TakesWhatJavaTakesWhileItRunsOrSaysWhyNot) {
  auto broker = start("configBlackList=traceOn;deleteWhen\n");
  {
    BrokerClient client(port_);
    for (const std::string taken :
         {"storeReplyMessageEnable=false", "filterSupportRetry=true",
          "filterDataCleanTimeSpan=1000", "transactionCheckInterval=5000",
          "accessMessageInMemoryMaxRatio=30", "haSlaveFallbehindMax=1048576"}) {
      const auto answer = client.ask(update_config(taken));
      EXPECT_EQ(answer.response_code(), ResponseCode::Success) << taken << ": " << answer.remark;
      EXPECT_NE(config_file().find(taken), std::string::npos) << taken;
    }
    const std::pair<std::string, std::string> refusals[] = {
        {"regionId=r", "it is read at the start only: change it in the file"},
        {"messageIndexEnable=false", "it is read at the start only"},
        {"namesrvAddr=10.0.0.1:9876", "it names a file, an address or a port"},
        {"listenPort=1", "it names a file, an address or a port"},
        {"storePathRootDir=/tmp", "it names a file, an address or a port"},
        {"traceOn=false", "black list: traceOn"},
        {"deleteWhen=05", "black list: deleteWhen"},
        {"configBlackList=", "black list: configBlackList"},
        {"brokerConfigPath=/tmp/x", "black list: brokerConfigPath"},
    };
    for (const auto& [refused, why] : refusals) {
      const auto answer = client.ask(update_config(refused));
      EXPECT_EQ(answer.response_code(), ResponseCode::NoPermission) << refused;
      EXPECT_NE(answer.remark.find(why), std::string::npos) << answer.remark;
    }
    EXPECT_EQ(client.ask(update_config("isolateLogEnable=true")).response_code(),
              ResponseCode::Success);
  }
  EXPECT_EQ(broker->stop(), 0);
  EXPECT_NE(home_.read("logs/rocketmqlogs/broker.log")
                .find("keys of other releases that have no effect here: isolateLogEnable"),
            std::string::npos);
}

TEST_F(BrokerAdminTest, OnlyAllowedAddressesMayChangeAnything) {
  auto broker = start("adminAllowedAddresses=10.9.0.0/16;192.0.2.7\n");
  {
    BrokerClient client(port_);
    const remoting::TopicRequestHeader topic{.topic = "T"};
    const remoting::ResetOffsetRequestHeader reset{.topic = "T", .group = "cg"};
    for (const auto& request :
         {update_config("maxMessageSize=1000\n"),
          remoting::make_request(RequestCode::UpdateAndCreateTopic,
                                 remoting::CreateTopicRequestHeader{.topic = "T"}),
          remoting::make_request(RequestCode::DeleteTopicInBroker, topic),
          remoting::make_request(RequestCode::UpdateAndCreateSubscriptionGroup, "{}"),
          remoting::make_request(RequestCode::DeleteSubscriptionGroup,
                                 remoting::DeleteSubscriptionGroupRequestHeader{.groupName = "cg"}),
          remoting::make_request(RequestCode::InvokeBrokerToResetOffset, reset),
          remoting::make_request(RequestCode::CloneGroupOffset,
                                 remoting::CloneGroupOffsetRequestHeader{"a", "b", {}, {}}),
          remoting::make_request(RequestCode::CleanUnusedTopic),
          remoting::make_request(RequestCode::CleanExpiredConsumeQueue),
          remoting::make_request(RequestCode::DeleteExpiredCommitLog),
          remoting::make_request(
              RequestCode::ConsumeMessageDirectly,
              remoting::ConsumeMessageDirectlyRequestHeader{.consumerGroup = "cg"}),
          remoting::make_request(RequestCode::ResumeCheckHalfMessage,
                                 remoting::ResumeCheckHalfMessageRequestHeader{.msgId = "0"})}) {
      const auto answer = client.ask(request);
      EXPECT_EQ(answer.response_code(), ResponseCode::NoPermission) << request.code;
      EXPECT_NE(answer.remark.find("127.0.0.1"), std::string::npos);
    }
    EXPECT_EQ(client.ask(remoting::make_request(RequestCode::GetBrokerConfig)).response_code(),
              ResponseCode::Success)
        << "everybody may look";
    EXPECT_EQ(client.send("Made", 0, "by a producer").response_code(), ResponseCode::Success);
  }
  EXPECT_EQ(broker->stop(), 0);
}

TEST_F(BrokerAdminTest, RefusesAnAddressListThatIsNone) {
  port_ = free_broker_port();
  auto broker = run({"-c", configure(port_, "adminAllowedAddresses=everybody\n")});
  EXPECT_NE(broker->wait(), 0);
  EXPECT_NE(broker->error_output().find("adminAllowedAddresses"), std::string::npos);
}

TEST_F(BrokerAdminTest, TellsWhereAConsumerIsAndRelaysItsAnswer) {
  auto broker = start();
  {
    BrokerClient admin(port_);
    ASSERT_EQ(admin.create_topic("T", 1).response_code(), ResponseCode::Success);
    BrokerClient consumer(port_);
    join(consumer, "T");
    const remoting::ConsumerRunningInfoRequestHeader header{.consumerGroup = "cg",
                                                            .clientId = "c1"};
    const auto asked =
        admin.post(remoting::make_request(RequestCode::GetConsumerRunningInfo, header));
    auto question = consumer.connection().read_command();
    while (question && question->request_code() != RequestCode::GetConsumerRunningInfo)
      question = consumer.connection().read_command();
    ASSERT_TRUE(question);
    RemotingCommand response;
    response.flag = RemotingCommand::response_bit;
    response.opaque = question->opaque;
    response.set_body(R"({"mqTable":{}})");
    consumer.connection().send(response);
    EXPECT_EQ(admin.answer_to(asked).body, R"({"mqTable":{}})");
  }
  EXPECT_EQ(broker->stop(), 0);
}

TEST_F(BrokerAdminTest, ADeletedTopicBeginsAnew) {
  auto broker = start();
  {
    BrokerClient client(port_);
    ASSERT_EQ(client.create_topic("T", 1).response_code(), ResponseCode::Success);
    ASSERT_EQ(client.send("T", 0, "old").response_code(), ResponseCode::Success);
    ASSERT_EQ(client.pull_all("T", 0, 1).size(), 1U);
    commit(client, "T", 1);
    const remoting::TopicRequestHeader topic{.topic = "T"};
    EXPECT_EQ(
        client.ask(remoting::make_request(RequestCode::DeleteTopicInBroker, topic)).response_code(),
        ResponseCode::Success);
    EXPECT_EQ(
        client.ask(remoting::make_request(RequestCode::GetTopicStatsInfo, topic)).response_code(),
        ResponseCode::TopicNotExist);
    ASSERT_EQ(client.create_topic("T", 1).response_code(), ResponseCode::Success);
    const auto sent = client.send("T", 0, "new");
    EXPECT_EQ(field_of(sent, "queueOffset"), "0");
    EXPECT_EQ(client.pull_all("T", 0, 1), std::vector<std::string>{"new"});
    const auto stats = parse(client.ask(
        remoting::make_request(RequestCode::GetConsumeStats,
                               remoting::GetConsumeStatsRequestHeader{.consumerGroup = "cg"})));
    EXPECT_TRUE(stats["offsetTable"].empty()) << "what the group had consumed is forgotten";
  }
  EXPECT_EQ(broker->stop(), 0);
}

TEST_F(BrokerAdminTest, ListsTheEntriesOfAQueue) {
  auto broker = start();
  {
    BrokerClient client(port_);
    const auto id = decode_offset_message_id(field_of(client.send("T", 1, "one"), "msgId")).value();
    ASSERT_EQ(client.pull_all("T", 1, 1).size(), 1U);
    const remoting::QueryConsumeQueueRequestHeader header{
        .topic = "T", .queueId = 1, .index = 0, .count = 10};
    const auto body =
        parse(client.ask(remoting::make_request(RequestCode::QueryConsumeQueue, header)));
    ASSERT_EQ(body["queueData"].size(), 1U);
    EXPECT_EQ(body["queueData"][0]["physicOffset"], id.physical_offset);
    const remoting::TopicRequestHeader topic{.topic = "T"};
    const auto stats =
        parse(client.ask(remoting::make_request(RequestCode::GetTopicStatsInfo, topic)));
    EXPECT_EQ(stats["offsetTable"][key("T", 1)]["maxOffset"], 1);
    EXPECT_GT(stats["offsetTable"][key("T", 1)]["lastUpdateTimestamp"], 0);
  }
  EXPECT_EQ(broker->stop(), 0);
}

TEST_F(BrokerAdminTest, OutlivesAQuitSignal) {
  auto broker = start();
  broker->signal(SIGQUIT);
  {
    BrokerClient client(port_);
    EXPECT_EQ(client.send("T", 0, "still there").response_code(), ResponseCode::Success);
  }
  EXPECT_EQ(broker->stop(), 0);
}

}  // namespace
}  // namespace rocketmq::test
