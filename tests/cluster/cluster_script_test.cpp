// tools/cluster.sh brings up each deployment of conf/ as it is, and takes it down again.

#include <gmock/gmock.h>

#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

#include "client_cluster.hpp"
#include "nodes.hpp"

namespace rocketmq::test {
namespace {

using testing::HasSubstr;
using testing::Not;

struct Deployment {
  std::string name;
  int brokers;
  friend std::ostream& operator<<(std::ostream& out, const Deployment& deployment) {
    return out << deployment.name;
  }
};

class ClusterScriptTest : public testing::TestWithParam<Deployment> {
 protected:
  ClusterScriptTest() {
    std::string ports = std::to_string(name_servers_[0]) + "," + std::to_string(name_servers_[1]);
    for (int i = 0; i < GetParam().brokers; ++i) ports += "," + std::to_string(free_broker_port());
    ports_ = ports;
  }
  ~ClusterScriptTest() override { script({"down"}); }

  struct Outcome {
    int code;
    std::string output;
  };
  Outcome script(std::vector<std::string> words) const {
    words.insert(words.end(), {"--dir", directory()});
    Process process(ROCKETMQ_SOURCE_DIR "/tools/cluster.sh",
                    ProcessOptions{.arguments = std::move(words)});
    const auto code = process.wait(std::chrono::minutes(2));
    return {code.value_or(-1), process.output() + process.error_output()};
  }
  Outcome up() const {
    return script({"up", GetParam().name, "--bin", ROCKETMQ_BIN_DIR, "--ports", ports_, "--set",
                   "mappedFileSizeCommitLog=16777216"});
  }
  std::string directory() const { return (root_ / "cluster").string(); }
  std::string name_servers() const {
    return "127.0.0.1:" + std::to_string(name_servers_[0]) +
           ";127.0.0.1:" + std::to_string(name_servers_[1]);
  }
  static std::size_t count(const std::string& text, const std::string& part) {
    std::size_t found = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
    return found;
  }
  void expect_all_send(DefaultMQProducer& producer) const {
    EXPECT_TRUE(eventually([&] {
      std::set<std::string> brokers;
      for (const MessageQueue& queue : producer.fetchPublishMessageQueues("TBW102"))
        brokers.insert(queue.getBrokerName());
      return brokers == std::set<std::string>{"broker-a", "broker-b"};
    }));
    producer.createTopic("TBW102", "TopicOfScript", 4);
    std::set<std::string> brokers;
    EXPECT_TRUE(eventually([&] {
      const auto sent = producer.send(Message("TopicOfScript", "hello"));
      if (sent.getSendStatus() == SEND_OK) brokers.insert(sent.getMessageQueue().getBrokerName());
      return brokers.size() == 2;
    }));
  }

  TempDir root_;
  std::array<std::uint16_t, 2> name_servers_{free_port(), free_port()};
  std::string ports_;
};

TEST_P(ClusterScriptTest, OneCommandBringsItUpAndOneStopsIt) {
  const auto daemons = static_cast<std::size_t>(2 + GetParam().brokers);
  const Outcome is_up = up();
  ASSERT_EQ(is_up.code, 0) << is_up.output;
  EXPECT_EQ(count(is_up.output, "running, process"), daemons) << is_up.output;
  EXPECT_THAT(is_up.output, HasSubstr("name servers for clients: " + name_servers()));
  EXPECT_EQ(up().code, 1) << "it is up already";

  DefaultMQProducer producer("script_producers");
  producer.setNamesrvAddr(name_servers());
  producer.start();
  expect_all_send(producer);

  EXPECT_EQ(script({"kill", "broker-b"}).code, 0);
  const Outcome without_b = script({"status"});
  EXPECT_EQ(without_b.code, 1);
  EXPECT_EQ(count(without_b.output, "stopped"), 1U) << without_b.output;
  EXPECT_EQ(script({"start", "broker-b"}).code, 0);
  EXPECT_EQ(script({"status"}).code, 0);
  producer.shutdown();

  const Outcome is_down = script({"down"});
  EXPECT_EQ(is_down.code, 0) << is_down.output;
  const Outcome status = script({"status"});
  EXPECT_EQ(count(status.output, "stopped"), daemons) << status.output;
  for (const char* broker : {"broker-a", "broker-b"}) {
    EXPECT_TRUE(std::filesystem::exists(root_ / "cluster" / broker / "store/commitlog"));
    EXPECT_FALSE(std::filesystem::exists(root_ / "cluster" / broker / "store/abort"))
        << broker << " has not ended orderly";
  }
}

INSTANTIATE_TEST_SUITE_P(Deployments, ClusterScriptTest,
                         testing::Values(Deployment{"2m-noslave", 2}, Deployment{"2m-2s-async", 4},
                                         Deployment{"2m-2s-sync", 4}),
                         [](const auto& deployment) {
                           std::string name = deployment.param.name;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace rocketmq::test
