#include "rocketmq/protocol/admin_bodies.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "rocketmq/common/fastjson.hpp"

namespace rocketmq::remoting {
namespace {

// What a Java 4.9.8 broker wrote, byte for byte, members sorted.

TEST(TopicStatsTable, HasWholeQueuesAsKeys) {
  const TopicStatsTable table{
      {{{"T", "broker-a", 0}, {0, 2, 1'795'369'771'908}}, {{"T", "broker-a", 1}, {1, 2, 0}}}};
  EXPECT_EQ(encode_body(table),
            R"({"offsetTable":{{"brokerName":"broker-a","queueId":0,"topic":"T"}:)"
            R"({"lastUpdateTimestamp":1795369771908,"maxOffset":2,"minOffset":0},)"
            R"({"brokerName":"broker-a","queueId":1,"topic":"T"}:)"
            R"({"lastUpdateTimestamp":0,"maxOffset":2,"minOffset":1}}})");
  EXPECT_EQ(encode_body(TopicStatsTable{}), R"({"offsetTable":{}})");
}

TEST(ConsumeStats, HasWholeQueuesAsKeysAndAFractionalRate) {
  const ConsumeStats stats{.consume_tps = 0.5,
                           .queues = {{{"T", "broker-a", 0}, {13, 10, 1'795'369'734'962}}}};
  EXPECT_EQ(encode_body(stats),
            R"({"consumeTps":0.5,"offsetTable":{{"brokerName":"broker-a","queueId":0,"topic":"T"}:)"
            R"({"brokerOffset":13,"consumerOffset":10,"lastTimestamp":1795369734962}}})");
  EXPECT_EQ(stats.total_diff(), 3);
  EXPECT_EQ(encode_body(ConsumeStats{}), R"({"consumeTps":0.0,"offsetTable":{}})");
}

TEST(BrokerConsumeStats, ListsOneObjectAGroupAndSumsWhatIsLeft) {
  const ConsumeStats one{.queues = {{{"T", "b", 0}, {5, 1, 0}}}};
  const ConsumeStats other{.queues = {{{"U", "b", 0}, {2, 2, 0}}}};
  const BrokerConsumeStats stats{.broker_addr = "10.0.0.1:10911",
                                 .groups = {{"a", {one, other}}, {"b", {one}}}};
  EXPECT_EQ(encode_body(stats), R"({"brokerAddr":"10.0.0.1:10911","consumeStatsList":[{"a":[)" +
                                    encode_body(one) + "," + encode_body(other) + R"(]},{"b":[)" +
                                    encode_body(one) + R"(]}],"totalDiff":8})");
  EXPECT_EQ(encode_body(BrokerConsumeStats{}),
            R"({"brokerAddr":"","consumeStatsList":[],"totalDiff":0})");
}

ConnectionInfo go_client() {
  return {.client_id = "10.0.0.5@811",
          .client_addr = "10.0.0.5:50122",
          .language = LanguageCode::Go,
          .version = 317,
          .last_update_timestamp_ms = 7};
}

TEST(ConsumerConnection, IsWhatTheGroupSubscribesToAndFromWhere) {
  ConsumerConnection connection{.connections = {go_client()}};
  connection.subscriptions.push_back({.topic = "T", .sub_string = "*", .sub_version = 3});
  EXPECT_EQ(
      encode_body(connection, version::own),
      R"({"connectionSet":[{"clientAddr":"10.0.0.5:50122","clientId":"10.0.0.5@811","language":"GO",)"
      R"("version":317}],"consumeFromWhere":"CONSUME_FROM_LAST_OFFSET",)"
      R"("consumeType":"CONSUME_PASSIVELY","messageModel":"CLUSTERING","subscriptionTable":{"T":)"
      R"({"classFilterMode":false,"codeSet":[],"expressionType":"TAG","subString":"*",)"
      R"("subVersion":3,"tagsSet":[],"topic":"T"}}})");
}

TEST(ConsumerConnection, NamesNoLanguageThatAnOldPeerDoesNotKnow) {
  const ConsumerConnection connection{.connections = {go_client()}};
  constexpr std::int32_t of_3_2_6 = 78;
  EXPECT_NE(encode_body(connection, of_3_2_6).find(R"("language":"OTHER")"), std::string::npos);
  EXPECT_NE(encode_producer_connections({go_client()}, of_3_2_6).find(R"("language":"OTHER")"),
            std::string::npos);
}

TEST(ProducerTable, ListsTheClientsOfEachGroup) {
  EXPECT_EQ(encode_producer_table({{"pg", {go_client()}}}, version::own),
            R"({"data":{"pg":[{"clientId":"10.0.0.5@811","language":"GO","lastUpdateTimestamp":7,)"
            R"("remoteIP":"/10.0.0.5:50122","version":317}]}})");
}

TEST(GroupList, IsAnObjectWithOneList) {
  EXPECT_EQ(encode_group_list({}), R"({"groupList":[]})");
  EXPECT_EQ(encode_group_list({"a", "b"}), R"({"groupList":["a","b"]})");
}

TEST(QueueTimeSpan, IsWrittenWithItsQueueAsAMember) {
  EXPECT_EQ(encode_body(std::vector<QueueTimeSpan>{{.queue = {"T", "b", 1},
                                                    .min_timestamp_ms = 1,
                                                    .max_timestamp_ms = 4,
                                                    .consume_timestamp_ms = 2,
                                                    .delay_ms = 9}}),
            R"({"consumeTimeSpanSet":[{"consumeTimeStamp":2,"delayTime":9,"maxTimeStamp":4,)"
            R"("messageQueue":{"brokerName":"b","queueId":1,"topic":"T"},"minTimeStamp":1}]})");
}

TEST(CorrectionOffsets, HaveBareIntegersAsKeys) {
  EXPECT_EQ(encode_correction_offsets({{0, 120}, {1, INT64_MAX}}),
            R"({"correctionOffsets":{0:120,1:9223372036854775807}})");
  EXPECT_EQ(encode_correction_offsets({}), R"({"correctionOffsets":{}})");
}

TEST(OffsetTable, HasWholeQueuesAsKeysForJavaAndAListForCpp) {
  const QueueOffsets offsets{{{"T", "b-a", 0}, 100}, {{"T", "b-a", 1}, 7}};
  EXPECT_EQ(encode_offset_table(offsets),
            R"({"offsetTable":{{"brokerName":"b-a","queueId":0,"topic":"T"}:100,)"
            R"({"brokerName":"b-a","queueId":1,"topic":"T"}:7}})");
  EXPECT_EQ(encode_offset_list(offsets),
            R"({"offsetTable":[{"brokerName":"b-a","offset":100,"queueId":0,"topic":"T"},)"
            R"({"brokerName":"b-a","offset":7,"queueId":1,"topic":"T"}]})");
}

TEST(ConsumerStatus, IsReadFromTheMembersAndWrittenByClientId) {
  const auto offsets = decode_consumer_status(
      R"({"messageQueueTable":{{"brokerName":"b-a","queueId":0,"topic":"T"}:77}})");
  ASSERT_TRUE(offsets) << offsets.error().remark;
  EXPECT_EQ(*offsets, (QueueOffsets{{{"T", "b-a", 0}, 77}}));
  EXPECT_EQ(encode_consumer_status({{"cid", *offsets}}),
            R"({"consumerTable":{"cid":{{"brokerName":"b-a","queueId":0,"topic":"T"}:77}},)"
            R"("messageQueueTable":{}})");
}

TEST(ConsumerStatus, RefusesWhatIsNoTableOfQueues) {
  EXPECT_TRUE(decode_consumer_status("[]").has_error());
  EXPECT_TRUE(decode_consumer_status("").has_error());
  EXPECT_TRUE(decode_consumer_status(R"({"messageQueueTable":{"T":1}})").has_error());
  EXPECT_TRUE(decode_consumer_status(R"({"messageQueueTable":{{"topic":"T"}:"x"}})").has_error());
  const auto none = decode_consumer_status("{}");
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->empty());
}

TEST(BrokerStatsData, HasThreePeriods) {
  EXPECT_EQ(encode_body(BrokerStatsData{.minute = {.sum = 60, .per_second = 1, .per_time = 2}}),
            R"({"statsDay":{"avgpt":0.0,"sum":0,"tps":0.0},"statsHour":{"avgpt":0.0,"sum":0,)"
            R"("tps":0.0},"statsMinute":{"avgpt":2.0,"sum":60,"tps":1.0}})");
}

TEST(ConsumeQueueData, ListsUnitsAndTheSubscriptionThatWasAskedFor) {
  ConsumeQueueData data{.max_queue_index = 5, .units = {{225, 230, 65}}};
  EXPECT_EQ(
      encode_body(data),
      R"({"filterData":"null","maxQueueIndex":5,"minQueueIndex":0,"queueData":[{"eval":false,)"
      R"("physicOffset":225,"physicSize":230,"tagsCode":65}]})");
  data.subscription = SubscriptionData{.topic = "T"};
  const auto body = parse_fastjson(encode_body(data));
  ASSERT_TRUE(body);
  EXPECT_EQ((*body)["subscriptionData"]["topic"], "T");
}

}  // namespace
}  // namespace rocketmq::remoting
