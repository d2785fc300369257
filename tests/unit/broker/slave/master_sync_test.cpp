// What a slave takes from a master whose replies the test gives.
#include "slave/master_sync.hpp"

#include <atomic>
#include <fstream>
#include <future>
#include <sstream>

#include "fake_server.hpp"
#include "fixture.hpp"
#include "rocketmq/protocol/queue_headers.hpp"

namespace rocketmq::broker::test {
namespace {

using remoting::RemotingCommand;
using remoting::Reply;
using remoting::RequestCode;

const std::string topics_json =
    R"({"dataVersion":{"counter":7,"timestamp":1000},"topicConfigTable":{)"
    R"("Orders":{"topicName":"Orders","readQueueNums":3,"writeQueueNums":5,"perm":6},)"
    R"("%RETRY%g":{"topicName":"%RETRY%g","readQueueNums":1,"writeQueueNums":1,"perm":6}}})";
const std::string groups_json =
    R"({"dataVersion":{"counter":9,"timestamp":2000},"subscriptionGroupTable":{)"
    R"("g":{"groupName":"g","retryMaxTimes":3,"whichBrokerWhenConsumeSlowly":2}}})";
const std::string offsets_json = R"({"offsetTable":{"Orders@g":{0:12,1:9}}})";
const std::string delays_json = R"({"offsetTable":{1:5,3:77}})";

class MasterSyncTest : public BrokerFixture {
 protected:
  MasterSyncTest() {
    config.broker_id = 1;
    reply_with(RequestCode::GetAllTopicConfig, topics_json);
    reply_with(RequestCode::GetAllSubscriptionGroupConfig, groups_json);
    reply_with(RequestCode::GetAllConsumerOffset, offsets_json);
    reply_with(RequestCode::GetAllDelayOffset, delays_json);
    master.on(RequestCode::ViewMessageById, [this](RemotingCommand& request, Reply reply) {
      ++comparisons;
      const auto header = remoting::decode_header<remoting::ViewMessageRequestHeader>(request);
      asked_for = header ? header->offset : -1;
      if (message_of_master.empty()) {
        reply(code_of_comparison, remark_of_comparison);
      } else {
        reply.body(message_of_master);
      }
    });
  }
  ~MasterSyncTest() override { sync.stop(); }

  void reply_with(RequestCode code, const std::string& body) {
    bodies[code] = body;
    master.on(code, [this, code](RemotingCommand&, Reply reply) {
      const std::string& text = bodies[code];
      if (text.empty()) return reply(ResponseCode::SystemError, "not today");
      reply.body(text);
    });
  }
  void start_master() {
    master.start();
    sync.set_master({master.address(), "127.0.0.1:10912"});
  }
  Result<void> compared() {
    std::promise<Result<void>> ended;
    sync.compare_logs([&](Result<void> outcome) { ended.set_value(std::move(outcome)); });
    return ended.get_future().get();
  }
  void put(const std::string& body) {
    store.put({.topic = "Orders", .queue_id = 0, .body = body}, [](const store::PutResult&) {});
  }
  std::string saved(const std::string& name) const {
    std::ifstream file(directory.path() / name);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
  }

  std::map<RequestCode, std::string> bodies;
  std::string message_of_master;
  ResponseCode code_of_comparison = ResponseCode::SystemError;
  std::string remark_of_comparison = "can not find message by the offset, 0";
  std::atomic<int> comparisons{0};
  std::atomic<std::int64_t> asked_for{-1};
  ScheduleMessageService schedule{{.clock = clock,
                                   .levels = delay_levels,
                                   .topics = topics,
                                   .reader = store,
                                   .writer = store,
                                   .set_aside = set_aside,
                                   .file = directory.path() / "delayOffset.json"}};
  rocketmq::test::FakeServer master;
  MasterSync sync{{.config = config,
                   .reader = store,
                   .administration = store,
                   .topics = topics,
                   .groups = groups,
                   .offsets = offsets,
                   .schedule = schedule}};
};

TEST_F(MasterSyncTest, TakesOverTopicsGroupsAndOffsetsAndSavesThem) {
  add_topic("Own", 4);
  start_master();
  sync.sync();
  EXPECT_EQ(topics.data_version(), (DataVersion{.timestamp_ms = 1'000, .counter = 7}));
  EXPECT_EQ(topics.size(), 2);
  EXPECT_EQ(topics.shape_of("Orders")->write_queue_nums, 5);
  EXPECT_FALSE(topics.shape_of("Own")) << "the table is replaced";
  EXPECT_EQ(groups.snapshot().data_version, (DataVersion{.timestamp_ms = 2'000, .counter = 9}));
  EXPECT_EQ(groups.find("g")->retry_max_times, 3);
  EXPECT_EQ(offsets.query({"g", "Orders", 0}), 12);
  EXPECT_EQ(offsets.query({"g", "Orders", 1}), 9);
  EXPECT_EQ(schedule.to_json().find("\"77\""), std::string::npos);
  EXPECT_NE(schedule.to_json().find("77"), std::string::npos);
  EXPECT_NE(saved("topics.json").find("Orders"), std::string::npos);
  EXPECT_NE(saved("subscriptionGroup.json").find("\"g\""), std::string::npos);
  EXPECT_NE(saved("consumerOffset.json").find("Orders@g"), std::string::npos);
  EXPECT_NE(saved("delayOffset.json").find("77"), std::string::npos);
}

TEST_F(MasterSyncTest, KeepsOffsetsThatTheMasterDoesNotHave) {
  ASSERT_TRUE(offsets.commit({"other", "Orders", 2}, 4));
  start_master();
  sync.sync();
  EXPECT_EQ(offsets.query({"other", "Orders", 2}), 4);
}

TEST_F(MasterSyncTest, ForgetsTheOffsetsOfATopicThatTheMasterDeleted) {
  add_topic("Gone", 4);
  ASSERT_TRUE(offsets.commit({"g", "Gone", 0}, 4));
  start_master();
  sync.sync();
  EXPECT_FALSE(offsets.query({"g", "Gone", 0}));
}

TEST_F(MasterSyncTest, LeavesATableAloneWhoseVersionItHas) {
  start_master();
  sync.sync();
  const auto change = topics.change();
  sync.sync();
  EXPECT_EQ(topics.change(), change);
}

TEST_F(MasterSyncTest, AStepThatFailsLeavesTheOthersAlone) {
  bodies[RequestCode::GetAllTopicConfig].clear();
  bodies[RequestCode::GetAllConsumerOffset] = "no table";
  const auto topics_before = topics.size();
  start_master();
  sync.sync();
  EXPECT_EQ(topics.size(), topics_before);
  EXPECT_EQ(groups.find("g")->retry_max_times, 3);
  EXPECT_NE(schedule.to_json().find("77"), std::string::npos);
  bodies[RequestCode::GetAllConsumerOffset] = offsets_json;
  sync.sync();
  EXPECT_EQ(offsets.query({"g", "Orders", 0}), 12);
}

TEST_F(MasterSyncTest, TakesWhatAMasterOf5xSends) {
  bodies[RequestCode::GetAllTopicConfig] =
      R"({"dataVersion":{"counter":1,"stateVersion":2,"timestamp":3},"mappingDataVersion":{},)"
      R"("topicConfigTable":{"Orders":{"attributes":{"+message.type":"NORMAL"},"order":false,)"
      R"("perm":6,"readQueueNums":8,"topicFilterType":"SINGLE_TAG","topicName":"Orders",)"
      R"("topicSysFlag":0,"writeQueueNums":8}},"topicQueueMappingDetailMap":{}})";
  bodies[RequestCode::GetAllConsumerOffset] =
      R"({"dataVersion":{"counter":1,"stateVersion":0,"timestamp":3},)"
      R"("offsetTable":{"Orders@g":{"0":3}},"pullOffsetTable":{},"resetOffsetTable":{}})";
  bodies[RequestCode::GetAllDelayOffset] =
      R"({"dataVersion":{"counter":1,"stateVersion":0,"timestamp":3},"offsetTable":{"2":8}})";
  bodies[RequestCode::GetAllSubscriptionGroupConfig] =
      R"({"dataVersion":{"counter":1,"stateVersion":0,"timestamp":3},"forbiddenTable":{},)"
      R"("subscriptionGroupTable":{"g":{"attributes":{},"consumeMessageOrderly":false,)"
      R"("groupName":"g","groupRetryPolicy":{"type":"CUSTOMIZED"},"retryMaxTimes":5}}})";
  start_master();
  sync.sync();
  EXPECT_EQ(topics.shape_of("Orders")->read_queue_nums, 8);
  EXPECT_EQ(topics.data_version().state_version, 2);
  EXPECT_EQ(offsets.query({"g", "Orders", 0}), 3);
  EXPECT_NE(schedule.to_json().find("8"), std::string::npos);
  EXPECT_EQ(groups.find("g")->retry_max_times, 5);
}

TEST_F(MasterSyncTest, LeavesOutWhatNoBrokerCanHave) {
  bodies[RequestCode::GetAllTopicConfig] =
      R"({"dataVersion":{"counter":7,"timestamp":1},"topicConfigTable":{)"
      R"("../x":{"topicName":"../x"},"Huge":{"readQueueNums":2000000000},"Good":{"perm":6}}})";
  bodies[RequestCode::GetAllConsumerOffset] =
      R"({"offsetTable":{"Good@g":{"0":-4,"1":5,"-1":6},"nothing":{"0":1},"../x@g":{"0":1}}})";
  start_master();
  sync.sync();
  EXPECT_EQ(topics.size(), 1);
  EXPECT_TRUE(topics.shape_of("Good"));
  EXPECT_FALSE(offsets.query({"g", "Good", 0}));
  EXPECT_EQ(offsets.query({"g", "Good", 1}), 5);
}

TEST_F(MasterSyncTest, AsksNoMasterWhileNoneIsKnownOrItIsThisBroker) {
  put("one");
  const auto before = topics.data_version();
  sync.sync();
  EXPECT_TRUE(compared());
  sync.set_master({config.address(), config.ha_address()});
  sync.sync();
  EXPECT_TRUE(compared()) << "nothing to compare the log with";
  EXPECT_EQ(topics.data_version(), before);
}

TEST_F(MasterSyncTest, ComparesItsLastMessageWithTheMasters) {
  put("one");
  put("two");
  const auto& last = store.log().back();
  message_of_master = last.bytes;
  start_master();
  EXPECT_TRUE(compared());
  EXPECT_EQ(asked_for, last.record().physical_offset);
}

TEST_F(MasterSyncTest, AnEmptyLogFollowsAnyMaster) {
  start_master();
  EXPECT_TRUE(compared());
  EXPECT_EQ(comparisons, 0);
}

TEST_F(MasterSyncTest, RefusesAMasterThatHasAnotherMessageInItsPlace) {
  put("of the former master");
  message_of_master = store.log().back().bytes;
  message_of_master.back() ^= 1;
  const auto before = topics.data_version();
  start_master();
  const auto refused = compared();
  ASSERT_FALSE(refused) << "the log is not followed";
  EXPECT_NE(refused.error().remark.find("NOT A PART OF ITS MASTER'S"), std::string::npos);
  sync.sync();
  EXPECT_EQ(topics.data_version(), before) << "nor are the tables";
}

TEST_F(MasterSyncTest, RefusesAMasterWithAShorterLogUntilThatIsRepaired) {
  put("of the former master");
  start_master();
  EXPECT_FALSE(compared());
  sync.sync();
  EXPECT_FALSE(topics.shape_of("Orders"));
  message_of_master = store.log().back().bytes;
  EXPECT_TRUE(compared());
  sync.sync();
  EXPECT_TRUE(topics.shape_of("Orders"));
}

TEST_F(MasterSyncTest, TakesTheTablesOfAMasterThatCannotCompareAtPresent) {
  put("one");
  code_of_comparison = ResponseCode::SystemBusy;
  start_master();
  EXPECT_FALSE(compared()) << "replication asks again";
  sync.sync();
  EXPECT_TRUE(topics.shape_of("Orders"));
}

TEST_F(MasterSyncTest, TakesAMasterThatDoesNotTrustItForNoOtherMaster) {
  put("message");
  remark_of_comparison =
      "org.apache.rocketmq.acl.common.AclException: No accessKey is configured: the request has no "
      "field AccessKey";
  start_master();
  const auto refused = compared();
  ASSERT_FALSE(refused) << "replication asks again";
  EXPECT_EQ(refused.error().remark, remark_of_comparison);
}

TEST_F(MasterSyncTest, TakesNothingOfAMasterThatWasRefusedAndCannotCompareAtPresent) {
  put("one");
  start_master();
  sync.sync();
  code_of_comparison = ResponseCode::SystemBusy;
  sync.sync();
  EXPECT_FALSE(topics.shape_of("Orders"));
}

TEST_F(MasterSyncTest, EndsAComparisonThatIsUnderWayWhenItStops) {
  put("one");
  rocketmq::test::FakeServer silent;
  std::optional<Reply> unanswered;
  std::promise<void> asked;
  silent.on(RequestCode::ViewMessageById, [&](RemotingCommand&, Reply reply) {
    unanswered.emplace(std::move(reply));
    asked.set_value();
  });
  silent.start();
  sync.set_master({silent.address(), ""});
  std::promise<Result<void>> ended;
  sync.compare_logs([&](Result<void> outcome) { ended.set_value(std::move(outcome)); });
  asked.get_future().wait();
  sync.stop();
  EXPECT_FALSE(ended.get_future().get());
}

TEST_F(MasterSyncTest, TakesWhatAMasterOfOurOwnSends) {
  ASSERT_TRUE(offsets.commit({"g", "Orders", 0}, 12));
  bodies[RequestCode::GetAllConsumerOffset] = offsets.to_json_for_slave(5'000);
  EXPECT_NE(bodies[RequestCode::GetAllConsumerOffset].find("\"dataVersion\":{"), std::string::npos);
  ASSERT_TRUE(schedule.follow(R"({"offsetTable":{"4":44}})"));
  bodies[RequestCode::GetAllDelayOffset] = schedule.to_json_for_slave();
  EXPECT_NE(bodies[RequestCode::GetAllDelayOffset].find("\"dataVersion\":{"), std::string::npos);
  offsets.remove_group("g");
  ASSERT_TRUE(schedule.follow(R"({"offsetTable":{}})"));
  start_master();
  sync.sync();
  EXPECT_EQ(offsets.query({"g", "Orders", 0}), 12);
  EXPECT_NE(schedule.to_json().find("44"), std::string::npos);
}

}  // namespace
}  // namespace rocketmq::broker::test
