// Daemons whose disk does not respond, for one kind of file or for all: requests that need none of
// them are served meanwhile, and a daemon that is killed then has lost nothing that it had
// acknowledged.
#include "held_files.hpp"

#include <functional>
#include <set>

#include "broker_daemon.hpp"
#include "rocketmq/protocol/heartbeat_data.hpp"
#include "rocketmq/protocol/namesrv_headers.hpp"
#include "rocketmq/protocol/route_data.hpp"

namespace rocketmq::test {
namespace {

using remoting::make_request;
using remoting::RequestCode;

remoting::RemotingCommand heartbeat(const std::string& group, const SubscriptionData& wanted) {
  remoting::HeartbeatData beat;
  beat.client_id = "member";
  beat.consumers.push_back({.group_name = group, .subscriptions = {wanted}});
  return make_request(RequestCode::HeartBeat, remoting::encode_body(beat));
}

/// Which files are held, and what has the broker write one of them.
struct HeldCase {
  std::string name;
  /// Below the home directory.
  std::string files;
  /// Posts requests. Their responses may wait for the disk.
  std::function<void(BrokerClient&)> cause;
  /// No client can be told that a message is stored.
  bool holds_messages = false;
};
std::ostream& operator<<(std::ostream& out, const HeldCase& held) { return out << held.name; }

void send_to_known_topic(BrokerClient& client) {
  client.post(BrokerClient::send_request("T", 1, "held", "KEYS\1one\2"));
}

const std::vector<HeldCase> cases = {
    {"WholeDisk", "/", send_to_known_topic, true},
    {"CommitLog", "/store/commitlog/", send_to_known_topic, true},
    {"ConsumeQueues", "/store/consumequeue/", send_to_known_topic},
    {"Index", "/store/index/", send_to_known_topic},
    {"Checkpoint", "/store/checkpoint", send_to_known_topic},
    {"Log", "/logs/",
     [](BrokerClient& client) { client.post(heartbeat("logged", {.topic = "T"})); }},
    {"Topics", "/store/config/topics.json",
     [](BrokerClient& client) { client.post(BrokerClient::send_request("New", 0, "held")); }},
    {"Groups", "/store/config/subscriptionGroup.json",
     [](BrokerClient& client) { client.post(heartbeat("new", {.topic = "T"})); }},
    {"ConsumerOffsets", "/store/config/consumerOffset.json",
     [](BrokerClient& client) {
       client.post(
           make_request(RequestCode::UpdateConsumerOffset,
                        remoting::UpdateConsumerOffsetRequestHeader{
                            .consumerGroup = "cg", .topic = "T", .queueId = 1, .commitOffset = 1}));
     }},
    {"ConsumerFilters", "/store/config/consumerFilter.json",
     [](BrokerClient& client) {
       client.post(heartbeat(
           "filtering",
           {.topic = "T", .sub_string = "a = 1", .sub_version = 1, .expression_type = "SQL92"}));
     }},
    {"DelayOffsets", "/store/config/delayOffset.json",
     [](BrokerClient& client) {
       client.post(BrokerClient::send_request("T", 1, "late", "DELAY\0011\2"));
     }},
    {"DeletedTopics", "/store/deletedTopics",
     [](BrokerClient& client) {
       client.post(make_request(RequestCode::DeleteTopicInBroker,
                                remoting::TopicRequestHeader{.topic = "Unused"}));
     }},
    {"Configuration", "/broker-",
     [](BrokerClient& client) {
       client.post(make_request(RequestCode::UpdateBrokerConfig, std::string("logLevel=warn\n")));
     }},
};

class HeldFilesTest : public BrokerDaemonTest, public testing::WithParamInterface<HeldCase> {
 protected:
  HeldFilesTest() {
    more_environment_ = held_.environment();
    port_ = free_broker_port();
  }

  std::unique_ptr<Process> start_broker() {
    return start(
        "flushIntervalConsumeQueue=10\nflushConsumeQueueThoroughInterval=10\n"
        "flushConsumerOffsetInterval=10\nflushDelayOffsetInterval=10\nmessageDelayLevel=1s\n"
        "enablePropertyFilter=true\nlogLevel=debug\n"
        // Not the time on the machine that runs the test, but the disk is what is tested.
        "brokerFastFailureEnable=false\n");
  }
  void expect_success(const remoting::RemotingCommand& answer, const std::string& what) {
    EXPECT_EQ(answer.response_code(), ResponseCode::Success) << what << ": " << answer.remark;
  }
  /// Asks for everything that needs none of the held files, as a client that comes new.
  void expect_service(BrokerClient& client, const std::string& suffix) {
    expect_success(client.ask(heartbeat("cg", {.topic = "T"})), "heartbeat");
    expect_success(client.ask(heartbeat("group-" + suffix, {.topic = "T"})), "new group");
    expect_success(client.ask(make_request(
                       RequestCode::LockBatchMq,
                       std::string(R"({"consumerGroup":"cg","clientId":"member","mqSet":[)"
                                   R"({"topic":"T","brokerName":"broker-a","queueId":0}]})"))),
                   "lock");
    expect_success(
        client.ask(make_request(
            RequestCode::UpdateConsumerOffset,
            remoting::UpdateConsumerOffsetRequestHeader{
                .consumerGroup = "cg", .topic = "T", .queueId = 0, .commitOffset = ++commits_})),
        "offset");
    expect_success(client.ask(make_request(RequestCode::QueryConsumerOffset,
                                           remoting::QueryConsumerOffsetRequestHeader{
                                               .consumerGroup = "cg", .topic = "T", .queueId = 0})),
                   "query of an offset");
    expect_success(client.ask(BrokerClient::pull_request("T", 0, 0)), "pull");
    if (GetParam().holds_messages) return;
    for (const std::string& topic : {std::string("T"), "auto-" + suffix}) {
      const std::string body = "sent while held, " + suffix;
      const auto sent = client.send(topic, 0, body);
      expect_success(sent, "send to " + topic);
      if (sent.response_code() == ResponseCode::Success) acknowledged_[topic].insert(body);
    }
  }

  HeldFiles held_{home_ / "held"};
  std::int64_t commits_ = 0;
  std::map<std::string, std::set<std::string>> acknowledged_;
};

TEST_P(HeldFilesTest, DelayNoOtherRequestAndCostNothingAcknowledged) {
  auto broker = start_broker();
  {
    // Several, so that every reactor has one.
    std::vector<BrokerClient> clients;
    clients.reserve(8);
    for (int k = 0; k < 8; ++k) clients.emplace_back(port_);
    for (const std::string topic : {"T", "Unused"})
      expect_success(clients[0].create_topic(topic, 2), "topic");
    for (int k = 0; k < 10; ++k) {
      const std::string body = "sent before, " + std::to_string(k);
      expect_success(clients[0].send("T", 0, body), "send");
      acknowledged_["T"].insert(body);
    }
    ASSERT_EQ(clients[0].pull_all("T", 0, 10).size(), 10U);

    held_.hold(home_.text() + GetParam().files);
    BrokerClient causing(port_);
    GetParam().cause(causing);
    held_.wait_until_one_is_held();

    for (std::size_t k = 0; k < clients.size(); ++k)
      expect_service(clients[k], "known-" + std::to_string(k));
    BrokerClient fresh(port_);
    expect_service(fresh, "fresh");
    // Behind the request that may wait.
    expect_service(causing, "behind");
  }
  EXPECT_EQ(broker->kill(), -SIGKILL);
  held_.release();

  broker = start_broker();
  BrokerClient reader(port_);
  for (const auto& [topic, bodies] : acknowledged_) {
    const auto found = reader.pull_all(topic, 0, bodies.size());
    EXPECT_EQ(std::set<std::string>(found.begin(), found.end()), bodies) << topic;
    EXPECT_EQ(found.size(), bodies.size()) << topic << ": each once";
  }
}

INSTANTIATE_TEST_SUITE_P(Files, HeldFilesTest, testing::ValuesIn(cases),
                         [](const auto& parameter) { return parameter.param.name; });

class HeldNameServerTest : public testing::TestWithParam<const char*> {
 protected:
  std::unique_ptr<Process> start() {
    auto environment = held_.environment();
    environment["HOME"] = home_.text();
    auto server = std::make_unique<Process>(
        std::string(ROCKETMQ_BIN_DIR) + "/mqnamesrv",
        ProcessOptions{
            .arguments = {"-c", home_
                                    .write("ns.properties",
                                           "listenPort=" + std::to_string(port_) +
                                               "\nbindAddress=127.0.0.1\nlogLevel=debug\n")
                                    .string()},
            .environment = std::move(environment),
            .without_environment = {"ROCKETMQ_HOME", "NAMESRV_ADDR"}});
    EXPECT_TRUE(server->wait_for_line("The Name Server boot success")) << server->error_output();
    return server;
  }
  static remoting::RemotingCommand put_kv(const std::string& key) {
    return make_request(
        RequestCode::PutKvConfig,
        remoting::PutKvConfigRequestHeader{.namespace_ = "N", .key = key, .value = "value"});
  }
  static remoting::RemotingCommand registration(const std::string& topic, std::int64_t counter) {
    remoting::RegisterBrokerBody body;
    for (const std::string& name : {topic, std::string("broker-a")})
      body.topic_config.topic_config_table[name] = {.topic_name = name};
    body.topic_config.data_version = {.timestamp_ms = 1, .counter = counter};
    return make_request(RequestCode::RegisterBroker,
                        remoting::RegisterBrokerRequestHeader{.brokerName = "broker-a",
                                                              .brokerAddr = "10.0.0.1:10911",
                                                              .clusterName = "c1",
                                                              .haServerAddr = "10.0.0.1:10912",
                                                              .brokerId = 0},
                        encode_body(body));
  }

  TempDir home_;
  HeldFiles held_{home_ / "held"};
  const std::uint16_t port_ = free_port();
};

TEST_P(HeldNameServerTest, RoutesAndRegistersAndKeepsWhatItHasConfirmed) {
  auto server = start();
  {
    BrokerClient client(port_);
    ASSERT_EQ(client.ask(put_kv("before")).response_code(), ResponseCode::Success);
    held_.hold(home_.text() + GetParam());
    BrokerClient causing(port_);
    causing.post(put_kv("held"));
    held_.wait_until_one_is_held();
    for (int k = 1; k <= 8; ++k) {
      BrokerClient fresh(port_);
      for (BrokerClient* const asking : {&client, &fresh}) {
        const std::string topic = "T" + std::to_string(k);
        EXPECT_EQ(asking->ask(registration(topic, k)).response_code(), ResponseCode::Success);
        const auto route = asking->ask(make_request(RequestCode::GetRouteInfoByTopic,
                                                    remoting::TopicRequestHeader{.topic = topic}));
        EXPECT_EQ(route.response_code(), ResponseCode::Success) << route.remark;
      }
    }
  }
  EXPECT_EQ(server->kill(), -SIGKILL);
  held_.release();

  server = start();
  BrokerClient client(port_);
  const auto kept =
      client.ask(make_request(RequestCode::GetKvConfig,
                              remoting::KvConfigRequestHeader{.namespace_ = "N", .key = "before"}));
  EXPECT_EQ(kept.response_code(), ResponseCode::Success);
  EXPECT_EQ(field_of(kept, "value"), "value");
}

INSTANTIATE_TEST_SUITE_P(Files, HeldNameServerTest,
                         testing::Values("/", "/logs/", "/namesrv/kvConfig.json"),
                         [](const auto& parameter) {
                           const std::string files = parameter.param;
                           return files == "/"        ? "WholeDisk"
                                  : files == "/logs/" ? "Log"
                                                      : "KvConfiguration";
                         });

}  // namespace
}  // namespace rocketmq::test
