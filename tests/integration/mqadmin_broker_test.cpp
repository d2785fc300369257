#include <algorithm>

#include "mqadmin_fixture.hpp"

namespace rocketmq::test {
namespace {

using testing::HasSubstr;

TEST_F(MqadminTest, ClusterListShowsABroker) {
  const Ran ran = mqadmin({"clusterList"});
  ASSERT_EQ(ran.lines().size(), 2U) << ran.out << ran.error_output;
  EXPECT_EQ(
      ran.lines()[0],
      "#Cluster Name     #Broker Name            #BID  #Addr                  #Version        "
      "        #InTPS(LOAD)       #OutTPS(LOAD) #PCWait(ms) #Hour #SPACE");
  EXPECT_TRUE(
      ran.lines()[1].starts_with("DefaultCluster    broker-a                0     " + broker()));
  EXPECT_THAT(mqadmin({"clusterList", "-m"}), Printed("#InTotalYest  #OutTotalYest"));
  EXPECT_THAT(mqadmin({"clusterList", "--json"}), Printed(R"("brokerName":"broker-a","bid":0)"));
  EXPECT_THAT(mqadmin({"clusterList", "-c", "nosuch"}), FailedWith(-1));
  EXPECT_THAT(mqadmin({"clusterList", "-i", "0"}), RefusedWith("Option i"));
}

TEST_F(MqadminTest, BrokerStatusShowsTheFigures) {
  const Ran one = mqadmin_alone({"brokerStatus", "-b", broker()});
  EXPECT_THAT(one, Printed("\nbrokerVersionDesc               : V"));
  auto sorted = one.lines();
  std::sort(sorted.begin(), sorted.end());
  EXPECT_EQ(one.lines(), sorted);
  EXPECT_TRUE(one.lines().front().starts_with("EndTransactionQueueSize         : ")) << one.out;
  std::string address = broker();
  address.resize(24, ' ');
  EXPECT_THAT(mqadmin({"brokerStatus", "-c", "DefaultCluster"}),
              Printed("\n" + address + " brokerVersionDesc               : V"));

  EXPECT_THAT(mqadmin({"brokerStatus"}), RefusedWith("Missing required option: [-b "));
  EXPECT_EQ(mqadmin({"brokerStatus", "-b", "127.0.0.1:1"}).status, 2);
}

TEST_F(MqadminTest, BrokerConfigIsShownAndChanged) {
  EXPECT_THAT(mqadmin({"updateBrokerConfig", "-b", broker(), "-k", "fileReservedTime", "-v", "49"}),
              Printed("update broker config success, " + broker() + "\n"));
  const std::string line = "\nfileReservedTime" + std::string(34, ' ') + "=  49\n";
  const Ran shown = mqadmin({"getBrokerConfig", "-b", broker()});
  EXPECT_THAT(shown, Printed("============" + broker() + "============\n"));
  EXPECT_THAT(shown, Printed(line));
  EXPECT_TRUE(shown.out.ends_with("\n\n"));
  EXPECT_THAT(mqadmin({"getBrokerConfig", "-c", "DefaultCluster"}),
              Printed("============Master: " + broker() + "============\n"));
  EXPECT_EQ(
      mqadmin({"updateBrokerConfig", "-c", "DefaultCluster", "-k", "fileReservedTime", "-v", "50"})
          .status,
      0);

  EXPECT_EQ(
      mqadmin({"updateBrokerConfig", "-b", broker(), "-k", "storePathRootDir", "-v", "/"}).status,
      2);
  EXPECT_THAT(mqadmin({"updateBrokerConfig", "-b", broker(), "-k", "a", "-v", "1\nlistenPort=1"}),
              RefusedWith("a line break"));
  EXPECT_THAT(mqadmin({"updateBrokerConfig", "-k", "a", "-v", "1"}),
              RefusedWith("Missing required option: [-b "));
}

TEST_F(MqadminTest, BrokersCleanUp) {
  for (const char* command : {"cleanExpiredCQ", "cleanUnusedTopic", "deleteExpiredCommitLog"}) {
    EXPECT_EQ(mqadmin_alone({command, "-b", broker()}).out, "success\n");
    EXPECT_EQ(mqadmin({command, "-c", "DefaultCluster"}).out, "success\n");
    EXPECT_EQ(mqadmin({command}).out, "success\n");
    EXPECT_EQ(mqadmin({command, "-b", "127.0.0.1:1"}).out, "false\n");
    EXPECT_EQ(mqadmin({command, "-b", "127.0.0.1:1"}).status, 2);
    EXPECT_THAT(mqadmin({command, "-c", "nosuch"}), FailedWith(-1));
  }
}

TEST_F(MqadminTest, ProbesSendAndShowHowLongItTakes) {
  EXPECT_THAT(mqadmin({"sendMsgStatus", "-b", "broker-a", "-c", "3"}),
              Printed("ms, SendResult=SendResult [sendStatus=SEND_OK, msgId="));
  EXPECT_EQ(mqadmin({"sendMsgStatus", "-b", "broker-a", "-c", "3"}).lines().size(), 3U);
  EXPECT_EQ(mqadmin({"sendMsgStatus", "-b", "broker-a", "-c", "0"}).status, 1);

  make_topic("T_probed", "2");
  const Ran checked = mqadmin({"checkMsgSendRT", "-t", "T_probed", "-a", "3"});
  ASSERT_EQ(checked.lines().size(), 5U) << checked.out << checked.error_output;
  EXPECT_EQ(checked.lines()[0],
            "#Broker Name                      #QID  #Send Result            #RT");
  EXPECT_TRUE(checked.lines()[2].starts_with("broker-a                          1     true  "));
  EXPECT_TRUE(checked.lines()[4].starts_with("Avg RT: "));
  EXPECT_EQ(mqadmin({"checkMsgSendRT", "-t", "nosuch"}).status, 2);

  const auto rounds =
      cluster.run("mqadmin", {"clusterRT", "-a", "2", "-i", "1", "-n", cluster.name_server()});
  EXPECT_TRUE(rounds->wait_for_line("DefaultCluster            broker-a                  "));
  const auto lines = cluster.run("mqadmin", {"clusterRT", "-a", "2", "-i", "1", "--print log",
                                             "true", "-n", cluster.name_server()});
  EXPECT_TRUE(lines->wait_for_line("|noname|DefaultCluster|broker-a|"));
  EXPECT_THAT(mqadmin({"clusterRT", "-c", "nosuch"}), FailedWith(-1));
}

TEST_F(MqadminTest, HaStatusShowsAMasterWithoutSlaves) {
  const Ran shown = mqadmin_alone({"haStatus", "-b", broker()});
  EXPECT_THAT(shown, Printed("#MasterAddr\t" + broker() +
                             "\n#MasterCommitLogMaxOffset\t0\n#SlaveNum\t0\n"
                             "#InSyncSlaveNum\t0\n"));
  EXPECT_THAT(shown, Printed("#SlaveAddr                        #SlaveAckOffset"));
  EXPECT_EQ(mqadmin({"haStatus", "-c", "DefaultCluster"}).out, shown.out);
  EXPECT_THAT(mqadmin({"haStatus"}), RefusedWith("Missing required option: [-b "));
  EXPECT_EQ(mqadmin({"haStatus", "-b", "127.0.0.1:1"}).status, 2);
}

}  // namespace
}  // namespace rocketmq::test
