#include <nlohmann/json.hpp>

#include "fake_server.hpp"
#include "mqadmin_fixture.hpp"

namespace rocketmq::test {
namespace {

using nlohmann::json;

class MqadminExportTest : public MqadminTest {
 protected:
  std::string folder() const { return (cluster.home() / "export").string(); }
  json exported(const std::string& name) const {
    return json::parse(cluster.home().read("export/" + name));
  }
};

TEST_F(MqadminExportTest, MetadataAreTopicsAndGroupsOfTheUsers) {
  make_topic("T_exported", "3");
  EXPECT_THAT(mqadmin({"exportMetadata", "-c", "DefaultCluster", "-f", folder()}),
              Printed("export " + folder() + "/metadata.json success\n"));
  const json metadata = exported("metadata.json");
  EXPECT_EQ(metadata["topicConfigTable"]["T_exported"]["readQueueNums"], 3);
  EXPECT_FALSE(metadata["topicConfigTable"].contains("TBW102"));
  EXPECT_FALSE(metadata["topicConfigTable"].contains("broker-a"));
  EXPECT_TRUE(metadata["subscriptionGroupTable"].is_object());
  EXPECT_GT(metadata["exportTime"], 0);

  EXPECT_THAT(mqadmin_alone({"exportMetadata", "-b", broker(), "-t", "-f", folder()}),
              Printed("export " + folder() + "/topic.json success\n"));
  EXPECT_TRUE(exported("topic.json")["topicConfigTable"].contains("T_exported"));
  EXPECT_TRUE(exported("topic.json").contains("dataVersion"));
  EXPECT_EQ(mqadmin_alone({"exportMetadata", "-b", broker(), "-g", "-f", folder()}).status, 0);
  EXPECT_TRUE(exported("subscriptionGroup.json").contains("subscriptionGroupTable"));

  EXPECT_THAT(mqadmin({"exportMetadata"}), RefusedWith("Missing required option: [-b "));
  EXPECT_THAT(mqadmin({"exportMetadata", "-t", "-g", "-b", broker()}),
              RefusedWith("-t and -g cannot both be given"));
  EXPECT_EQ(mqadmin({"exportMetadata", "-b", broker(), "-f", "/proc/nosuch"}).status, 2);
}

TEST_F(MqadminExportTest, ConfigsHaveTheKeysThatToolsRead) {
  EXPECT_THAT(mqadmin({"exportConfigs", "-c", "DefaultCluster", "-f", folder()}),
              Printed("export " + folder() + "/configs.json success\n"));
  const json configs = exported("configs.json");
  EXPECT_EQ(configs["brokerConfigs"]["broker-a"].size(), 16U) << configs;
  EXPECT_EQ(configs["brokerConfigs"]["broker-a"]["brokerRole"], "ASYNC_MASTER");
  EXPECT_EQ(configs["clusterScale"],
            (json{{"namesrvSize", 1}, {"masterBrokerSize", 1}, {"slaveBrokerSize", 0}}));
  EXPECT_THAT(mqadmin({"exportConfigs", "-c", "nosuch", "-f", folder()}), FailedWith(-1));
}

TEST_F(MqadminExportTest, MetricsAreAReportOfEachMaster) {
  make_topic("T_exported");
  EXPECT_THAT(mqadmin({"exportMetrics", "-c", "DefaultCluster", "-f", folder()}),
              Printed("export " + folder() + "/metrics.json success\n"));
  const json report = exported("metrics.json")["evaluateReport"]["broker-a"];
  EXPECT_EQ(report["runtimeQuota"]["topicSize"], 1) << report;
  EXPECT_TRUE(report["runtimeQuota"]["diskRatio"]["commitLogDiskRatio"].is_string());
  EXPECT_TRUE(report["runtimeVersion"]["clientInfo"].is_array());
  EXPECT_EQ(exported("metrics.json")["totalData"]["totalOneDayNum"]["normalOneDayInNum"], 0);
  EXPECT_THAT(mqadmin({"exportMetrics"}), RefusedWith("Missing required option: c"));
}

TEST_F(MqadminExportTest, MetricsThatABrokerDoesNotTellAreAFailureAndNoFile) {
  using remoting::RemotingCommand;
  using remoting::Reply;
  using remoting::RequestCode;
  ResponseCode stats = ResponseCode::NoPermission;
  FakeServer server;
  const auto answers = [&server](RequestCode code, std::string body) {
    server.on(code, [body = std::move(body)](RemotingCommand&, Reply reply) {
      reply.body(std::string(body));
    });
  };
  answers(RequestCode::GetBrokerRuntimeInfo, R"({"table":{}})");
  answers(RequestCode::GetAllTopicConfig, R"({"topicConfigTable":{}})");
  answers(RequestCode::GetSystemTopicListFromBroker, R"({"topicList":[]})");
  answers(RequestCode::GetAllSubscriptionGroupConfig, R"({"subscriptionGroupTable":{"G":{}}})");
  server.on(RequestCode::ViewBrokerStatsData,
            [&stats](RemotingCommand&, Reply reply) { reply(stats, "as it is told"); });
  server.on(RequestCode::GetConsumerConnectionList, [](RemotingCommand&, Reply reply) {
    reply(ResponseCode::SystemBusy, "too busy for this");
  });
  server.on(RequestCode::GetBrokerClusterInfo, [&server](RemotingCommand&, Reply reply) {
    reply.body(R"({"brokerAddrTable":{"b":{"brokerAddrs":{"0":")" + server.address() +
               R"("},"brokerName":"b","cluster":"C"}},"clusterAddrTable":{"C":["b"]}})");
  });
  server.start();
  const std::vector<std::string> words{"exportMetrics",  "-c", "C",     "-n",
                                       server.address(), "-f", folder()};
  EXPECT_THAT(mqadmin_alone(words), FailedWith(16));
  stats = ResponseCode::SystemError;  // how a broker says that nothing was counted
  const Ran busy = mqadmin_alone(words);
  EXPECT_THAT(busy, FailedWith(2));
  EXPECT_THAT(busy.error_output, testing::HasSubstr("too busy for this"));
  EXPECT_FALSE(std::filesystem::exists(folder() + "/metrics.json"));
}

}  // namespace
}  // namespace rocketmq::test
