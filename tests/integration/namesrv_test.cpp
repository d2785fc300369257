// The real mqnamesrv, from outside: its command line, its words, and raw frames on its port.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http_get.hpp"
#include "ports.hpp"
#include "process.hpp"
#include "raw_connection.hpp"
#include "rocketmq/common/bytes.hpp"
#include "rocketmq/common/version.hpp"
#include "rocketmq/protocol/group_headers.hpp"
#include "rocketmq/protocol/header.hpp"
#include "rocketmq/protocol/namesrv_headers.hpp"
#include "rocketmq/protocol/route_data.hpp"
#include "temp_dir.hpp"

namespace rocketmq::test {
namespace {

using remoting::KvConfigRequestHeader;
using remoting::PutKvConfigRequestHeader;
using remoting::RegisterBrokerRequestHeader;
using remoting::RemotingCommand;
using remoting::RequestCode;
using remoting::SerializeType;
using remoting::TopicRequestHeader;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

const std::string program = std::string(ROCKETMQ_BIN_DIR) + "/mqnamesrv";
constexpr std::string_view boot_line = "The Name Server boot success. serializeType=JSON";

std::string be32(std::uint32_t value) {
  std::string bytes(4, '\0');
  store_be<std::uint32_t>(bytes.data(), value);
  return bytes;
}

/// A frame around a header as a client of another language wrote it.
std::string json_frame(std::string_view header, std::string_view body = {}) {
  std::string frame = be32(static_cast<std::uint32_t>(4 + header.size() + body.size()));
  frame += be32(static_cast<std::uint32_t>(header.size()));
  frame += header;
  frame += body;
  return frame;
}

class NameServerProcess : public testing::Test {
 protected:
  ProcessOptions options(std::vector<std::string> arguments) const {
    return {.arguments = std::move(arguments),
            .environment = {{"HOME", home_.text()}},
            .without_environment = {"ROCKETMQ_HOME", "NAMESRV_ADDR"}};
  }
  std::unique_ptr<Process> run(std::vector<std::string> arguments) const {
    return std::make_unique<Process>(program, options(std::move(arguments)));
  }
  std::filesystem::path configure(const std::string& content) const {
    return home_.write("ns.properties", content);
  }
  std::string configuration() const { return home_.read("ns.properties"); }
  std::string log() const { return home_.read("logs/rocketmqlogs/namesrv.log"); }

  /// Starts a name server on a free port and waits until it serves.
  std::unique_ptr<Process> start(const std::string& more_keys = {}) {
    port_ = free_port();
    auto server = run({"-c", configure("listenPort=" + std::to_string(port_) +
                                       "\nbindAddress=127.0.0.1\n" + more_keys)
                                 .string()});
    EXPECT_TRUE(server->wait_for_line(boot_line)) << server->error_output();
    return server;
  }

  TempDir home_;
  std::uint16_t port_ = 0;
};

/// A name server that runs, and one connection that must be served whatever others do.
class NameServerOnTheWire : public NameServerProcess {
 protected:
  void SetUp() override {
    server_ = start();
    good_ = std::make_unique<RawConnection>(port_);
  }
  void TearDown() override {
    good_.reset();
    EXPECT_EQ(server_->stop(), 0);
  }

  static RemotingCommand ask(RawConnection& connection, RemotingCommand request) {
    static std::int32_t opaque = 100;
    request.opaque = ++opaque;
    connection.send(request);
    auto answer = connection.read_command();
    if (!answer) throw std::runtime_error("no answer");
    EXPECT_EQ(answer->opaque, request.opaque);
    EXPECT_TRUE(answer->is_response());
    return std::move(*answer);
  }
  RemotingCommand ask(RemotingCommand request) { return ask(*good_, std::move(request)); }

  static RemotingCommand registration(const std::string& topic, std::int64_t broker_id = 0) {
    const std::string host = "10.0.0." + std::to_string(broker_id + 1);
    remoting::RegisterBrokerBody body;
    for (const std::string& name : {topic, std::string("broker-a")})
      body.topic_config.topic_config_table[name] = {.topic_name = name};
    body.topic_config.data_version = {.timestamp_ms = 1, .counter = 1};
    return make_request(RequestCode::RegisterBroker,
                        RegisterBrokerRequestHeader{.brokerName = "broker-a",
                                                    .brokerAddr = host + ":10911",
                                                    .clusterName = "c1",
                                                    .haServerAddr = host + ":10912",
                                                    .brokerId = broker_id},
                        encode_body(body));
  }
  static RemotingCommand route_query(const std::string& topic) {
    return make_request(RequestCode::GetRouteInfoByTopic, TopicRequestHeader{.topic = topic});
  }
  bool is_served() {
    return ask(route_query("nobody")).response_code() == ResponseCode::TopicNotExist;
  }

  std::unique_ptr<Process> server_;
  std::unique_ptr<RawConnection> good_;
};

// What an operator sees.

TEST_F(NameServerProcess, TheBootLineIsOnTheConsoleAndInTheLog) {
  auto server = start();

  EXPECT_THAT(server->output(), HasSubstr(std::string(boot_line) + "\n"));
  EXPECT_THAT(server->output(),
              StartsWith("load config properties file OK, " + (home_ / "ns.properties").string()));
  EXPECT_EQ(server->stop(), 0);
  EXPECT_THAT(
      log(),
      AllOf(HasSubstr(std::string(boot_line)), HasSubstr("listenPort=" + std::to_string(port_)),
            HasSubstr("orderMessageEnable=false"), HasSubstr("shutdown hook was invoked, 1 times."),
            HasSubstr("shutdown hook over, consuming total time(ms): ")));
}

TEST_F(NameServerProcess, APortThatItChoseIsPrinted) {
  auto server = run(
      {"-c", configure("listenPort=0\nbindAddress=127.0.0.1\n").string(), "-n", "127.0.0.1:9876"});
  const auto line = server->wait_for_line("listening on ");
  ASSERT_TRUE(line);
  unsigned port = 0;
  ASSERT_EQ(std::sscanf(line->c_str(), "listening on 127.0.0.1:%u", &port), 1) << *line;

  RawConnection connection(static_cast<std::uint16_t>(port));
  connection.send(make_request(RequestCode::GetNameServerConfig));
  EXPECT_TRUE(connection.read_command());

  EXPECT_EQ(server->stop(), 0);
}

TEST_F(NameServerProcess, ServesItsMetricsWhenItIsToldTo) {
  const std::uint16_t port = free_port();
  auto server = start("metricsExporterType=PROM\nmetricsPromExporterPort=" + std::to_string(port) +
                      "\nmetricsLabel=zone:a\n");
  RawConnection connection(port_);
  connection.send(make_request(RequestCode::GetNameServerConfig));
  ASSERT_TRUE(connection.read_command());
  const std::string label = "{node_type=\"nameserver\",zone=\"a\"} ";
  EXPECT_THAT(http_get(port, "/metrics"),
              AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("rocketmq_topic_number" + label + "0\n"),
                    HasSubstr("rocketmq_broker_number" + label + "0\n"),
                    HasSubstr("rocketmq_connection_number" + label + "1\n"),
                    HasSubstr("# TYPE rocketmq_slow_requests_total counter\n")));
  auto second =
      run({"-c", configure("listenPort=0\nbindAddress=127.0.0.1\nmetricsExporterType=PROM\n"
                           "metricsPromExporterPort=" +
                           std::to_string(port) + "\n")
                     .string()});
  EXPECT_EQ(second->wait(), 255);
  EXPECT_THAT(second->error_output(), HasSubstr("metrics cannot be served at 127.0.0.1:"));
  EXPECT_EQ(server->stop(), 0);
}

TEST_F(NameServerProcess, EveryStopSignalEndsItOrderly) {
  for (const int signal : {SIGTERM, SIGINT}) {
    auto server = start();
    RawConnection idle(port_);
    server->signal(signal);
    EXPECT_EQ(server->wait(), 0) << "signal " << signal;
    EXPECT_TRUE(idle.is_closed_by_peer());
  }
}

TEST_F(NameServerProcess, ARefusedConfigurationIsOnTheConsoleAndInTheLog) {
  auto server = run(
      {"-c", configure("logPath=" + (home_ / "elsewhere").string() + "\nlistenPort=x\n").string()});
  EXPECT_EQ(server->wait(), 255);
  const auto told = HasSubstr("listenPort=x");
  EXPECT_THAT(server->error_output(), told);
  EXPECT_THAT(home_.read("elsewhere/namesrv.log"), told);
}

TEST_F(NameServerProcess, TheVersionIsPrintedAndInTheLog) {
  auto asked = run({"--version"});
  EXPECT_EQ(asked->wait(), 0);
  EXPECT_EQ(asked->output(), "mqnamesrv " + std::string(version()) + "\n");
  auto server = start();
  EXPECT_EQ(server->stop(), 0);
  EXPECT_THAT(log(), HasSubstr("mqnamesrv " + std::string(version()) + " starts"));
}

TEST_F(NameServerProcess, UsageIsPrintedWhenAskedForAndForAnUnknownOption) {
  auto asked = run({"-h"});
  EXPECT_EQ(asked->wait(), 0);
  EXPECT_THAT(
      asked->output(),
      AllOf(StartsWith("usage: mqnamesrv [-c <arg>] [-h] [-n <arg>] [-p] [-v]\n"),
            HasSubstr("Name server config properties file"), HasSubstr("Print all config items")));

  for (const std::vector<std::string>& wrong :
       {std::vector<std::string>{"-x"}, {"--nonsense", "1"}, {"-c"}}) {
    auto refused = run(wrong);
    EXPECT_EQ(refused->wait(), 1);
    EXPECT_EQ(refused->output(), asked->output());
    EXPECT_THAT(refused->error_output(), StartsWith("mqnamesrv: "));
  }
}

TEST_F(NameServerProcess, TheConfigurationIsPrintedAsAPropertiesFile) {
  auto printed = run({"-c", configure("listenPort=12345\n").string(), "-p"});

  EXPECT_EQ(printed->wait(), 0);
  EXPECT_THAT(printed->output(),
              AllOf(HasSubstr("listenPort=12345\n"),
                    HasSubstr("kvConfigPath=" + home_.text() + "/namesrv/kvConfig.json\n"),
                    HasSubstr("orderMessageEnable=false\n"), HasSubstr("rocketmqHome=/")));
  EXPECT_THAT(printed->error_output(), IsEmpty());
}

TEST_F(NameServerProcess, RocketmqHomeComesFromTheEnvironmentOrTheExecutablesPlace) {
  auto derived = run({"-p"});
  EXPECT_EQ(derived->wait(), 0);
  const std::string root = std::filesystem::canonical(ROCKETMQ_BIN_DIR).parent_path().string();
  EXPECT_THAT(derived->output(), HasSubstr("rocketmqHome=" + root + "\n"));

  auto with_home = options({"-p"});
  with_home.environment["ROCKETMQ_HOME"] = "/opt/rocketmq";
  with_home.without_environment.clear();
  Process given(program, with_home);
  EXPECT_EQ(given.wait(), 0);
  EXPECT_THAT(given.output(), HasSubstr("rocketmqHome=/opt/rocketmq\n"));
}

TEST_F(NameServerProcess, AMalformedValueIsRefusedWithFileLineKeyAndReason) {
  const auto file = configure("# a comment\nlistenPort=98x6\n");
  auto refused = run({"-c", file.string()});

  EXPECT_EQ(refused->wait(), 255);
  EXPECT_THAT(refused->error_output(),
              AllOf(HasSubstr(file.string() + ":2"), HasSubstr("listenPort=98x6"),
                    HasSubstr("whole number")));
  EXPECT_THAT(refused->output(), Not(HasSubstr("boot success")));
}

TEST_F(NameServerProcess, AnUnknownKeyIsAWarningThatNamesItsNeighbour) {
  auto server = start("orderMesageEnable=true\nuseEpollNativeSelector=true\n");

  EXPECT_TRUE(server->wait_for_line("did you mean orderMessageEnable?"));
  EXPECT_TRUE(server->wait_for_line("no effect here: useEpollNativeSelector"));
  EXPECT_EQ(server->stop(), 0);
}

TEST_F(NameServerProcess, AMissingFileIsRefused) {
  auto refused = run({"-c", "/nowhere/ns.properties"});

  EXPECT_EQ(refused->wait(), 255);
  EXPECT_THAT(refused->error_output(),
              HasSubstr("/nowhere/ns.properties (No such file or directory)"));
}

TEST_F(NameServerProcess, ATakenPortIsOneClearLineAndTheFirstServerGoesOn) {
  auto first = start();
  auto second = run({"-c", (home_ / "ns.properties").string()});

  EXPECT_EQ(second->wait(), 255);
  const std::string said = second->error_output();
  EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 1) << said;
  EXPECT_THAT(said, AllOf(HasSubstr(std::to_string(port_)), HasSubstr("in use")));
  EXPECT_THAT(second->output(), Not(HasSubstr("boot success")));

  RawConnection connection(port_);
  connection.send(make_request(RequestCode::GetNameServerConfig));
  EXPECT_TRUE(connection.read_command());
  EXPECT_EQ(first->stop(), 0);
}

TEST_F(NameServerProcess, ADamagedKvConfigurationIsRefusedAndNamed) {
  const auto kv_file = home_.write("namesrv/kvConfig.json", "{{{");
  auto refused = run({"-c", configure("listenPort=0\n").string()});

  EXPECT_EQ(refused->wait(), 255);
  EXPECT_THAT(refused->error_output(), HasSubstr(kv_file.string()));
}

TEST_F(NameServerProcess, ARestartKeepsTheKvConfiguration) {
  const auto put =
      make_request(RequestCode::PutKvConfig,
                   PutKvConfigRequestHeader{
                       .namespace_ = "ORDER_TOPIC_CONFIG", .key = "T", .value = "broker-a:4"});
  const auto get =
      make_request(RequestCode::GetKvConfig,
                   KvConfigRequestHeader{.namespace_ = "ORDER_TOPIC_CONFIG", .key = "T"});
  auto server = start();
  {
    RawConnection connection(port_);
    connection.send(put);
    ASSERT_EQ(connection.read_command()->response_code(), ResponseCode::Success);
  }
  server->kill();  // not even an orderly stop is needed

  server = start();
  RawConnection connection(port_);
  connection.send(get);
  const auto answer = connection.read_command();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->ext_fields.find("value"), "broker-a:4");
  EXPECT_EQ(server->stop(), 0);
}

// What peers see.

TEST_F(NameServerOnTheWire, ARegisteredTopicIsRoutedForOldAndNewClients) {
  RawConnection broker(port_);
  ASSERT_EQ(ask(broker, registration("orders")).response_code(), ResponseCode::Success);

  // As 3.2.6, 4.9.8, 5.x and the old C++ client write it.
  const std::vector<std::string> headers = {
      R"({"code":105,"extFields":{"topic":"orders"},"flag":0,"language":"JAVA","opaque":12,"version":78})",
      R"({"code":105,"extFields":{"topic":"orders"},"flag":0,"language":"JAVA","opaque":12,"serializeTypeCurrentRPC":"JSON","version":409})",
      R"({"code":105,"extFields":{"acceptStandardJsonOnly":"true","ns":"","topic":"orders"},"flag":0,"language":"GO","opaque":12,"remark":null,"version":479})",
      "{\"code\":105,\"language\":\"CPP\",\"version\":333,\"opaque\":12,\"flag\":0,\"extFields\":{"
      "\"topic\":\"orders\","
      "\"Signature\":\"\",\"AccessKey\":\"\",\"OnsChannel\":\"\",\"queueId\":3}}\n"};
  for (const std::string& header : headers) {
    good_->send(json_frame(header));
    const auto answer = good_->read_command();
    ASSERT_TRUE(answer) << header;
    EXPECT_EQ(answer->opaque, 12);
    EXPECT_EQ(answer->serialize_type, SerializeType::Json);
    EXPECT_TRUE(answer->has_ext_fields);
    EXPECT_EQ(
        answer->body,
        R"({"brokerDatas":[{"brokerAddrs":{"0":"10.0.0.1:10911"},"brokerName":"broker-a","cluster":"c1",)"
        R"("enableActingMaster":false}],)"
        R"("filterServerTable":{},"queueDatas":[{"brokerName":"broker-a","perm":6,"readQueueNums":16,)"
        R"("topicSynFlag":0,"topicSysFlag":0,"writeQueueNums":16}]})")
        << header;
  }
}

TEST_F(NameServerOnTheWire, ABinaryHeaderIsUnderstoodAndAnsweredInItsForm) {
  RawConnection broker(port_);
  auto request = registration("orders");
  request.serialize_type = SerializeType::Rocketmq;
  ASSERT_EQ(ask(broker, request).response_code(), ResponseCode::Success);

  auto query = route_query("orders");
  query.serialize_type = SerializeType::Rocketmq;
  const auto answer = ask(query);

  EXPECT_EQ(answer.response_code(), ResponseCode::Success);
  EXPECT_EQ(answer.serialize_type, SerializeType::Rocketmq);
  EXPECT_EQ(remoting::decode_topic_route(answer.body)->broker_datas.at(0).broker_name, "broker-a");
}

TEST_F(NameServerOnTheWire, ABrokersConnectionThatDropsTakesItsTopicsAlong) {
  auto broker = std::make_unique<RawConnection>(port_);
  ASSERT_EQ(ask(*broker, registration("orders")).response_code(), ResponseCode::Success);
  ASSERT_EQ(ask(route_query("orders")).response_code(), ResponseCode::Success);

  broker.reset();

  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  ResponseCode code = ResponseCode::Success;
  while (code == ResponseCode::Success && std::chrono::steady_clock::now() < deadline) {
    code = ask(route_query("orders")).response_code();
  }
  EXPECT_EQ(code, ResponseCode::TopicNotExist);
}

TEST_F(NameServerOnTheWire, ASlaveLearnsItsMaster) {
  ask(registration("orders"));

  const auto answer = ask(registration("orders", 1));

  EXPECT_EQ(answer.ext_fields.find("masterAddr"), "10.0.0.1:10911");
  EXPECT_EQ(answer.ext_fields.find("haServerAddr"), "10.0.0.1:10912");
}

TEST_F(NameServerOnTheWire, BytesThatAreNoFrameCloseTheirConnectionAndNoOther) {
  const std::string oversized = be32(16'777'217) + std::string(64, 'x');
  const std::string header_beyond_frame = be32(8) + be32(100) + "{}{}";
  const std::string unknown_type = be32(6) + std::string("\x02\0\0\x02", 4) + "{}";
  const std::vector<std::pair<std::string, std::string>> hostile = {
      {"HTTP", "GET / HTTP/1.1\r\nHost: x\r\n\r\n"},
      {"oversized", oversized},
      {"negative length", be32(0xFFFFFFFF) + "xxxx"},
      {"length 0", be32(0) + "xxxxxxxx"},
      {"length 3", be32(3) + "xxx"},
      {"header beyond the frame", header_beyond_frame},
      {"unknown serialize type", unknown_type},
      {"JSON that does not parse", json_frame("{\"code\":105,")},
      {"JSON that is no object", json_frame("[1,2,3]")},
      {"binary header that is cut", be32(8) + std::string("\x01\0\0\x04", 4) + "abcd"},
      {"TLS",
       std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03", 11) + std::string(600, 'x')},
  };
  for (const auto& [what, bytes] : hostile) {
    RawConnection peer(port_);
    peer.send(bytes);
    EXPECT_TRUE(peer.is_closed_by_peer()) << what;
    EXPECT_TRUE(is_served()) << "after " << what;
  }
}

TEST_F(NameServerOnTheWire, AFrameThatNeverEndsHurtsNobody) {
  const std::string whole = RawConnection::encoded(route_query("orders"));
  for (std::size_t cut = 1; cut < whole.size(); cut += 7) {
    RawConnection peer(port_);
    peer.send(std::string_view(whole).substr(0, cut));
    EXPECT_TRUE(is_served());
  }
  RawConnection slow(port_);
  for (const char byte : whole) slow.send(std::string_view(&byte, 1));
  EXPECT_TRUE(slow.read_command()) << "bytes that come one at a time are a frame in the end";
}

TEST_F(NameServerOnTheWire, ARequestThatCannotBeServedIsAnsweredWithTheReason) {
  auto missing = make_request(RequestCode::RegisterBroker);
  EXPECT_THAT(ask(missing).remark, HasSubstr("brokerName"));
  EXPECT_THAT(ask(make_request(RequestCode::GetRouteInfoByTopic)).remark, HasSubstr("topic"));

  auto no_number = registration("orders");
  no_number.ext_fields.set("brokerId", "zero");
  const auto refused = ask(no_number);
  EXPECT_EQ(refused.response_code(), ResponseCode::SystemError);
  EXPECT_THAT(refused.remark, HasSubstr("brokerId"));

  auto bad_body = registration("orders");
  bad_body.set_body(std::string(100'000, '['));
  EXPECT_EQ(ask(bad_body).response_code(), ResponseCode::SystemError);
  bad_body.ext_fields.set("compressed", "true");
  EXPECT_EQ(ask(bad_body).response_code(), ResponseCode::SystemError);

  auto unknown = make_request(RequestCode::GetRouteInfoByTopic);
  unknown.code = 31'999;
  const auto not_supported = ask(unknown);
  EXPECT_EQ(not_supported.response_code(), ResponseCode::RequestCodeNotSupported);
  EXPECT_THAT(not_supported.remark, HasSubstr("31999"));
  EXPECT_TRUE(is_served());
}

TEST_F(NameServerOnTheWire, PipelinedRequestsAreAllAnsweredAndOneWayOnesAreNot) {
  constexpr std::int32_t requests = 500;
  std::string bytes;
  for (std::int32_t i = 0; i < requests; ++i) {
    auto request = route_query("nobody");
    request.opaque = i;
    request.flag = i % 2 == 0 ? 0 : RemotingCommand::oneway_bit;
    bytes += RawConnection::encoded(request);
  }
  RawConnection connection(port_);
  connection.send(bytes);

  for (std::int32_t i = 0; i < requests; i += 2) {
    const auto answer = connection.read_command();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->opaque, i);
  }
  const auto last = ask(connection, route_query("nobody"));
  EXPECT_EQ(last.response_code(), ResponseCode::TopicNotExist);
}

TEST_F(NameServerOnTheWire, AOneWayRegistrationTakesEffect) {
  auto request = registration("orders");
  request.flag = RemotingCommand::oneway_bit;
  good_->send(request);

  // A two-way request that runs after it on the same thread tells when it is done.
  ask(registration("orders"));
  EXPECT_EQ(ask(route_query("orders")).response_code(), ResponseCode::Success);
}

TEST_F(NameServerOnTheWire, ARemoteChangeIsWrittenToItsFileAndPathsAreRefused) {
  EXPECT_EQ(ask(make_request(RequestCode::UpdateNameServerConfig, "orderMessageEnable=true"))
                .response_code(),
            ResponseCode::Success);
  EXPECT_THAT(configuration(),
              AllOf(StartsWith("listenPort="), HasSubstr("\norderMessageEnable=true\n")));

  const std::string before = configuration();
  for (const std::string text :
       {"configStorePath=/tmp/x", "kvConfigPath=/tmp/x", "rocketmqHome=/tmp/x",
        "configBlackList=", "listenPort=1", "bindAddress=0.0.0.0"}) {
    EXPECT_EQ(ask(make_request(RequestCode::UpdateNameServerConfig, text)).response_code(),
              ResponseCode::NoPermission)
        << text;
  }
  EXPECT_EQ(configuration(), before);
  EXPECT_THAT(std::string(ask(make_request(RequestCode::GetNameServerConfig)).body),
              HasSubstr("orderMessageEnable=true\n"));
}

}  // namespace
}  // namespace rocketmq::test
