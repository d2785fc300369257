// What real daemons let whom do, by where they listen, from where requests come, and who signs
// them.
#include <gmock/gmock.h>

#include <chrono>
#include <thread>

#include "broker_daemon.hpp"
#include "rocketmq/common/endpoint.hpp"
#include "rocketmq/namesrv/requests.hpp"
#include "rocketmq/protocol/admin_headers.hpp"
#include "rocketmq/protocol/namesrv_headers.hpp"
#include "rocketmq/protocol/route_data.hpp"

namespace rocketmq::test {
namespace {

using remoting::RemotingCommand;
using remoting::RequestCode;
using testing::AllOf;
using testing::HasSubstr;

/// A connection to 127.0.0.1 from another address of this machine, which no server takes for this
/// machine's: neither is it a loopback address, nor the one that was connected to.
RawConnection connection_from(const std::string& source, std::uint16_t port) {
  const auto address_of = [](const std::string& ip, std::uint16_t at) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(at);
    ::inet_pton(AF_INET, ip.c_str(), &address.sin_addr);
    return address;
  };
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  RawConnection made(RawConnection::Adopt{descriptor});
  const auto from = address_of(source, 0);
  const auto to = address_of("127.0.0.1", port);
  if (::bind(descriptor, reinterpret_cast<const sockaddr*>(&from), sizeof from) != 0 ||
      ::connect(descriptor, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0)
    throw std::runtime_error("cannot connect from " + source);
  return made;
}

RemotingCommand ask(RawConnection& connection, RemotingCommand request) {
  request.opaque = 1;
  connection.send(request);
  auto answer = connection.read_command();
  if (!answer) throw std::runtime_error("no answer");
  return *std::move(answer);
}

RemotingCommand create_topic(const std::string& topic) {
  return remoting::make_request(
      RequestCode::UpdateAndCreateTopic,
      remoting::CreateTopicRequestHeader{
          .topic = topic, .defaultTopic = "TBW102", .readQueueNums = 1, .writeQueueNums = 1});
}

class OpenHostsTest : public BrokerDaemonTest {
 protected:
  std::unique_ptr<Process> run_namesrv(const std::string& keys,
                                       std::vector<std::string> more = {}) {
    std::vector<std::string> arguments{"-c", home_.write("ns.properties", keys).string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return std::make_unique<Process>(
        std::string(ROCKETMQ_BIN_DIR) + "/mqnamesrv",
        ProcessOptions{.arguments = std::move(arguments),
                       .environment = {{"HOME", home_.text()}},
                       .without_environment = {"ROCKETMQ_HOME", "NAMESRV_ADDR"}});
  }
  /// A broker's file that says where its store is and which port it has, and nothing else.
  std::string bare_file(const std::string& more_keys) {
    if (port_ == 0) port_ = free_broker_port();
    return home_
        .write("bare.properties",
               "mappedFileSizeCommitLog=16777216\nmaxHashSlotNum=1000\n"
               "maxIndexNum=4000\nstorePathRootDir=" +
                   (home_ / "store").string() + "\nlistenPort=" + std::to_string(port_) + "\n" +
                   more_keys)
        .string();
  }
};

TEST_F(OpenHostsTest, ABrokerWithoutAddressesServesThisMachineUnderItsLoopbackAddress) {
  auto broker = run({"-c", bare_file("brokerName=broker-a\n")});
  const auto line = broker->wait_for_line("listening on ");
  ASSERT_TRUE(line) << broker->error_output();
  const std::string place = "127.0.0.1:" + std::to_string(port_);
  EXPECT_EQ(*line, "listening on " + place +
                       ", for this machine only; bindAddress=0.0.0.0 lets other hosts connect");
  EXPECT_THAT(broker->output(), HasSubstr("The broker[broker-a, " + place + "] boot success"));
  EXPECT_EQ(broker->stop(), 0);
}

TEST_F(OpenHostsTest, ABrokerThatNamesAnotherHostListensForItAndSaysWhatIsOpenToWhom) {
  auto broker = run({"-c", bare_file("brokerName=broker-a\nhaMasterAddress=192.0.2.99:10912\n")});
  const auto line = broker->wait_for_line("requests that change something");
  ASSERT_TRUE(line) << broker->error_output();
  EXPECT_THAT(*line, HasSubstr("this machine only; adminAllowedAddresses names others"));
  EXPECT_THAT(broker->output(),
              HasSubstr("listening on 0.0.0.0:" + std::to_string(port_) +
                        " (haMasterAddress is 192.0.2.99:10912), for every host that reaches it, "
                        "without an account (aclEnable=false)"));
  EXPECT_EQ(broker->stop(), 0);
}

TEST_F(OpenHostsTest, AStrangerMayWorkAndLookButChangesNothingUntilAKeyNamesItsAddress) {
  const std::string own = local_ip();
  if (own == "127.0.0.1" || own.find(':') != std::string::npos)
    GTEST_SKIP() << "this machine has no other IPv4 address to come from";
  for (const auto& [keys, expected] :
       {std::pair<std::string, ResponseCode>{"", ResponseCode::NoPermission},
        {"adminAllowedAddresses=" + own + "\n", ResponseCode::Success},
        {"openToAllHosts=true\n", ResponseCode::Success}}) {
    auto broker = start(keys);
    {
      auto stranger = connection_from(own, port_);
      const auto changed = ask(stranger, create_topic("Changed"));
      EXPECT_EQ(changed.response_code(), expected) << keys << changed.remark;
      if (expected == ResponseCode::NoPermission) {
        EXPECT_THAT(changed.remark, AllOf(HasSubstr(own), HasSubstr("adminAllowedAddresses")));
      }
      EXPECT_EQ(ask(stranger, BrokerClient::send_request("Sent", 0, "body")).response_code(),
                ResponseCode::Success);
      EXPECT_EQ(
          ask(stranger, remoting::make_request(RequestCode::GetAllTopicConfig)).response_code(),
          ResponseCode::Success)
          << "as a slave and a console do";
    }
    EXPECT_EQ(broker->stop(), 0);
  }
}

TEST_F(OpenHostsTest, ANameServerTakesRegistrationsFromOtherHostsAndChangesFromThisMachine) {
  const std::string own = local_ip();
  if (own == "127.0.0.1" || own.find(':') != std::string::npos)
    GTEST_SKIP() << "this machine has no other IPv4 address to come from";
  const std::uint16_t port = free_port();
  auto server = run_namesrv("listenPort=" + std::to_string(port) + "\n", {"-n", own + ":9876"});
  ASSERT_TRUE(server->wait_for_line("requests that change something")) << server->error_output();
  EXPECT_THAT(server->output(), HasSubstr("listening on 0.0.0.0:" + std::to_string(port) +
                                          " (-n is " + own + ":9876)"));
  auto stranger = connection_from(own, port);
  const auto registered = ask(
      stranger,
      remoting::make_request(RequestCode::RegisterBroker,
                             remoting::RegisterBrokerRequestHeader{.brokerName = "broker-a",
                                                                   .brokerAddr = own + ":10911",
                                                                   .clusterName = "c1",
                                                                   .haServerAddr = own + ":10912",
                                                                   .brokerId = 0},
                             remoting::encode_body(remoting::RegisterBrokerBody())));
  EXPECT_EQ(registered.response_code(), ResponseCode::Success) << registered.remark;
  for (const auto& row : namesrv::requests()) {
    if (row.effect != remoting::Effect::Administers) continue;
    const auto refused = ask(stranger, remoting::make_request(row.code));
    EXPECT_EQ(refused.response_code(), ResponseCode::NoPermission) << row.name;
  }
  RawConnection local(port);
  const auto put = ask(
      local, remoting::make_request(
                 RequestCode::PutKvConfig,
                 remoting::PutKvConfigRequestHeader{.namespace_ = "n", .key = "k", .value = "v"}));
  EXPECT_EQ(put.response_code(), ResponseCode::Success) << put.remark;
  RawConnection own_address(port, own);
  EXPECT_EQ(ask(own_address, remoting::make_request(
                                 RequestCode::DeleteKvConfig,
                                 remoting::KvConfigRequestHeader{.namespace_ = "n", .key = "k"}))
                .response_code(),
            ResponseCode::Success)
      << "this machine under another of its addresses";
  EXPECT_EQ(server->stop(), 0);
}

TEST_F(OpenHostsTest, ANameServerWithAccountsTakesSignedRequestsAndABrokerThatSigns) {
  home_.write("conf/plain_acl.yml",
              "accounts:\n"
              "  - {accessKey: broker-account, secretKey: broker-secret, admin: true}\n"
              "  - {accessKey: client-account, secretKey: client-secret}\n");
  const auto account =
      home_.write("account.yml", "accessKey: broker-account\nsecretKey: broker-secret\n");
  const std::uint16_t port = free_port();
  auto server = run_namesrv("bindAddress=127.0.0.1\nlistenPort=" + std::to_string(port) +
                            "\naclEnable=true\nrocketmqHome=" + home_.text() + "\n");
  ASSERT_TRUE(server->wait_for_line("boot success")) << server->error_output();

  const auto route = remoting::make_request(RequestCode::GetRouteInfoByTopic,
                                            remoting::TopicRequestHeader{.topic = "TBW102"});
  BrokerClient unsigned_client(port);
  EXPECT_THAT(unsigned_client.ask(route).remark,
              HasSubstr("AclException: No accessKey is configured"));
  BrokerClient client(port);
  client.sign_as("client-account", "client-secret");
  EXPECT_THAT(client.ask(remoting::make_request(RequestCode::UpdateNameServerConfig, "")).remark,
              HasSubstr("is no administrator"));
  EXPECT_EQ(client.ask(route).response_code(), ResponseCode::TopicNotExist);

  // Its replies to the first topic wait for the registration.
  auto broker = start("namesrvAddr=127.0.0.1:" + std::to_string(port) +
                      "\naclCredentialsFile=" + account.string() + "\n");
  EXPECT_EQ(BrokerClient(port_).create_topic("T", 1).response_code(), ResponseCode::Success);
  const auto found = client.ask(remoting::make_request(RequestCode::GetRouteInfoByTopic,
                                                       remoting::TopicRequestHeader{.topic = "T"}));
  EXPECT_EQ(found.response_code(), ResponseCode::Success) << found.remark;
  EXPECT_EQ(broker->stop(), 0);
  EXPECT_EQ(client.ask(route).response_code(), ResponseCode::TopicNotExist)
      << "it has unregistered, signed as well";
  EXPECT_EQ(server->stop(), 0);
}

}  // namespace
}  // namespace rocketmq::test
