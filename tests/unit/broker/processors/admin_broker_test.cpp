#include "processors/admin_broker.hpp"

#include <fstream>
#include <set>

#include "admin_fixture.hpp"
#include "rocketmq/common/atomic_file.hpp"
#include "rocketmq/common/version.hpp"
#include "rocketmq/protocol/admin_headers.hpp"
#include "stats/runtime_figures.hpp"

namespace rocketmq::broker::test {
namespace {

class AdminBrokerTest : public AdminFixture {
 protected:
  AdminBrokerTest() {
    settings.file = directory.path() / "broker.properties";
    std::ofstream(settings.file) << "# ours\nmaxMessageSize=1000\n";
    EXPECT_TRUE(settings.table.set("maxMessageSize", "1000"));
    updates.on_change([this](const ConfigChanges& changes) { heard = changes; });
    runtime_figures.add_figures(figures);
    schedule.add_figures(figures);
    topics.add_figures(figures);
    set_aside.add_figures(figures);
  }

  Answer update(const std::string& body) {
    return ask(processor, &AdminBrokerProcessor::update_config,
               remoting::make_request(remoting::RequestCode::UpdateBrokerConfig, body));
  }

  BrokerSettings settings;
  ConfigUpdates updates{settings, clock};
  ConfigChanges heard;
  WorkerPool read_pool{"read", 1, 10};
  RuntimeFigures runtime_figures{settings, clock, store, store, stats, read_pool};
  ScheduleMessageService schedule{{.clock = clock,
                                   .levels = delay_levels,
                                   .topics = topics,
                                   .reader = store,
                                   .writer = store,
                                   .set_aside = set_aside,
                                   .file = directory.path() / "delay.json"}};
  FigureTable figures;
  ha::Replication replication{settings, clock, store};
  AdminBrokerProcessor processor{{.config = updates,
                                  .figures = figures,
                                  .schedule = schedule,
                                  .stats = stats,
                                  .consumers = consumers,
                                  .reader = store,
                                  .administration = store,
                                  .replication = replication}};
};

TEST_F(AdminBrokerTest, SaysHowReplicationIs) {
  const auto answer = ask(processor, &AdminBrokerProcessor::ha_status, remoting::NoHeader{});
  EXPECT_EQ(answer.code(), ResponseCode::Success);
  EXPECT_EQ(answer.body, R"({"haClientRuntimeInfo":{"lastReadTimestamp":0,"lastWriteTimestamp":0,)"
                         R"("masterFlushOffset":0,"maxOffset":0,"transferredByteInSecond":0},)"
                         R"("haConnectionInfo":[],"inSyncSlaveNums":0,"master":true,)"
                         R"("masterCommitLogMaxOffset":0})");
}

TEST_F(AdminBrokerTest, ChangesALiveValueInMemoryAndInTheFile) {
  EXPECT_EQ(update("maxMessageSize=2000\n").code(), ResponseCode::Success);
  EXPECT_EQ(settings.store.max_message_size, 2'000);
  EXPECT_EQ(*read_file(settings.file)->value_or("").begin(), '#');
  EXPECT_NE(read_file(settings.file)->value_or("").find("maxMessageSize=2000"), std::string::npos);
  EXPECT_TRUE(heard.contains("maxMessageSize"));
  const auto answer = ask(processor, &AdminBrokerProcessor::config, remoting::NoHeader{});
  EXPECT_NE(answer.body.find("maxMessageSize=2000\n"), std::string::npos);
  EXPECT_EQ(parse(answer.field("version"))["counter"], 1);
}

TEST_F(AdminBrokerTest, RefusesPathsAddressesAndWhatIsReadAtTheStart) {
  for (const std::string key :
       {"rocketmqHome", "brokerConfigPath", "configBlackList", "storePathRootDir", "namesrvAddr",
        "listenPort", "brokerName", "adminAllowedAddresses", "flushDiskType"}) {
    const auto answer = update("maxMessageSize=7\n" + key + "=x\n");
    EXPECT_EQ(answer.code(), ResponseCode::NoPermission) << key;
    EXPECT_NE(answer.head.remark.find(key), std::string::npos);
  }
  EXPECT_EQ(settings.store.max_message_size, 1'000) << "all or nothing";
}

TEST_F(AdminBrokerTest, RefusesValuesThatAreMalformed) {
  EXPECT_EQ(update("maxMessageSize=-1").code(), ResponseCode::SystemError);
  EXPECT_EQ(update("maxMesageSize=1").code(), ResponseCode::SystemError);
  EXPECT_EQ(update("brokerPermission=9").code(), ResponseCode::SystemError);
  EXPECT_EQ(update("").code(), ResponseCode::Success) << "nothing to change";
}

TEST_F(AdminBrokerTest, TellsItsVersionBehindTheReleaseThatItSpeaks) {
  const auto table = parse(
      ask(processor, &AdminBrokerProcessor::runtime_info, remoting::NoHeader{}).body)["table"];
  EXPECT_EQ(table["brokerVersionDesc"], "V4_9_8_cpp_" + std::string(version()));
}

TEST_F(AdminBrokerTest, TellsEveryFigureThatToolsReadWithBothSpellings) {
  const auto table = parse(
      ask(processor, &AdminBrokerProcessor::runtime_info, remoting::NoHeader{}).body)["table"];
  for (const std::string key : {"brokerVersion",
                                "brokerVersionDesc",
                                "bootTimestamp",
                                "runtime",
                                "msgPutTotalYesterdayMorning",
                                "msgPutTotalTodayMorning",
                                "msgPutTotalTodayNow",
                                "msgGetTotalYesterdayMorning",
                                "msgGetTotalTodayMorning",
                                "msgGetTotalTodayNow",
                                "putTps",
                                "getTransferedTps",
                                "getTransferredTps",
                                "getFoundTps",
                                "getMissTps",
                                "getTotalTps",
                                "sendThreadPoolQueueSize",
                                "sendThreadPoolQueueCapacity",
                                "sendThreadPoolQueueHeadWaitTimeMills",
                                "pullThreadPoolQueueSize",
                                "queryThreadPoolQueueSize",
                                "EndTransactionQueueSize",
                                "dispatchBehindBytes",
                                "setAsideMessages",
                                "pageCacheLockTimeMills",
                                "earliestMessageTimeStamp",
                                "commitLogMinOffset",
                                "commitLogMaxOffset",
                                "commitLogDiskRatio",
                                "consumeQueueDiskRatio",
                                "commitLogDirCapacity",
                                "putMessageAverageSize",
                                "putMessageEntireTimeMax",
                                "putMessageDistributeTime",
                                "putMessageTimesTotal",
                                "putMessageSizeTotal",
                                "getMessageEntireTimeMax",
                                "dispatchMaxBuffer",
                                "remainHowManyDataToFlush",
                                "remainTransientStoreBufferNumbs",
                                "startAcceptSendRequestTimeStamp",
                                "putLatency99",
                                "putLatency999"}) {
    EXPECT_TRUE(table.contains(key)) << key;
  }
  EXPECT_EQ(table["putMessageDistributeTime"],
            "[<=0ms]:0 [0~10ms]:0 [10~50ms]:0 [50~100ms]:0 [100~200ms]:0 [200~500ms]:0 "
            "[500ms~1s]:0 [1~2s]:0 [2~3s]:0 [3~4s]:0 [4~5s]:0 [5~10s]:0 [10s~]:0 ");
}

TEST_F(AdminBrokerTest, TellsTheFiguresThatToolsKnowAndNoOthers) {
  const std::set<std::string> known{"EndTransactionQueueSize",
                                    "EndTransactionThreadPoolQueueCapacity",
                                    "bootTimestamp",
                                    "brokerActive",
                                    "brokerVersion",
                                    "brokerVersionDesc",
                                    "commitLogDirCapacity",
                                    "commitLogDiskRatio",
                                    "commitLogMaxOffset",
                                    "commitLogMinOffset",
                                    "consumeQueueDiskRatio",
                                    "dispatchBehindBytes",
                                    "dispatchMaxBuffer",
                                    "earliestMessageTimeStamp",
                                    "getFoundTps",
                                    "getMessageEntireTimeMax",
                                    "getMissTps",
                                    "getTotalTps",
                                    "getTransferedTps",
                                    "getTransferredTps",
                                    "litePullThreadPoolQueueCapacity",
                                    "litePullThreadPoolQueueHeadWaitTimeMills",
                                    "litePullThreadPoolQueueSize",
                                    "msgGetTotalTodayMorning",
                                    "msgGetTotalTodayNow",
                                    "msgGetTotalYesterdayMorning",
                                    "msgPutTotalTodayMorning",
                                    "msgPutTotalTodayNow",
                                    "msgPutTotalYesterdayMorning",
                                    "pageCacheLockTimeMills",
                                    "pullThreadPoolQueueCapacity",
                                    "pullThreadPoolQueueHeadWaitTimeMills",
                                    "pullThreadPoolQueueSize",
                                    "putLatency99",
                                    "putLatency999",
                                    "putMessageAverageSize",
                                    "putMessageDistributeTime",
                                    "putMessageEntireTimeMax",
                                    "putMessageFailedTimes",
                                    "putMessageSizeTotal",
                                    "putMessageTimesTotal",
                                    "putTps",
                                    "queryThreadPoolQueueCapacity",
                                    "queryThreadPoolQueueHeadWaitTimeMills",
                                    "queryThreadPoolQueueSize",
                                    "remainHowManyDataToFlush",
                                    "remainTransientStoreBufferNumbs",
                                    "runtime",
                                    "sendThreadPoolQueueCapacity",
                                    "sendThreadPoolQueueHeadWaitTimeMills",
                                    "sendThreadPoolQueueSize",
                                    "setAsideMessages",
                                    "startAcceptSendRequestTimeStamp",
                                    "topicCount",
                                    "topicTableBytes",
                                    "topicTableBytesMax",
                                    "topicsNotMade"};
  std::set<std::string> told;
  for (const auto& [name, text] : figures.texts(in_runtime_info)) told.insert(name);
  EXPECT_EQ(told, known);
}

TEST_F(AdminBrokerTest, ToolsDivideByNoCapacityOfZero) {
  const auto table = parse(
      ask(processor, &AdminBrokerProcessor::runtime_info, remoting::NoHeader{}).body)["table"];
  for (const std::string key : {"sendThreadPoolQueueCapacity", "pullThreadPoolQueueCapacity",
                                "litePullThreadPoolQueueCapacity", "queryThreadPoolQueueCapacity",
                                "EndTransactionThreadPoolQueueCapacity"}) {
    EXPECT_GT(std::stoll(table[key].get<std::string>()), 0) << key;
  }
}

TEST_F(AdminBrokerTest, TheConfigurationHasEveryKeyThatAnExportNeeds) {
  const auto text = "\n" + ask(processor, &AdminBrokerProcessor::config, remoting::NoHeader{}).body;
  for (const std::string key :
       {"brokerClusterName", "brokerId", "brokerName", "brokerRole", "fileReservedTime",
        "filterServerNums", "flushDiskType", "maxMessageSize", "messageDelayLevel",
        "msgTraceTopicName", "slaveReadEnable", "traceOn", "traceTopicEnable", "useTLS",
        "autoCreateTopicEnable", "autoCreateSubscriptionGroup"}) {
    EXPECT_NE(text.find("\n" + key + "="), std::string::npos) << key;
  }
  EXPECT_EQ(update("useTLS=true").code(), ResponseCode::NoPermission);
}

TEST_F(AdminBrokerTest, NoRequestChangesWhatTheBrokerStartsOrWhoTellsItOfFilterServers) {
  for (const std::string change : {"filterServerNums=1", "filterServerConfigPath=/tmp/x",
                                   "filterServerWhiteList=0.0.0.0/0", "rocketmqHome=/tmp"}) {
    EXPECT_EQ(update(change).code(), ResponseCode::NoPermission) << change;
  }
}

TEST_F(AdminBrokerTest, TellsOneStatistic) {
  stats.tick();
  put("T", 0);
  clock.advance(BrokerStatsManager::tick_period);
  stats.tick();
  const auto found =
      ask(processor, &AdminBrokerProcessor::stats_data,
          remoting::ViewBrokerStatsRequestHeader{.statsName = "TOPIC_PUT_NUMS", .statsKey = "T"});
  EXPECT_EQ(parse(found.body)["statsMinute"]["sum"], 1);
  const auto none =
      ask(processor, &AdminBrokerProcessor::stats_data,
          remoting::ViewBrokerStatsRequestHeader{.statsName = "TOPIC_PUT_NUMS", .statsKey = "U"});
  EXPECT_EQ(none.code(), ResponseCode::SystemError);
  EXPECT_EQ(none.head.remark, "The stats <TOPIC_PUT_NUMS> <U> not exist");
}

TEST_F(AdminBrokerTest, ListsEntriesOfAQueue) {
  put("T", 0, "A");
  const auto second = put("T", 0, "B");
  add_consumer("cg", "c1", "T");
  const auto answer =
      ask(processor, &AdminBrokerProcessor::consume_queue,
          remoting::QueryConsumeQueueRequestHeader{
              .topic = "T", .queueId = 0, .index = 1, .count = 10, .consumerGroup = "cg"});
  const auto body = parse(answer.body);
  EXPECT_EQ(body["minQueueIndex"], 0);
  EXPECT_EQ(body["maxQueueIndex"], 2);
  ASSERT_EQ(body["queueData"].size(), 1U);
  EXPECT_EQ(body["queueData"][0]["physicOffset"], second);
  EXPECT_EQ(body["queueData"][0]["tagsCode"], 66);
  EXPECT_EQ(body["subscriptionData"]["topic"], "T");
}

TEST_F(AdminBrokerTest, RefusesAQueueThatIsNotThereAndAbsurdNumbers) {
  put("T", 0);
  const auto ask_for = [&](std::int32_t queue_id, std::int64_t index, std::int32_t count) {
    return ask(processor, &AdminBrokerProcessor::consume_queue,
               remoting::QueryConsumeQueueRequestHeader{
                   .topic = "T", .queueId = queue_id, .index = index, .count = count});
  };
  EXPECT_EQ(ask_for(1, 0, 1).head.remark, "1@T is not exist!");
  EXPECT_EQ(ask_for(-1, 0, 1).code(), ResponseCode::SystemError);
  EXPECT_EQ(ask_for(0, -1, 1).code(), ResponseCode::SystemError);
  EXPECT_EQ(ask_for(0, 0, -1).code(), ResponseCode::SystemError);
  EXPECT_EQ(parse(ask_for(0, INT64_MAX, INT32_MAX).body)["queueData"].size(), 0U);
  EXPECT_EQ(parse(ask_for(0, 0, INT32_MAX).body)["queueData"].size(), 1U);
}

TEST_F(AdminBrokerTest, PassesOnThatFilesAreToBeCleaned) {
  EXPECT_EQ(ask(processor, &AdminBrokerProcessor::clean_queues, remoting::NoHeader{}).code(),
            ResponseCode::Success);
  EXPECT_EQ(
      ask(processor, &AdminBrokerProcessor::delete_expired_files, remoting::NoHeader{}).code(),
      ResponseCode::Success);
  EXPECT_EQ(store.cleanings_asked, 1);
  EXPECT_EQ(store.deletions_asked, 1);
}

TEST_F(AdminBrokerTest, TellsHowFarTheTopicTableIsFromItsLimit) {
  add_topic("T", 4);
  const auto figures_told = parse(
      ask(processor, &AdminBrokerProcessor::runtime_info, remoting::NoHeader{}).body)["table"];
  EXPECT_EQ(figures_told["topicCount"], std::to_string(topics.size()));
  EXPECT_EQ(figures_told["topicTableBytes"], std::to_string(topics.json_bytes()));
  EXPECT_EQ(figures_told["topicTableBytesMax"], "14680064");
}

}  // namespace
}  // namespace rocketmq::broker::test
