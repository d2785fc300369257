#include "fake_server.hpp"
#include "mqadmin_fixture.hpp"

namespace rocketmq::test {
namespace {

TEST_F(MqadminTest, UpdateTopicMakesATopicThatTopicRouteAndTopicStatusShow) {
  EXPECT_THAT(mqadmin({"updateTopic", "-b", broker(), "-t", "T_one", "-r", "4", "-w", "2"}),
              Printed("create topic to " + broker() +
                      " success.\n"
                      "TopicConfig [topicName=T_one, readQueueNums=4, writeQueueNums=2, perm=RW-, "
                      "topicFilterType=SINGLE_TAG, topicSysFlag=0, order=false]\n"));
  cluster.wait_for_routes("T_one");

  EXPECT_EQ(
      mqadmin({"topicRoute", "-t", "T_one"}).out,
      "{\n\t\"brokerDatas\":[\n\t\t{\n\t\t\t\"brokerAddrs\":{0:\"" + broker() +
          "\"\n\t\t\t},\n\t\t\t\"brokerName\":\"broker-a\",\n\t\t\t\"cluster\":\"DefaultCluster\"\n"
          "\t\t}\n\t],\n\t\"filterServerTable\":{},\n\t\"queueDatas\":[\n\t\t{\n"
          "\t\t\t\"brokerName\":\"broker-a\",\n\t\t\t\"perm\":6,\n\t\t\t\"readQueueNums\":4,\n"
          "\t\t\t\"topicSysFlag\":0,\n\t\t\t\"writeQueueNums\":2\n\t\t}\n\t]\n}\n");
  EXPECT_THAT(mqadmin({"topicRoute", "-l", "-t", "T_one"}), Printed("{0=" + broker() + "}"));

  send("T_one");
  const Ran status = mqadmin({"topicStatus", "-t", "T_one"});
  ASSERT_EQ(status.lines().size(), 5U);
  EXPECT_EQ(status.lines()[0],
            "#Broker Name                      #QID  #Min Offset           #Max Offset             "
            "#Last Updated");
  EXPECT_TRUE(status.lines()[1].starts_with(
      "broker-a                          0     0                     "))
      << status.lines()[1];
}

TEST_F(MqadminTest, TopicCommandsSayWhatIsMisused) {
  EXPECT_THAT(mqadmin({"topicRoute", "-t", "nosuch"}), FailedWith(17));
  EXPECT_THAT(mqadmin({"topicStatus", "-t", "nosuch"}), FailedWith(17));
  EXPECT_THAT(mqadmin({"updateTopic", "-t", "T"}), RefusedWith("Missing required option: [-b "));
  EXPECT_THAT(mqadmin({"updateTopic", "-t", "T", "-c", "nosuch"}), FailedWith(-1));
  EXPECT_THAT(mqadmin({"updateTopic", "-t", "a/b", "-b", broker()}), FailedWith(-1));
  EXPECT_THAT(mqadmin({"updateTopic", "-t", "T", "-b", "127.0.0.1:1"}).status, 2);
}

TEST_F(MqadminTest, ACommandWithABrokersAddressNeedsNoNameServer) {
  EXPECT_THAT(mqadmin_alone({"updateTopic", "-b", broker(), "-t", "T_alone"}), Printed("success."));
}

TEST_F(MqadminTest, UpdateTopicWithOrderSetsTheOrderConfiguration) {
  EXPECT_THAT(mqadmin({"updateTopic", "-b", broker(), "-t", "T_order", "-w", "2", "-o", "true"}),
              Printed("set broker orderConf. isOrder=true, orderConf=[broker-a:2]\n"));
  EXPECT_THAT(mqadmin({"updateOrderConf", "-t", "T_order", "-m", "get"}),
              Printed("get orderConf success. topic=[T_order], orderConf=[broker-a:2] \n"));
  EXPECT_THAT(mqadmin({"updateTopic", "-c", "DefaultCluster", "-t", "T_order", "-o", "true"}),
              Printed("set cluster orderConf. isOrder=true, orderConf=[broker-a:8]\n"));
  EXPECT_THAT(
      mqadmin({"updateOrderConf", "-t", "T_order", "-m", "put", "-v", "broker-a:3;broker-b:4"}),
      Printed("update orderConf success. topic=[T_order], orderConf=[broker-a:3;broker-b:4]\n"));
  EXPECT_THAT(mqadmin({"updateOrderConf", "-t", "T_order", "-m", "delete"}),
              Printed("delete orderConf success. topic=[T_order]\n"));
  EXPECT_THAT(mqadmin({"updateOrderConf", "-t", "T_order", "-m", "get"}), FailedWith(22));

  EXPECT_THAT(mqadmin({"updateOrderConf", "-t", "T_order", "-m", "put", "-v", "broker-a"}),
              RefusedWith("is not brokerA:num;brokerB:num"));
  EXPECT_THAT(mqadmin({"updateOrderConf", "-t", "T_order", "-m", "set"}),
              RefusedWith("is not put, get or delete"));
}

TEST_F(MqadminTest, UpdateTopicListMakesTheTopicsOfAFile) {
  const auto file = cluster.home().write(
      "topics.json",
      R"([{"topicName":"T_first","readQueueNums":3,"writeQueueNums":3,"perm":6},{"topicName":"T_second"}])");
  EXPECT_THAT(mqadmin({"updateTopicList", "-b", broker(), "-f", file.string()}),
              Printed("submit batch of topic config to " + broker() +
                      " success, please check the result later.\n"));
  cluster.wait_for_routes("T_second");
  EXPECT_THAT(mqadmin({"topicRoute", "-t", "T_first"}), Printed("\"readQueueNums\":3"));

  EXPECT_THAT(mqadmin({"updateTopicList", "-b", broker(), "-f", "/nosuch"}),
              RefusedWith("cannot be read"));
  const auto no_list = cluster.home().write("no_list.json", R"({"topicName":"T"})");
  EXPECT_THAT(mqadmin({"updateTopicList", "-b", broker(), "-f", no_list.string()}),
              RefusedWith("no JSON list of topics"));
}

TEST_F(MqadminTest, DeleteTopicDeletesItOnBrokersAndNameServers) {
  make_topic("T_gone");
  EXPECT_THAT(mqadmin({"deleteTopic", "-c", "DefaultCluster", "-t", "T_gone"}),
              Printed("delete topic [T_gone] from cluster [DefaultCluster] success.\n"
                      "delete topic [T_gone] from NameServer success.\n"));
  EXPECT_THAT(mqadmin({"topicRoute", "-t", "T_gone"}), FailedWith(17));
  EXPECT_EQ(mqadmin({"deleteTopic", "-c", "DefaultCluster", "-t", "T_gone"}).status, 0)
      << "a topic that does not exist is deleted";

  make_topic("T_stays");
  EXPECT_THAT(mqadmin({"deleteTopic", "-c", "nosuch", "-t", "T_stays"}), FailedWith(-1));
  EXPECT_EQ(mqadmin({"topicRoute", "-t", "T_stays"}).status, 0);
  EXPECT_THAT(mqadmin({"deleteTopic", "-c", "DefaultCluster", "-t", "TBW102"}), FailedWith(1));
}

TEST_F(MqadminTest, UpdateTopicPermKeepsTheRestOfTheTopic) {
  EXPECT_EQ(
      mqadmin({"updateTopic", "-b", broker(), "-t", "T_perm", "-r", "5", "-w", "3", "-o", "true"})
          .status,
      0);
  cluster.wait_for_routes("T_perm");
  EXPECT_THAT(mqadmin({"updateTopicPerm", "-b", broker(), "-t", "T_perm", "-p", "4"}),
              Printed("update topic perm from 6 to 4 in " + broker() +
                      " success.\nTopicConfig [topicName=T_perm, readQueueNums=5, "
                      "writeQueueNums=3, perm=R--, topicFilterType=SINGLE_TAG, topicSysFlag=0, "
                      "order=true]\n"));
  EXPECT_THAT(mqadmin({"updateTopicPerm", "-b", broker(), "-t", "T_perm", "-p", "4"}),
              Printed("new perm equals to the old one!\n"));
  EXPECT_THAT(mqadmin({"updateTopicPerm", "-c", "DefaultCluster", "-t", "T_perm", "-p", "6"}),
              Printed("update topic perm from 4 to 6 in " + broker() + " success.\n"));

  EXPECT_THAT(mqadmin({"updateTopicPerm", "-b", "127.0.0.1:1", "-t", "T_perm", "-p", "4"}),
              FailedWith(-1));
  EXPECT_THAT(mqadmin({"updateTopicPerm", "-b", broker(), "-t", "T_perm", "-p", "9"}),
              RefusedWith("is no number from 0 to 7"));
}

TEST_F(MqadminTest, TopicListListsTopicsAndTheirConsumers) {
  make_topic("T_listed");
  const auto topics = mqadmin({"topicList"}).lines();
  EXPECT_THAT(topics, testing::Contains("T_listed"));
  EXPECT_THAT(topics, testing::Contains("TBW102"));
  EXPECT_THAT(mqadmin({"topicList", "--json"}), Printed(R"("T_listed")"));
  EXPECT_THAT(mqadmin({"topicClusterList", "-t", "T_listed"}), Printed("DefaultCluster\n"));
  EXPECT_THAT(mqadmin({"topicClusterList", "-t", "nosuch"}), FailedWith(17));

  const TestConsumer consumer(cluster.name_server(), "G_listed", "T_listed");
  const std::string row = "DefaultCluster        T_listed" + std::string(58, ' ') + "G_listed";
  EXPECT_TRUE(eventually([&] {
    return mqadmin({"topicList", "-c"}).out.find(row) != std::string::npos;
  })) << mqadmin({"topicList", "-c"}).out;
  EXPECT_EQ(mqadmin({"topicList", "-c"}).lines()[0], "#Cluster Name         #Topic" +
                                                         std::string(44, ' ') + "#Consumer Group" +
                                                         std::string(33, ' '));
}

/// A name server and broker with the topic T, which does not tell T's groups.
void start_broker_that_does_not_tell_groups(FakeServer& server) {
  server.on(remoting::RequestCode::GetAllTopicListFromNameServer,
            [](remoting::RemotingCommand&, remoting::Reply reply) {
              reply.body(R"({"topicList":["T"]})");
            });
  server.on(remoting::RequestCode::GetRouteInfoByTopic,
            [&server](remoting::RemotingCommand&, remoting::Reply reply) {
              reply.body(R"({"brokerDatas":[{"brokerAddrs":{"0":")" + server.address() +
                         R"("},"brokerName":"b","cluster":"C"}],"queueDatas":[]})");
            });
  server.on(remoting::RequestCode::QueryTopicConsumeByWho,
            [](remoting::RemotingCommand&, remoting::Reply reply) {
              reply(ResponseCode::SystemBusy, "too busy for this");
            });
  server.start();
}

TEST_F(MqadminTest, TopicListSaysWhatABrokerDoesNotTell) {
  FakeServer server;
  start_broker_that_does_not_tell_groups(server);
  const Ran ran = mqadmin_alone({"topicList", "-c", "-n", server.address()});
  EXPECT_THAT(ran, FailedWith(2));
  EXPECT_THAT(ran.error_output, testing::HasSubstr("too busy for this"));
}

TEST_F(MqadminTest, AllocateMqDividesTheQueuesOfATopic) {
  make_topic("T_divided", "3");
  EXPECT_EQ(mqadmin({"allocateMQ", "-t", "T_divided", "-i", "10.0.0.2, 10.0.0.1"}).out,
            R"({"result":{"10.0.0.1":[{"brokerName":"broker-a","queueId":0,"topic":"T_divided"},)"
            R"({"brokerName":"broker-a","queueId":1,"topic":"T_divided"}],)"
            R"("10.0.0.2":[{"brokerName":"broker-a","queueId":2,"topic":"T_divided"}]}})"
            "\n");
  EXPECT_THAT(mqadmin({"allocateMQ", "-t", "T_divided", "-i", ","}),
              RefusedWith("no address is given"));
}

TEST_F(MqadminTest, StatsAllShowsTrafficAndAccumulation) {
  make_topic("T_stats");
  send("T_stats", 3);
  const Ran without = mqadmin({"statsAll", "-t", "T_stats"});
  ASSERT_EQ(without.lines().size(), 2U) << without.out << without.error_output;
  EXPECT_EQ(without.lines()[0],
            "#Topic" + std::string(60, ' ') + "#Consumer Group" + std::string(50, ' ') +
                "#Accumulation      #InTPS     #OutTPS   #InMsg24Hour  #OutMsg24Hour");
  EXPECT_TRUE(without.lines()[1].starts_with("T_stats ")) << without.out;
  EXPECT_TRUE(without.lines()[1].ends_with("NO_CONSUMER")) << without.out;
  EXPECT_EQ(mqadmin({"statsAll", "-a", "-t", "nosuch"}).status, 2);
  EXPECT_EQ(mqadmin({"statsAll", "-a"}).lines()[0], without.lines()[0]);
}

TEST_F(MqadminTest, StatsAllDoesNotMistakeAFailureForATopicWithoutConsumers) {
  FakeServer server;
  start_broker_that_does_not_tell_groups(server);
  const Ran ran = mqadmin_alone({"statsAll", "-n", server.address()});
  EXPECT_THAT(ran, FailedWith(2));
  EXPECT_THAT(ran.error_output, testing::HasSubstr("too busy for this"));
  EXPECT_THAT(ran.error_output, testing::HasSubstr("<T>"));
  EXPECT_EQ(ran.lines().size(), 1U) << ran.out;
}

}  // namespace
}  // namespace rocketmq::test
