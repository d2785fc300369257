// The real mqbroker as a process: starting, stopping, being killed, and its name servers.
#include <filesystem>
#include <fstream>
#include <set>

#include "broker_daemon.hpp"
#include "rocketmq/common/version.hpp"
#include "rocketmq/protocol/heartbeat_data.hpp"
#include "rocketmq/protocol/namesrv_headers.hpp"
#include "rocketmq/protocol/route_data.hpp"

namespace rocketmq::test {
namespace {

using remoting::RequestCode;

class BrokerProcessTest : public BrokerDaemonTest {
 protected:
  std::unique_ptr<Process> start_name_server(std::uint16_t port) {
    const auto file = home_.write(
        "ns.properties", "listenPort=" + std::to_string(port) + "\nbindAddress=127.0.0.1\n");
    auto server = std::make_unique<Process>(
        std::string(ROCKETMQ_BIN_DIR) + "/mqnamesrv",
        ProcessOptions{.arguments = {"-c", file.string()},
                       .environment = {{"HOME", home_.text()}},
                       .without_environment = {"ROCKETMQ_HOME", "NAMESRV_ADDR"}});
    EXPECT_TRUE(server->wait_for_line("The Name Server boot success")) << server->error_output();
    return server;
  }
  /// What the name server replies for a topic.
  static remoting::RemotingCommand route(std::uint16_t name_server, const std::string& topic) {
    BrokerClient client(name_server);
    return client.ask(remoting::make_request(RequestCode::GetRouteInfoByTopic,
                                             remoting::TopicRequestHeader{.topic = topic}));
  }
  /// The same, once the topic is known there: a broker that starts does not wait for that. The last
  /// answer when it never is.
  static remoting::RemotingCommand wait_for_route(std::uint16_t name_server,
                                                  const std::string& topic) {
    auto found = route(name_server, topic);
    for (int tries = 0; tries < 1'000 && found.response_code() != ResponseCode::Success; ++tries) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      found = route(name_server, topic);
    }
    return found;
  }
  static std::string address(std::uint16_t port) { return "127.0.0.1:" + std::to_string(port); }
};

TEST_F(BrokerProcessTest, TellsThatItServes) {
  port_ = free_broker_port();
  auto broker = run({"-c", configure(port_)});
  const auto line = broker->wait_for_line(boot_text);
  ASSERT_TRUE(line) << broker->error_output();
  EXPECT_EQ(*line, "The broker[broker-a, " + address(port_) + "] boot success. serializeType=JSON");
  EXPECT_EQ(broker->stop(), 0);
  EXPECT_NE(home_.read("logs/rocketmqlogs/broker.log").find(*line), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(home_ / "store/abort"));
}

TEST_F(BrokerProcessTest, RefusesAConfigurationThatCannotBe) {
  port_ = free_broker_port();
  EXPECT_EQ(run({"-c", "/no/such/file"})->wait(), 255);
  const auto malformed = run({"-c", configure(port_, "maxMessageSize=4MiB\n")});
  EXPECT_EQ(malformed->wait(), 255);
  EXPECT_NE(malformed->error_output().find("maxMessageSize"), std::string::npos);
  EXPECT_EQ(run({"-n", "nonsense", "-c", configure(port_)})->wait(), 253);
  EXPECT_EQ(run({"-c", configure(port_, "brokerRole=SLAVE\nbrokerId=0\n")})->wait(), 253);
  EXPECT_EQ(run({"--unknown"})->wait(), 1);
  EXPECT_FALSE(std::filesystem::exists(home_ / "store"));
}

TEST_F(BrokerProcessTest, SaysOnTheConsoleAndInTheLogWhatItDoesNotTake) {
  port_ = free_broker_port();
  for (const std::string refused : {"maxMessageSize=4MiB\n", "brokerIP1=not a host\n"}) {
    const auto broker = run({"-c", configure(port_, "lisenPort=1\n" + refused)});
    EXPECT_NE(broker->wait(), 0);
    const std::string log = home_.read("logs/rocketmqlogs/broker.log");
    const std::string key = refused.substr(0, refused.find('='));
    for (const std::string& part : {key, std::string("unknown key lisenPort")}) {
      EXPECT_NE(broker->error_output().find(part), std::string::npos) << broker->error_output();
      EXPECT_NE(log.find(part), std::string::npos) << log;
    }
    EXPECT_NE(log.find("mqbroker " + std::string(version()) + " starts"), std::string::npos);
  }
}

TEST_F(BrokerProcessTest, LogsAndKeepsItsStoreWhereTheConfigurationSays) {
  const auto broker = start("logPath=${user.home}/elsewhere\nlogLevel=warn\n");
  EXPECT_EQ(broker->stop(), 0);
  EXPECT_TRUE(std::filesystem::exists(home_ / "elsewhere/broker.log"));
  EXPECT_EQ(home_.read("elsewhere/broker.log").find(boot_text), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(home_ / "logs"));
}

TEST_F(BrokerProcessTest, LogsBySubjectAndOpensAllFilesAgainOnAHangUp) {
  const auto broker = start();
  const auto logs = home_ / "logs/rocketmqlogs";
  for (const char* name : {"broker", "store", "storeerror", "remoting", "ha", "transaction",
                           "filter", "protection", "stats", "slow"})
    EXPECT_TRUE(std::filesystem::exists(logs / (std::string(name) + ".log"))) << name;
  const std::string recovery = "the log runs from 0 to 0";
  EXPECT_NE(home_.read("logs/rocketmqlogs/store.log").find(recovery), std::string::npos);
  EXPECT_EQ(home_.read("logs/rocketmqlogs/broker.log").find(recovery), std::string::npos);
  for (const char* name : {"store", "remoting", "broker"})
    std::filesystem::rename(logs / (std::string(name) + ".log"),
                            logs / (std::string(name) + ".old"));
  broker->signal(SIGHUP);
  for (const char* name : {"store", "remoting", "broker"}) {
    while (!std::filesystem::exists(logs / (std::string(name) + ".log")))
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_EQ(broker->stop(), 0);
}

TEST_F(BrokerProcessTest, ChangesTheLevelOfOneSubjectWhileItRuns) {
  const auto broker = start();
  BrokerClient client(port_);
  const auto update = [&client](const std::string& text) {
    return client.ask(remoting::make_request(RequestCode::UpdateBrokerConfig, std::string(text)))
        .response_code();
  };
  EXPECT_EQ(update("logLevelRemoting=loud"), ResponseCode::SystemError);
  EXPECT_EQ(update("logLevelRemoting=debug"), ResponseCode::Success);
  { BrokerClient leaves(port_); }
  const std::string farewell = "the connection to 127.0.0.1";
  while (home_.read("logs/rocketmqlogs/remoting.log").find(farewell) == std::string::npos)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_EQ(broker->stop(), 0);
  EXPECT_NE(
      home_.read("broker-" + std::to_string(port_) + ".properties").find("logLevelRemoting=debug"),
      std::string::npos);
}

TEST_F(BrokerProcessTest, TellsASenderThatNoSlaveFollows) {
  auto broker = start("brokerRole=SYNC_MASTER\n");
  BrokerClient client(port_);

  const auto sent = client.send("Orders", 0, "hello");

  EXPECT_EQ(sent.response_code(), ResponseCode::SlaveNotAvailable);
  EXPECT_EQ(client.pull_all("Orders", 0, 1), std::vector<std::string>{"hello"});
  EXPECT_EQ(broker->stop(), 0);
}

TEST_F(BrokerProcessTest, LogsThatItTookThePlaceOfABrokerThatIsConnected) {
  const auto name_server_port = free_port();
  const auto name_server = start_name_server(name_server_port);
  BrokerClient other(name_server_port);
  const remoting::RegisterBrokerRequestHeader same_name{.brokerName = "broker-a",
                                                        .brokerAddr = "10.9.8.7:10911",
                                                        .clusterName = "DefaultCluster",
                                                        .brokerId = 0};
  ASSERT_EQ(
      other.ask(remoting::make_request(RequestCode::RegisterBroker, same_name)).response_code(),
      ResponseCode::Success);

  auto broker = start("namesrvAddr=" + address(name_server_port) + "\n");
  ASSERT_EQ(wait_for_route(name_server_port, "SELF_TEST_TOPIC").response_code(),
            ResponseCode::Success);
  EXPECT_EQ(broker->stop(), 0);
  EXPECT_EQ(name_server->stop(), 0);

  const std::string place = "has taken the place of 10.9.8.7:10911";
  EXPECT_NE(home_.read("logs/rocketmqlogs/broker.log").find(place), std::string::npos);
  EXPECT_NE(home_.read("logs/rocketmqlogs/namesrv.log").find(place), std::string::npos);
}

TEST_F(BrokerProcessTest, LeavesAStoreAloneThatAnotherBrokerUses) {
  const auto name_server_port = free_port();
  const auto name_server = start_name_server(name_server_port);
  const std::string name_servers = "namesrvAddr=" + address(name_server_port) + "\n";
  auto first = start(name_servers);
  BrokerClient client(port_);
  ASSERT_EQ(client.send("Orders", 0, "hello").response_code(), ResponseCode::Success);
  ASSERT_EQ(route(name_server_port, "Orders").response_code(), ResponseCode::Success);

  auto second = run({"-c", configure(port_, name_servers)});
  EXPECT_EQ(second->wait(), 255);
  EXPECT_NE(second->error_output().find("Lock failed,MQ already started"), std::string::npos);
  EXPECT_NE(second->error_output().find((home_ / "store").string()), std::string::npos);

  EXPECT_EQ(client.send("Orders", 0, "again").response_code(), ResponseCode::Success);
  EXPECT_EQ(route(name_server_port, "Orders").response_code(), ResponseCode::Success)
      << "it is registered still";
  EXPECT_EQ(first->stop(), 0);
}

TEST_F(BrokerProcessTest, SaysWhichPortIsTaken) {
  const auto first = start();
  const auto second =
      run({"-c", configure(port_, "storePathRootDir=" + (home_ / "other").string() + "\n")});
  EXPECT_EQ(second->wait(), 255);
  EXPECT_NE(second->error_output().find(std::to_string(port_)), std::string::npos)
      << second->error_output();
}

TEST_F(BrokerProcessTest, KeepsCommittedOffsetsAndTopicsOverAnOrderlyRestart) {
  const remoting::UpdateConsumerOffsetRequestHeader commit{
      .consumerGroup = "cg", .topic = "Orders", .queueId = 0, .commitOffset = 1};
  const remoting::QueryConsumerOffsetRequestHeader query{
      .consumerGroup = "cg", .topic = "Orders", .queueId = 0};
  {
    const auto broker = start();
    BrokerClient client(port_);
    ASSERT_EQ(client.create_topic("Orders", 3).response_code(), ResponseCode::Success);
    ASSERT_EQ(client.send("Orders", 0, "one").response_code(), ResponseCode::Success);
    ASSERT_EQ(client.send("Orders", 0, "two").response_code(), ResponseCode::Success);
    ASSERT_EQ(client.ask(remoting::make_request(RequestCode::UpdateConsumerOffset, commit))
                  .response_code(),
              ResponseCode::Success);
    EXPECT_EQ(broker->stop(), 0);
  }
  const auto broker = start();
  BrokerClient client(port_);
  const auto stored = client.ask(remoting::make_request(RequestCode::QueryConsumerOffset, query));
  EXPECT_EQ(field_of(stored, "offset"), "1");
  EXPECT_EQ(client.send("Orders", 3, "x").response_code(), ResponseCode::SystemError)
      << "it still has 3 queues";
  EXPECT_EQ(client.pull_all("Orders", 0, 1, 1), std::vector<std::string>{"two"});
}

TEST_F(BrokerProcessTest, HasEveryAcknowledgedMessageOnceAndInOrderAfterAKill) {
  constexpr int count = 10'000;
  constexpr std::int32_t queues = 4;
  std::vector<std::vector<std::string>> expected(queues);
  {
    const auto broker = start();
    BrokerClient client(port_);
    ASSERT_EQ(client.create_topic("Killed", queues).response_code(), ResponseCode::Success);
    std::string frames;
    for (int number = 0; number < count; ++number) {
      const std::int32_t queue = number % queues;
      expected[static_cast<std::size_t>(queue)].push_back("message " + std::to_string(number));
      auto request =
          BrokerClient::send_request("Killed", queue, "message " + std::to_string(number));
      request.opaque = number;
      frames += RawConnection::encoded(request);
    }
    client.connection().send(frames);
    for (int number = 0; number < count; ++number) {
      const auto answer = client.connection().read_command();
      ASSERT_TRUE(answer);
      ASSERT_EQ(answer->response_code(), ResponseCode::Success) << answer->remark;
    }
    (void)broker->kill();
  }
  EXPECT_TRUE(std::filesystem::exists(home_ / "store/abort"));
  const auto broker = start();
  BrokerClient client(port_);
  for (std::int32_t queue = 0; queue < queues; ++queue) {
    const auto& wanted = expected[static_cast<std::size_t>(queue)];
    EXPECT_EQ(client.pull_all("Killed", queue, wanted.size()), wanted);
    const auto end = client.ask(
        remoting::make_request(RequestCode::GetMaxOffset,
                               remoting::QueueRequestHeader{.topic = "Killed", .queueId = queue}));
    EXPECT_EQ(field_of(end, "offset"), std::to_string(wanted.size()));
  }
  EXPECT_EQ(client.send("Killed", 0, "after").response_code(), ResponseCode::Success);
  EXPECT_EQ(broker->stop(), 0);
}

TEST_F(BrokerProcessTest, RegistersWithTheNameServersThatAreThere) {
  const auto alive = free_port();
  const auto dead = free_port();
  const auto name_server = start_name_server(alive);
  auto broker = start("namesrvAddr=" + address(dead) + ";" + address(alive) + "\n");
  BrokerClient client(port_);
  ASSERT_EQ(client.create_topic("Orders", 3).response_code(), ResponseCode::Success);

  const auto found = route(alive, "Orders");
  ASSERT_EQ(found.response_code(), ResponseCode::Success) << found.remark;
  const auto table = remoting::decode_topic_route(found.body);
  ASSERT_TRUE(table);
  EXPECT_EQ(table->broker_datas.front().broker_addrs.at(0), address(port_));
  EXPECT_EQ(table->queue_datas.front().write_queue_nums, 3);

  EXPECT_EQ(broker->stop(), 0);
  EXPECT_EQ(route(alive, "Orders").response_code(), ResponseCode::TopicNotExist)
      << "it has unregistered";
}

TEST_F(BrokerProcessTest, RepliesOnceTheRouteOfANewTopicIsKnown) {
  const auto name_server_port = free_port();
  const auto name_server = start_name_server(name_server_port);
  const auto broker = start("namesrvAddr=" + address(name_server_port) + "\n");
  BrokerClient client(port_);
  const auto has_route = [&](const std::string& topic) {
    return route(name_server_port, topic).response_code() == ResponseCode::Success;
  };
  // Once could be luck.
  for (int i = 0; i < 20; ++i) {
    const std::string number = std::to_string(i);
    ASSERT_EQ(client.send("Sent" + number, 0, "x").response_code(), ResponseCode::Success);
    EXPECT_TRUE(has_route("Sent" + number));
    ASSERT_EQ(client.create_topic("Made" + number, 2).response_code(), ResponseCode::Success);
    EXPECT_TRUE(has_route("Made" + number));
    remoting::HeartbeatData beat{.client_id = "c"};
    beat.consumers.push_back({.group_name = "Member" + number});
    ASSERT_EQ(
        client.ask(remoting::make_request(RequestCode::HeartBeat, remoting::encode_body(beat)))
            .response_code(),
        ResponseCode::Success);
    EXPECT_TRUE(has_route("%RETRY%Member" + number));
    const remoting::ConsumerSendMsgBackRequestHeader back{.offset = 0,
                                                          .group = "Returner" + number};
    ASSERT_EQ(
        client.ask(remoting::make_request(RequestCode::ConsumerSendMsgBack, back)).response_code(),
        ResponseCode::Success);
    EXPECT_TRUE(has_route("%RETRY%Returner" + number));
  }
}

TEST_F(BrokerProcessTest, RegistersATableThatNeedsSeveralParts) {
  const auto name_server_port = free_port();
  const auto name_server = start_name_server(name_server_port);
  const auto name_of = [](int number) { return std::string(100, 'x') + std::to_string(number); };
  for (const std::string compressed : {"true", "false"}) {
    const auto broker = start("namesrvAddr=" + address(name_server_port) +
                              "\ncompressedRegister=" + compressed + "\n");
    BrokerClient client(port_);
    std::string body = R"({"topicConfigList":[)";
    for (int i = 1'000; i < 9'000; ++i)
      body += (i > 1'000 ? "," : "") + (R"({"topicName":")" + name_of(i) + R"("})");
    ASSERT_EQ(client.ask(remoting::make_request(RequestCode::UpdateAndCreateTopicList, body + "]}"))
                  .response_code(),
              ResponseCode::Success);
    EXPECT_EQ(client.send("New" + compressed, 0, "x").response_code(), ResponseCode::Success);
    for (const auto& topic : {name_of(1'000), name_of(5'000), name_of(8'999), "New" + compressed})
      EXPECT_EQ(route(name_server_port, topic).response_code(), ResponseCode::Success) << topic;
    EXPECT_EQ(broker->stop(), 0);
    EXPECT_EQ(route(name_server_port, name_of(5'000)).response_code(), ResponseCode::TopicNotExist);
  }
}

TEST_F(BrokerProcessTest, TellsNameServersOfAChangedPermission) {
  const auto name_server_port = free_port();
  const auto name_server = start_name_server(name_server_port);
  const auto broker = start("namesrvAddr=" + address(name_server_port) + "\n");
  BrokerClient client(port_);
  ASSERT_EQ(client.create_topic("Orders", 2).response_code(), ResponseCode::Success);
  const auto perm_in_route = [&] {
    const auto table = remoting::decode_topic_route(route(name_server_port, "Orders").body);
    return table && !table->queue_datas.empty() ? table->queue_datas.front().perm : -1;
  };
  ASSERT_EQ(perm_in_route(), 6);
  ASSERT_EQ(client
                .ask(remoting::make_request(RequestCode::UpdateBrokerConfig,
                                            std::string("brokerPermission=4\n")))
                .response_code(),
            ResponseCode::Success);
  for (int tries = 0; tries < 1'000 && perm_in_route() != 4; ++tries)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(perm_in_route(), 4);
}

TEST_F(BrokerProcessTest, TakesWhichTopicsAreOrderedFromTheNameServers) {
  const auto name_server_port = free_port();
  const auto name_server = start_name_server(name_server_port);
  BrokerClient operator_tool(name_server_port);
  const remoting::PutKvConfigRequestHeader order{
      .namespace_ = "ORDER_TOPIC_CONFIG", .key = "Ordered", .value = "broker-a:2"};
  ASSERT_EQ(
      operator_tool.ask(remoting::make_request(RequestCode::PutKvConfig, order)).response_code(),
      ResponseCode::Success);
  const auto broker = start("namesrvAddr=" + address(name_server_port) + "\nbrokerPermission=4\n");
  BrokerClient client(port_);
  // A new topic is registered immediately, and the response brings the table.
  ASSERT_EQ(client.create_topic("Ordered", 2).response_code(), ResponseCode::Success);
  auto refused = client.send("Ordered", 0, "x");
  for (int tries = 0; tries < 1'000 && refused.response_code() == ResponseCode::Success; ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    refused = client.send("Ordered", 0, "x");
  }
  EXPECT_EQ(refused.response_code(), ResponseCode::NoPermission)
      << "a broker that takes no messages must not break an order";
  EXPECT_EQ(client.send("Other", 0, "x").response_code(), ResponseCode::Success);
}

TEST_F(BrokerProcessTest, FindsANameServerThatComesLater) {
  const auto late = free_port();
  const auto broker = start("namesrvAddr=" + address(late) + "\n");
  const auto name_server = start_name_server(late);
  const auto found = wait_for_route(late, "SELF_TEST_TOPIC");
  EXPECT_EQ(found.response_code(), ResponseCode::Success) << "long before the next 30 s are over";
}

}  // namespace
}  // namespace rocketmq::test
