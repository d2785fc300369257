#include <filesystem>
#include <fstream>

#include "broker_daemon.hpp"
#include "mqadmin_fixture.hpp"
#include "rocketmq/protocol/heartbeat_data.hpp"

namespace rocketmq::test {
namespace {

using testing::HasSubstr;

/// A topic of two queues with messages, and a group that reads it.
class MqadminGroupTest : public MqadminTest {
 protected:
  MqadminGroupTest() { make_topic("T_group", "2"); }

  /// A member of CG that has read what was sent.
  std::unique_ptr<TestConsumer> join(int messages) {
    auto member =
        std::make_unique<TestConsumer>(cluster.name_server(), "CG", "T_group", "TagA || TagB");
    send("T_group", messages);
    EXPECT_TRUE(member->inbox.wait_for(static_cast<std::size_t>(messages)));
    return member;
  }
  /// What a command prints once it prints `text`: members and offsets reach the broker a moment
  /// after they are there.
  Ran run_until(const std::vector<std::string>& words, const std::string& text) const {
    Ran ran;
    EXPECT_TRUE(eventually([&] {
      ran = mqadmin(words);
      return ran.status == 0 && ran.out.find(text) != std::string::npos;
    })) << ran.out
        << ran.error_output;
    return ran;
  }
};

TEST_F(MqadminGroupTest, UpdateSubGroupMakesAGroupThatGetConsumerConfigShows) {
  EXPECT_THAT(mqadmin({"updateSubGroup", "-b", broker(), "-g", "G", "-r", "3", "-q", "2"}),
              Printed("create subscription group to " + broker() +
                      " success.\nSubscriptionGroupConfig [groupName=G, consumeEnable=true, "
                      "consumeFromMinEnable=false, consumeBroadcastEnable=false, retryQueueNums=2, "
                      "retryMaxTimes=3, brokerId=0, whichBrokerWhenConsumeSlowly=1, "
                      "notifyConsumerIdsChangedEnable=true]\n"));
  const Ran shown = mqadmin({"getConsumerConfig", "-g", "G"});
  EXPECT_THAT(
      shown,
      Printed("=============================DefaultCluster:broker-a=============================\n"
              "groupName                               =  G\n"
              "consumeEnable                           =  true\n"));
  EXPECT_THAT(shown.out, HasSubstr("retryMaxTimes                           =  3\n"));
  EXPECT_THAT(mqadmin({"getConsumerConfig", "-g", "G", "--json"}), Printed(R"("retryMaxTimes":3)"));

  EXPECT_THAT(mqadmin({"getConsumerConfig", "-g", "nosuch"}), FailedWith(26));
  EXPECT_THAT(mqadmin({"updateSubGroup", "-g", "G"}), RefusedWith("Missing required option: [-b "));
  EXPECT_THAT(mqadmin({"updateSubGroup", "-b", broker(), "-g", "a b"}).status, 2);
  EXPECT_THAT(mqadmin({"updateSubGroup", "-b", broker(), "-g", "G", "-s", "perhaps"}),
              RefusedWith("Option s"));
}

TEST_F(MqadminGroupTest, UpdateSubGroupListMakesAllGroupsOfAFileOrNone) {
  const auto file =
      cluster.home().write("groups.json", R"([{"groupName":"GA"},{"groupName":"GB"}])");
  EXPECT_THAT(mqadmin({"updateSubGroupList", "-c", "DefaultCluster", "-f", file.string()}),
              Printed("submit batch of group config to " + broker() + " success"));
  EXPECT_THAT(mqadmin({"getConsumerConfig", "-g", "GB"}), Printed("groupName"));

  EXPECT_THAT(mqadmin({"updateSubGroupList", "-b", broker(), "-f", "/nosuch"}).error_output,
              HasSubstr("the file /nosuch cannot be read"));
  const auto wrong =
      cluster.home().write("wrong.json", R"([{"groupName":"GC"},{"groupName":"a b"}])");
  EXPECT_THAT(mqadmin({"updateSubGroupList", "-b", broker(), "-f", wrong.string()}), FailedWith(1));
  EXPECT_THAT(mqadmin({"getConsumerConfig", "-g", "GC"}), FailedWith(26));
}

TEST_F(MqadminGroupTest, SetConsumeModeTakesPullAndRefusesPop) {
  EXPECT_THAT(mqadmin({"setConsumeMode", "-b", broker(), "-t", "T_group", "-g", "G", "-m", "PULL"}),
              Printed("set consume mode to " + broker() +
                      " success.\ntopic[T_group] group[G] consume mode[PULL] "
                      "popShareQueueNum[0]\n"));
  const Ran pop =
      mqadmin({"setConsumeMode", "-b", broker(), "-t", "T_group", "-g", "G", "-m", "POP"});
  EXPECT_THAT(pop, FailedWith(1));
  EXPECT_THAT(pop.error_output, HasSubstr("consume mode POP is not served"));
  EXPECT_THAT(mqadmin({"setConsumeMode", "-b", broker(), "-t", "T", "-g", "G", "-m", "pop"}),
              RefusedWith("Option m is PULL or POP"));
}

TEST_F(MqadminGroupTest, DeleteSubGroupDeletesAGroupAndWithACAlsoItsTopics) {
  ASSERT_EQ(mqadmin({"updateSubGroup", "-b", broker(), "-g", "G"}).status, 0);
  EXPECT_THAT(mqadmin({"deleteSubGroup", "-b", broker(), "-g", "G"}),
              Printed("delete subscription group [G] from broker [" + broker() + "] success.\n"));
  EXPECT_THAT(mqadmin({"getConsumerConfig", "-g", "G"}), FailedWith(26));
  EXPECT_THAT(mqadmin({"deleteSubGroup", "-c", "DefaultCluster", "-g", "G", "-r", "true"}),
              Printed("delete subscription group [G] from broker [" + broker() +
                      "] in cluster [DefaultCluster] success.\n"
                      "delete topic [%RETRY%G] from cluster [DefaultCluster] success.\n"
                      "delete topic [%RETRY%G] from NameServer success.\n"
                      "delete topic [%DLQ%G] from cluster [DefaultCluster] success.\n"
                      "delete topic [%DLQ%G] from NameServer success.\n"));
  EXPECT_THAT(mqadmin({"deleteSubGroup", "-c", "nosuch", "-g", "G"}), FailedWith(-1));
  EXPECT_THAT(mqadmin({"deleteSubGroup", "-c", "DefaultCluster"}),
              RefusedWith("Missing required option"));
}

TEST_F(MqadminGroupTest, ConsumerProgressShowsHowFarAGroupHasRead) {
  auto member = join(6);
  const Ran live = run_until({"consumerProgress", "-g", "CG"}, "Diff Total: 0\n");
  EXPECT_EQ(live.lines()[0],
            "#Topic                                                            #Broker Name        "
            "              #QID  #Broker Offset        #Consumer Offset      #Diff                 "
            "#LastTime");
  EXPECT_THAT(live.out, testing::ContainsRegex("T_group +broker-a +0 +3 +3 +0 +20"));
  EXPECT_THAT(live.out, testing::ContainsRegex("T_group +broker-a +1 +3 +3 +0 +20"));
  EXPECT_THAT(live.out,
              testing::ContainsRegex("\n\nConsume TPS: [0-9]+[.][0-9][0-9]\nDiff Total: 0\n$"));
  run_until({"consumerProgress", "-g", "CG", "-s", "true"}, "#Client IP");
  const Ran one = run_until({"consumerProgress", "-g", "CG", "-t", "T_group"}, "Diff Total: 0\n");
  EXPECT_EQ(one.out.find("%RETRY%"), std::string::npos);

  const Ran all = run_until({"consumerProgress"}, "CLUSTERING");
  EXPECT_EQ(
      all.lines()[0],
      "#Group                                                            #Count  #Version     "
      "            #Type  #Model          #TPS     #Diff Total");
  // The rate depends on how fast the machine is.
  EXPECT_THAT(all.out, testing::ContainsRegex("CG +1 +V4_9_8 +PUSH +CLUSTERING +[0-9]+ +0\n"));

  member.reset();
  send("T_group", 4);
  run_until({"consumerProgress", "-g", "CG"}, "Diff Total: 4\n");
  EXPECT_THAT(mqadmin({"consumerProgress", "-g", "CG", "--json"}), Printed(R"("diffTotal":4)"));
  run_until({"consumerProgress"}, "OFFLINE");

  EXPECT_THAT(mqadmin({"consumerProgress", "-g", "nosuch"}), FailedWith(17));
  EXPECT_THAT(mqadmin({"consumerProgress", "-g", "CG", "-s", "perhaps"}), RefusedWith("Option s"));
}

TEST_F(MqadminGroupTest, ConsumerProgressShowsAGroupThatHasOffsetsAndNoRetryTopic) {
  auto member = join(2);
  run_until({"consumerProgress", "-g", "CG"}, "Diff Total: 0\n");
  ASSERT_EQ(mqadmin({"cloneGroupOffset", "-s", "CG", "-d", "CG2", "-t", "T_group"}).status, 0);
  EXPECT_THAT(mqadmin({"consumerProgress", "-g", "CG2"}), Printed("Diff Total: 0\n"));
}

TEST_F(MqadminGroupTest, BrokerConsumeStatsShowsAllGroupsOfABroker) {
  auto member = join(4);
  run_until({"consumerProgress", "-g", "CG"}, "Diff Total: 0\n");
  const Ran ran = mqadmin({"brokerConsumeStats", "-b", broker()});
  EXPECT_THAT(ran, Printed("#Topic                                                            "
                           "#Group "));
  EXPECT_THAT(ran.out, testing::ContainsRegex("T_group +CG +broker-a +0 +2 +2 +0 +20"));
  EXPECT_THAT(ran.out, HasSubstr("\nDiff Total: 0\n"));
  EXPECT_EQ(mqadmin({"brokerConsumeStats", "-b", broker(), "-l", "1"}).out.find("T_group"),
            std::string::npos);
  EXPECT_THAT(mqadmin({"brokerConsumeStats"}), RefusedWith("Missing required option: b"));
  EXPECT_THAT(mqadmin({"brokerConsumeStats", "-b", "127.0.0.1:1"}).status, 2);
}

TEST_F(MqadminGroupTest, ConsumerConnectionAndConsumerStatusShowTheMembers) {
  auto member = join(2);
  const Ran ran = run_until({"consumerConnection", "-g", "CG"}, "CONSUME_PASSIVELY");
  EXPECT_EQ(ran.lines()[0],
            "#ClientId                            #ClientAddr            #Language  #Version");
  EXPECT_THAT(ran.lines()[1], HasSubstr(" CPP        V4_9_8"));
  EXPECT_THAT(ran.out, HasSubstr("\nBelow is subscription:\n#Topic               #SubExpression\n"
                                 "%RETRY%CG            *\n"
                                 "T_group              TagA || TagB\n\n"
                                 "ConsumeType: CONSUME_PASSIVELY\nMessageModel: CLUSTERING\n"
                                 "ConsumeFromWhere: CONSUME_FROM_FIRST_OFFSET\n"));
  EXPECT_THAT(mqadmin_alone({"consumerConnection", "-g", "CG", "-b", broker()}),
              Printed("T_group              TagA || TagB"));
  const std::string client_id = ran.lines()[1].substr(0, ran.lines()[1].find(' '));

  const Ran one = run_until({"consumerStatus", "-g", "CG", "-i", client_id}, "T_group");
  for (const char* section :
       {"#Consumer Properties#\n", "\n\n#Consumer Subscription#\n001 Topic: %RETRY%CG ",
        "\n\n#Consumer Offset#\n", "\n\n#Consumer MQ Detail#\n",
        "ProcessQueueInfo [commitOffset=", "\n\n#Consumer RT&TPS#\n"})
    EXPECT_THAT(one.out, HasSubstr(section));

  const Ran list = run_until({"consumerStatus", "-g", "CG"}, "Rebalance OK\n");
  EXPECT_THAT(list.out, HasSubstr("#ConsumerRunningInfoFile\n1          " + client_id));
  EXPECT_THAT(list.out, HasSubstr("Same subscription in the same group of consumer\n"));
  // Below the current directory, as the last column says.
  const std::string path = list.lines()[1].substr(list.lines()[1].rfind(' ') + 1);
  EXPECT_TRUE(std::filesystem::exists(path)) << path;
  std::filesystem::remove_all(std::filesystem::path(path).parent_path());

  EXPECT_THAT(mqadmin({"consumerStatus", "-g", "CG", "-i", "nobody"}), FailedWith(1));
  EXPECT_THAT(mqadmin({"consumerConnection", "-g", "nosuch"}), FailedWith(17));
  member.reset();
  EXPECT_TRUE(eventually([&] {
    return mqadmin({"consumerConnection", "-g", "CG"})
               .error_output.find("CODE: 206  DESC: Not found the consumer group connection") !=
           std::string::npos;
  }));
  EXPECT_THAT(mqadmin({"consumerStatus", "-g", "CG"}), FailedWith(206));
  EXPECT_THAT(mqadmin({"consumerConnection"}), RefusedWith("Missing required option: g"));
}

TEST_F(MqadminGroupTest, StartMonitoringTellsWhatGroupsLeaveUndone) {
  auto member = join(2);
  run_until({"consumerProgress", "-g", "CG"}, "Diff Total: 0\n");
  member.reset();
  send("T_group", 4);
  run_until({"consumerProgress", "-g", "CG"}, "Diff Total: 4\n");
  const auto monitor = cluster.run("mqadmin", {"startMonitoring", "-n", cluster.name_server()});
  const auto undone = monitor->wait_for_line("[UNDONE] group: CG topic: T_group messages: 4");
  ASSERT_TRUE(undone) << monitor->error_output();
  EXPECT_THAT(*undone, testing::ContainsRegex("largest queue: [1-4] read up to: 20"));
  EXPECT_TRUE(monitor->wait_for_line("looked at 1 groups"));
  monitor->kill();
  EXPECT_EQ(mqadmin_alone({"startMonitoring"}).status, 1);
  EXPECT_EQ(mqadmin_alone({"startMonitoring", "-n", "127.0.0.1:1"}).status, 2);
}

class MqadminTwoBrokersTest : public MqadminTest {
 protected:
  MqadminTwoBrokersTest() : MqadminTest(2) {}
};

TEST_F(MqadminTwoBrokersTest, ConsumerStatusAsksTheBrokerThatListsTheMember) {
  // The first broker knows the group's topic, but none of its members.
  make_topic("%RETRY%CG", "1");
  BrokerClient member(cluster.broker_port(1));
  const auto beat = member.ask(remoting::make_request(
      remoting::RequestCode::HeartBeat,
      remoting::encode_body(remoting::HeartbeatData{
          .client_id = "c1@1",
          .consumers = {{.group_name = "CG", .subscriptions = {{.topic = "%RETRY%CG"}}}}})));
  ASSERT_EQ(beat.response_code(), ResponseCode::Success) << beat.remark;
  const auto run_and_answer = [&](std::vector<std::string> words) {
    words.insert(words.end(), {"-n", cluster.name_server()});
    const auto tool = cluster.run("mqadmin", std::move(words));
    auto question = member.connection().read_command();
    while (question && question->request_code() != remoting::RequestCode::GetConsumerRunningInfo)
      question = member.connection().read_command();
    if (question) {
      remoting::RemotingCommand response;
      response.flag = remoting::RemotingCommand::response_bit;
      response.opaque = question->opaque;
      response.set_body(R"({"properties":{"PROP_CLIENT_VERSION":"V4_9_8"},"mqTable":{}})");
      member.connection().send(response);
    }
    EXPECT_EQ(tool->wait(), 0) << tool->error_output();
    return tool->output();
  };
  EXPECT_THAT(run_and_answer({"consumerStatus", "-g", "CG", "-i", "c1@1"}),
              HasSubstr("#Consumer Properties#"));
  const std::string list = run_and_answer({"consumerStatus", "-g", "CG"});
  EXPECT_THAT(list, HasSubstr("1          c1@1 "));
  const auto path_begin = list.rfind(' ', list.find("/c1@1")) + 1;
  std::filesystem::remove_all(list.substr(path_begin, list.find("/c1@1") - path_begin));
}

TEST_F(MqadminGroupTest, ProducerConnectionAndProducerShowProducers) {
  DefaultMQProducer producer("PG");
  producer.setNamesrvAddr(cluster.name_server());
  producer.start();
  producer.send(Message("T_group", "x"));
  const Ran ran = run_until({"producerConnection", "-g", "PG", "-t", "T_group"}, "V4_9_8");
  EXPECT_TRUE(ran.out.starts_with("0001  ")) << ran.out;
  EXPECT_THAT(
      run_until({"producer", "-b", broker()}, "producer group (PG) instance : clientId=").out,
      HasSubstr(", language=CPP, version=409, lastUpdateTimestamp="));
  EXPECT_THAT(mqadmin({"producerConnection", "-g", "PG", "-t", "T_group", "--json"}),
              Printed(R"("language":"CPP")"));
  const Ran unknown = mqadmin({"producerConnection", "-g", "nosuch", "-t", "T_group"});
  EXPECT_THAT(unknown, FailedWith(1));
  EXPECT_THAT(unknown.error_output, HasSubstr("the producer group[nosuch] not exist"));
  EXPECT_THAT(mqadmin({"producerConnection", "-g", "PG", "-t", "nosuch"}), FailedWith(17));
  EXPECT_THAT(mqadmin({"producer"}), RefusedWith("Missing required option: b"));
}

TEST_F(MqadminGroupTest, ResetOffsetByTimeTellsMembersAndSetsTheOffsetsOfAGroupWithoutAny) {
  auto member = join(6);
  run_until({"consumerProgress", "-g", "CG"}, "Diff Total: 0\n");
  member->inbox.clear();
  const Ran online = mqadmin({"resetOffsetByTime", "-g", "CG", "-t", "T_group", "-s", "0"});
  EXPECT_THAT(online, Printed("rollback consumer offset by specified group[CG], topic[T_group], "
                              "force[true], timestamp(string)[0], timestamp(long)[0]\n"
                              "#brokerName                               #queueId         "
                              "                         #offset"));
  ASSERT_EQ(online.lines().size(), 4U) << online.out;
  EXPECT_TRUE(member->inbox.wait_for(6)) << "all of it once more";
  run_until({"consumerProgress", "-g", "CG"}, "Diff Total: 0\n");

  member.reset();
  send("T_group", 4);
  run_until({"consumerProgress", "-g", "CG"}, "Diff Total: 4\n");
  EXPECT_THAT(mqadmin({"skipAccumulatedMessage", "-g", "CG", "-t", "T_group"}),
              Printed("#brokerName           #queueId              #brokerOffset         "
                      "#consumerOffset       #timestampOffset      #rollbackOffset"));
  EXPECT_THAT(mqadmin({"consumerProgress", "-g", "CG"}), Printed("Diff Total: 0\n"));
  EXPECT_THAT(mqadmin({"resetOffsetByTime", "-g", "CG", "-t", "T_group", "-s", "0"}),
              Printed("by specified consumerGroup[CG]"));
  EXPECT_THAT(mqadmin({"consumerProgress", "-g", "CG"}), Printed("Diff Total: 10\n"));
  // Not forced: no member is sent forward.
  EXPECT_THAT(
      mqadmin({"resetOffsetByTime", "-g", "CG", "-t", "T_group", "-s", "now", "-f", "false"}),
      Printed("force[false]"));
  EXPECT_THAT(mqadmin({"consumerProgress", "-g", "CG"}), Printed("Diff Total: 10\n"));
  EXPECT_THAT(mqadmin({"resetOffsetByTime", "-g", "CG", "-t", "T_group", "-s", "now", "-b",
                       broker(), "-q", "0", "-o", "3"}),
              Printed("reset consumer offset to 3\n"));
  EXPECT_THAT(mqadmin({"consumerProgress", "-g", "CG"}), Printed("Diff Total: 7\n"));

  EXPECT_THAT(mqadmin({"resetOffsetByTime", "-g", "CG", "-t", "T_group", "-s", "yesterday"}),
              RefusedWith("specified timestamp invalid"));
  EXPECT_THAT(mqadmin({"resetOffsetByTime", "-g", "CG", "-t", "nosuch", "-s", "now"}),
              FailedWith(17));
  EXPECT_THAT(mqadmin({"resetOffsetByTime", "-g", "CG", "-t", "T_group", "-s", "now", "-q", "0"}),
              RefusedWith("all of -b, -q and -o"));
  EXPECT_THAT(mqadmin({"skipAccumulatedMessage", "-g", "CG"}), RefusedWith("Missing required"));
}

TEST_F(MqadminGroupTest, ResetOffsetByTimeTellsAGroupThatNeverReadWhereToBegin) {
  send("T_group", 4);
  ASSERT_EQ(mqadmin({"updateSubGroup", "-b", broker(), "-g", "NEW"}).status, 0);
  EXPECT_THAT(mqadmin({"resetOffsetByTime", "-g", "NEW", "-t", "T_group", "-s", "0"}),
              Printed("by specified consumerGroup[NEW]"));
  EXPECT_TRUE(eventually([&] {
    return mqadmin({"consumerProgress", "-g", "NEW"}).out.find("Diff Total: 4\n") !=
           std::string::npos;
  }));
  EXPECT_THAT(mqadmin({"resetOffsetByTime", "-g", "nosuch", "-t", "T_group", "-s", "0"}),
              FailedWith(1));
}

TEST_F(MqadminGroupTest, CloneGroupOffsetCopiesTheOffsetsOfATopic) {
  auto member = join(6);
  run_until({"consumerProgress", "-g", "CG"}, "Diff Total: 0\n");
  send("T_group", 2);
  EXPECT_THAT(
      mqadmin({"cloneGroupOffset", "-s", "CG", "-d", "CG2", "-t", "T_group"}),
      Printed("clone group offset success. srcGroup[CG], destGroup=[CG2], topic[T_group]\n"));
  EXPECT_THAT(mqadmin({"cloneGroupOffset", "-s", "nosuch", "-d", "CG2", "-t", "T_group"}),
              FailedWith(-1));
  EXPECT_THAT(mqadmin({"cloneGroupOffset", "-s", "CG", "-d", "CG2", "-t", "nosuch"}),
              FailedWith(17));
  EXPECT_THAT(mqadmin({"cloneGroupOffset", "-s", "CG", "-t", "T_group"}),
              RefusedWith("Missing required option: d"));
}

}  // namespace
}  // namespace rocketmq::test
