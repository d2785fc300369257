// All request codes from 0 to 65535, sent to the real daemons by a client without an account.
#include <gtest/gtest.h>

#include <charconv>
#include <cstdint>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "case_table.hpp"
#include "daemon_under_test.hpp"
#include "hostile_peer.hpp"
#include "raw_connection.hpp"

namespace rocketmq::test {
namespace {

using remoting::RemotingCommand;

constexpr std::int32_t codes = 65'536;
/// Requests that are sent before their responses are read.
constexpr std::int32_t window = 256;
constexpr std::int32_t not_supported = 3;
constexpr std::int32_t no_permission = 16;

/// What docs/protocol.md says of the requests of a daemon: their effects by their codes.
std::map<std::int32_t, std::string> documented_requests(const std::string& daemon) {
  std::ifstream page(std::string(ROCKETMQ_SOURCE_DIR) + "/docs/protocol.md");
  std::map<std::int32_t, std::string> requests;
  bool is_table = false;
  for (std::string line; std::getline(page, line);) {
    if (line == "<!-- requests of " + daemon + " -->") is_table = true;
    if (line == "<!-- end of the requests of " + daemon + " -->") break;
    std::int32_t code = 0;
    if (!is_table || !line.starts_with("| ") ||
        std::from_chars(line.data() + 2, line.data() + line.size(), code).ec != std::errc{})
      continue;
    std::size_t column = 0;
    for (int i = 0; i < 5; ++i) column = line.find('|', column) + 1;
    column = line.find('|', column) + 2;
    requests[code] = line.substr(column, line.find(" |", column) - column);
  }
  return requests;
}

/// Fields that any request finds what it looks for in: of a topic and a group that are there, and
/// of a message that is not.
constexpr std::string_view plausible_fields =
    " producerGroup=pg topic=Honest defaultTopic=TBW102 defaultTopicQueueNums=4 queueId=0 sysFlag=0"
    " bornTimestamp=1 flag=0 a=pg b=Honest c=TBW102 d=4 e=0 f=0 g=1 h=0 consumerGroup=HonestGroup"
    " queueOffset=0 maxMsgNums=32 commitOffset=1 suspendTimeoutMillis=0 subVersion=0 key=k"
    " maxNum=32 beginTimestamp=0 endTimestamp=9000000000000 offset=-1 commitLogOffset=-1"
    " tranStateTableOffset=0 commitOrRollback=8 msgId=7F00000100002A9F00000000000000FF"
    " group=HonestGroup delayLevel=0 timestamp=1 groupName=HonestGroup clientId=c clientID=c "
    "index=0"
    " count=32 statsName=TOPIC_PUT_NUMS statsKey=Honest isOrder=false srcGroup=HonestGroup"
    " destGroup=HonestGroup isForce=true compareGroup=HonestGroup filterGroups=g readQueueNums=8"
    " writeQueueNums=8 perm=6 order=false namespace=Honest value=v brokerName=sweep"
    " brokerAddr=10.0.0.8:10911 clusterName=SweepCluster haServerAddr=10.0.0.8:10912 brokerId=0"
    " cluster=HonestCluster filterServerAddr=127.0.0.1:1 className=com.example.Sweep classCRC=0"
    " accessKey=MARKED_ACCESS secretKey=12345678 admin=true globalWhiteAddrs=* batch=false m=false";

/// Bodies of the requests that have one: each would change something, were it taken.
std::string plausible_body(std::int32_t code) {
  switch (code) {
    case 18: return "'{\"topicConfigList\":[{\"topicName\":\"Swept\"}]}'";
    case 25: return "'traceOn=false'";
    case 318: return "'productEnvName=swept'";
    case 200: return "'{\"groupName\":\"SweptGroup\"}'";
    case 225: return "'{\"groupConfigList\":[{\"groupName\":\"SweptGroup\"}]}'";
    case 34: return "'{\"clientID\":\"c\",\"producerDataSet\":[{\"groupName\":\"pg\"}]}'";
    case 103:
      return "'{\"topicConfigSerializeWrapper\":{\"dataVersion\":{\"counter\":1,\"timestamp\":1},"
             "\"topicConfigTable\":{}}}'";
    case 322: return "'{\"counter\":1,\"timestamp\":1}'";
    default: return "x";
  }
}

std::string everything_in(const RemotingCommand& response) {
  std::string text = response.remark + "\n" + std::string(response.body);
  for (std::size_t i = 0; i < response.ext_fields.size(); ++i) {
    text += "\n" + std::string(response.ext_fields.key_at(i)) + "=" +
            std::string(response.ext_fields.value_at(i));
  }
  return text;
}

/// Sends `words` of each of the codes and returns the responses by code. Expects one for each, and
/// no secret in any of them.
template <class WordsOf>
std::map<std::int32_t, RemotingCommand> responses_of(std::uint16_t port,
                                                     const std::vector<std::int32_t>& swept,
                                                     const WordsOf& words_of_code) {
  RawConnection connection(port);
  std::map<std::int32_t, RemotingCommand> responses;
  for (std::size_t sent = 0; sent < swept.size();) {
    std::string requests;
    std::size_t expected = 0;
    for (; sent < swept.size() && expected < window; ++sent, ++expected)
      requests += request_of(words_of(words_of_code(swept[sent])), swept[sent] + 1).bytes;
    connection.send(requests);
    while (expected > 0) {
      auto response = connection.read_command();
      if (!response) throw std::runtime_error("the connection ended, or a request got no response");
      if (!response->is_response()) continue;
      const std::string text = everything_in(*response);
      EXPECT_EQ(text.find("MARKED_SECRET"), std::string::npos)
          << response->opaque - 1 << ": " << text;
      EXPECT_TRUE(responses.emplace(response->opaque - 1, *std::move(response)).second);
      --expected;
    }
  }
  return responses;
}

std::vector<std::int32_t> all_codes() {
  std::vector<std::int32_t> all;
  for (std::int32_t code = 0; code < codes; ++code) all.push_back(code);
  return all;
}

/// All codes with an empty header: whatever is not in docs/protocol.md is refused as unknown, and
/// nothing changes.
void sweep_without_fields(DaemonUnderTest& daemon, const std::string& name) {
  const auto documented = documented_requests(name);
  ASSERT_FALSE(documented.empty());
  const Snapshot before = daemon.snapshot();
  const auto responses = responses_of(daemon.port(), all_codes(),
                                      [](std::int32_t code) { return std::to_string(code); });
  EXPECT_EQ(responses.size(), std::size_t{codes});
  for (const auto& [code, response] : responses)
    EXPECT_EQ(response.code == not_supported, !documented.contains(code)) << code;
  EXPECT_TRUE(daemon.process().is_running());
  EXPECT_TRUE(daemon.serves_honest_clients());
  EXPECT_EQ(changed_parts(before, daemon.snapshot(), {}), std::vector<std::string>());
}

/// The documented codes with plausible fields, by a peer that may not administer: what administers
/// is refused, and only what clients change by their work changes.
void sweep_as_a_stranger(DaemonUnderTest& daemon, const std::string& name,
                         const std::vector<std::string>& may_change) {
  const auto documented = documented_requests(name);
  std::vector<std::int32_t> swept;
  for (const auto& [code, effect] : documented) swept.push_back(code);
  const Snapshot before = daemon.snapshot();
  const auto responses = responses_of(daemon.port(), swept, [](std::int32_t code) {
    return std::to_string(code) + std::string(plausible_fields) + " body=" + plausible_body(code);
  });
  int refused = 0;
  for (const auto& [code, effect] : documented) {
    if (!effect.starts_with("administers")) continue;
    EXPECT_EQ(responses.at(code).code, no_permission) << code << " " << responses.at(code).remark;
    EXPECT_NE(responses.at(code).remark.find("adminAllowedAddresses"), std::string::npos) << code;
    ++refused;
  }
  EXPECT_GT(refused, 5);
  EXPECT_TRUE(daemon.serves_honest_clients());
  EXPECT_EQ(changed_parts(before, daemon.snapshot(), may_change), std::vector<std::string>());
}

TEST(RequestSweepTest, ABrokerRefusesEveryCodeThatItDoesNotServe) {
  BrokerUnderTest broker;
  sweep_without_fields(broker, "mqbroker");
}

TEST(RequestSweepTest, ANameServerRefusesEveryCodeThatItDoesNotServe) {
  NameServerUnderTest name_server;
  sweep_without_fields(name_server, "mqnamesrv");
}

TEST(RequestSweepTest, AFilterServerRefusesEveryCodeThatItDoesNotServe) {
  FilterServerUnderTest filter_server;
  sweep_without_fields(filter_server, "mqfiltersrv");
}

TEST(RequestSweepTest, AStrangerAdministersNothingOnABroker) {
  BrokerUnderTest broker("adminAllowedAddresses=10.9.9.9\n");
  sweep_as_a_stranger(broker, "mqbroker", {"messages", "files"});
}

TEST(RequestSweepTest, AStrangerAdministersNothingOnANameServer) {
  NameServerUnderTest name_server("adminAllowedAddresses=10.9.9.9\n");
  sweep_as_a_stranger(name_server, "mqnamesrv", {"brokers"});
}

TEST(RequestSweepTest, WithAccessControlABrokerServesNoRequestWithoutASignature) {
  BrokerUnderTest broker("aclEnable=true\n");
  const std::string before = files_below_home(broker.home());
  const auto documented = documented_requests("mqbroker");
  std::vector<std::int32_t> swept;
  for (const auto& [code, effect] : documented) swept.push_back(code);
  const auto responses = responses_of(broker.port(), swept, [](std::int32_t code) {
    return std::to_string(code) + std::string(plausible_fields) + " body=" + plausible_body(code);
  });
  for (const auto& [code, response] : responses)
    EXPECT_TRUE(response.remark.find("no field AccessKey") != std::string::npos)
        << code << " " << response.remark;
  EXPECT_EQ(files_below_home(broker.home()), before);
}

}  // namespace
}  // namespace rocketmq::test
