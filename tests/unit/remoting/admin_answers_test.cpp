#include "rocketmq/protocol/admin_answers.hpp"

#include <gtest/gtest.h>

#include "rocketmq/protocol/admin_bodies_5x.hpp"

namespace rocketmq::remoting {
namespace {

// What tools read of what our brokers and Java's write.

TEST(ReadTopicStats, TakesBackWhatIsWritten) {
  const TopicStatsTable table{{{{"T", "broker-a", 0}, {1, 2, 1'795'369'771'908}}}};
  const auto read = decode_topic_stats(encode_body(table)).value();
  const auto& queue = read.queues.at({"T", "broker-a", 0});
  EXPECT_EQ(queue.min_offset, 1);
  EXPECT_EQ(queue.max_offset, 2);
  EXPECT_EQ(queue.last_update_timestamp_ms, 1'795'369'771'908);
}

TEST(ReadConsumeStats, TakesBackWhatIsWrittenAndTheMembersOf5x) {
  const ConsumeStats stats{.consume_tps = 0.5, .queues = {{{"T", "broker-a", 0}, {13, 10, 7}}}};
  const auto read = decode_consume_stats(encode_body(stats)).value();
  EXPECT_DOUBLE_EQ(read.consume_tps, 0.5);
  EXPECT_EQ(read.queues.at({"T", "broker-a", 0}).last_timestamp_ms, 7);
  EXPECT_EQ(read.total_diff(), 3);
  const auto from_5x =
      decode_consume_stats(R"({"consumeTps":2,"offsetTable":{{"topic":"T","brokerName":"b",)"
                           R"("queueId":1}:{"brokerOffset":5,"consumerOffset":2,"lastTimestamp":1,)"
                           R"("pullOffset":4}}})")
          .value();
  EXPECT_DOUBLE_EQ(from_5x.consume_tps, 2);
  EXPECT_EQ(from_5x.total_diff(), 3);
}

TEST(ReadConsumeStats, RefusesAKeyThatIsNoQueue) {
  EXPECT_FALSE(decode_consume_stats(R"({"offsetTable":{"T":{"brokerOffset":5}}})"));
  EXPECT_FALSE(decode_consume_stats("[]"));
}

TEST(BodiesFor5x, HaveTheMembersThatCameWithIt) {
  const ConsumeStats stats{.queues = {{{"T", "b", 0}, {5, 2, 1}}}};
  EXPECT_EQ(encode_body_5x(stats),
            R"({"consumeTps":0.0,"offsetTable":{{"brokerName":"b","queueId":0,"topic":"T"}:)"
            R"({"brokerOffset":5,"consumerOffset":2,"lastTimestamp":1,"pullOffset":2}}})");
  EXPECT_EQ(encode_body_5x(ConsumeStats{}), R"({"consumeTps":0.0,"offsetTable":{}})");
  EXPECT_EQ(encode_body_5x(TopicStatsTable{}, 1.5), R"({"offsetTable":{},"topicPutTps":1.5})");
}

TEST(ReadRequestMode, TakesBackWhatIsWritten) {
  const auto mode =
      decode_request_mode(encode_body(MessageRequestMode{"T", "cg", "POP", 8})).value();
  EXPECT_EQ(mode.topic, "T");
  EXPECT_EQ(mode.consumer_group, "cg");
  EXPECT_EQ(mode.mode, "POP");
  EXPECT_EQ(mode.pop_share_queue_num, 8);
}

TEST(ReadBrokerConsumeStats, TakesBackWhatIsWritten) {
  const ConsumeStats one{.queues = {{{"T", "b", 0}, {5, 1, 0}}}};
  const BrokerConsumeStats stats{.broker_addr = "10.0.0.1:10911", .groups = {{"a", {one, one}}}};
  const auto read = decode_broker_consume_stats(encode_body(stats)).value();
  EXPECT_EQ(read.broker_addr, "10.0.0.1:10911");
  ASSERT_EQ(read.groups.at("a").size(), 2U);
  EXPECT_EQ(read.groups.at("a")[1].total_diff(), 4);
}

TEST(ReadConsumerConnection, TakesBackWhatIsWritten) {
  ConsumerConnection connection{
      .connections = {{"10.0.0.5@811", "10.0.0.5:50122", LanguageCode::Go, 317, 0}},
      .consume_type = ConsumeType::Actively,
      .message_model = MessageModel::Broadcasting,
      .consume_from_where = ConsumeFromWhere::FirstOffset};
  connection.subscriptions.push_back({.topic = "T", .sub_string = "A || B", .sub_version = 3});
  const auto read = decode_consumer_connection(encode_body(connection, version::own)).value();
  ASSERT_EQ(read.connections.size(), 1U);
  EXPECT_EQ(read.connections[0].client_id, "10.0.0.5@811");
  EXPECT_EQ(read.connections[0].client_addr, "10.0.0.5:50122");
  EXPECT_EQ(read.connections[0].language, LanguageCode::Go);
  EXPECT_EQ(read.connections[0].version, 317);
  EXPECT_EQ(read.consume_type, ConsumeType::Actively);
  EXPECT_EQ(read.message_model, MessageModel::Broadcasting);
  EXPECT_EQ(read.consume_from_where, ConsumeFromWhere::FirstOffset);
  ASSERT_EQ(read.subscriptions.size(), 1U);
  EXPECT_EQ(read.subscriptions[0].topic, "T");
  EXPECT_EQ(read.subscriptions[0].sub_string, "A || B");
}

TEST(ReadProducers, TakesBothForms) {
  const ConnectionInfo client{"10.0.0.5@811", "10.0.0.5:50122", LanguageCode::Java, 409, 77};
  const auto group = decode_producer_connections(encode_producer_connections({client}, 409));
  ASSERT_EQ(group.value().size(), 1U);
  EXPECT_EQ(group.value()[0].client_addr, "10.0.0.5:50122");
  const auto all = decode_producer_table(encode_producer_table({{"pg", {client}}}, 409)).value();
  ASSERT_EQ(all.at("pg").size(), 1U);
  // Java writes the address with a slash in front, which is none of it.
  EXPECT_EQ(all.at("pg")[0].client_addr, "10.0.0.5:50122");
  EXPECT_EQ(all.at("pg")[0].last_update_timestamp_ms, 77);
}

TEST(ReadGroupList, TakesBackWhatIsWritten) {
  EXPECT_EQ(decode_group_list(encode_group_list({"a", "b"})).value(),
            (std::vector<std::string>{"a", "b"}));
}

TEST(ReadOffsetTable, TakesTheFormOfJavaAndThatOfCpp) {
  const QueueOffsets offsets{{{"T", "b-a", 0}, 100}, {{"T", "b-a", 1}, 7}};
  EXPECT_EQ(decode_offset_table(encode_offset_table(offsets)).value(), offsets);
  EXPECT_EQ(decode_offset_table(encode_offset_list(offsets)).value(), offsets);
}

TEST(ReadBrokerStats, TakesBackWhatIsWritten) {
  const BrokerStatsData data{.minute = {1, 0.5, 1.0}, .hour = {2, 1.5, 1.0}, .day = {3, 2.5, 1.0}};
  const auto read = decode_broker_stats(encode_body(data)).value();
  EXPECT_EQ(read.day.sum, 3);
  EXPECT_DOUBLE_EQ(read.minute.per_second, 0.5);
  EXPECT_DOUBLE_EQ(read.hour.per_second, 1.5);
}

TEST(ReadConsumeQueue, TakesWhatAJavaBrokerWrites) {
  const auto read = decode_consume_queue(
                        R"({"filterData":"null","maxQueueIndex":5,"minQueueIndex":1,"queueData":[)"
                        R"({"eval":false,"physicOffset":0,"physicSize":225,"tagsCode":65}],)"
                        R"("subscriptionData":{"subString":"*","topic":"T"}})")
                        .value();
  EXPECT_EQ(read.min_queue_index, 1);
  EXPECT_EQ(read.max_queue_index, 5);
  EXPECT_EQ(read.filter_data, "null");
  ASSERT_EQ(read.units.size(), 1U);
  EXPECT_EQ(read.units[0].physical_size, 225);
  EXPECT_EQ(read.units[0].msg, std::nullopt);
  ASSERT_TRUE(read.subscription);
  EXPECT_EQ(read.subscription->topic, "T");
  EXPECT_FALSE(decode_consume_queue("{}").value().subscription);
}

TEST(ReadConsumeDirectlyResult, TakesWhatAJavaConsumerWrites) {
  const auto read =
      decode_consume_directly_result(
          R"({"autoCommit":true,"consumeResult":"CR_SUCCESS","order":false,"spentTimeMills":3})")
          .value();
  EXPECT_EQ(read.consume_result, "CR_SUCCESS");
  EXPECT_EQ(read.spent_ms, 3);
  EXPECT_TRUE(read.auto_commit);
  EXPECT_FALSE(read.remark);
}

TEST(ReadRunningInfo, TakesWhatAJavaConsumerWrites) {
  const auto read =
      decode_running_info(
          R"({"jstack":"main","mqTable":{{"brokerName":"b-a","queueId":0,"topic":"T"}:)"
          R"({"cachedMsgCount":0,"commitOffset":12,"droped":false,"locked":false}},)"
          R"("properties":{"PROP_CLIENT_VERSION":"V4_9_8","PROP_CONSUMEORDERLY":"false"},)"
          R"("statusTable":{"T":{"consumeFailedMsgs":4,"consumeFailedTPS":0.0,"consumeOKTPS":1.5,)"
          R"("consumeRT":2.0,"pullRT":3.0,"pullTPS":1.25}},)"
          R"("subscriptionSet":[{"subString":"A","topic":"T","tagsSet":["A"]}]})")
          .value();
  EXPECT_EQ(read.jstack, "main");
  EXPECT_EQ(read.properties.at("PROP_CLIENT_VERSION"), "V4_9_8");
  const auto& queue = read.queues.at({"T", "b-a", 0});
  EXPECT_EQ(queue.at("commitOffset"), "12");
  EXPECT_EQ(queue.at("droped"), "false");
  EXPECT_DOUBLE_EQ(read.statuses.at("T").pull_tps, 1.25);
  EXPECT_EQ(read.statuses.at("T").consume_failed_msgs, 4);
  ASSERT_EQ(read.subscriptions.size(), 1U);
  EXPECT_EQ(read.subscriptions[0].sub_string, "A");
}

}  // namespace
}  // namespace rocketmq::remoting
