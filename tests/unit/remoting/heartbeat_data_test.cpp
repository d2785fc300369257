#include "rocketmq/protocol/heartbeat_data.hpp"

#include <gtest/gtest.h>

namespace rocketmq::remoting {
namespace {

TEST(HeartbeatData, IsWrittenAsJavaReadsIt) {
  HeartbeatData data;
  data.client_id = "10.0.0.5@811";
  data.producer_groups = {"pg"};
  data.consumers = {{.group_name = "cg", .consume_from_where = ConsumeFromWhere::FirstOffset}};
  data.consumers[0].subscriptions = {*parse_tag_subscription("T", "A || B", 17)};
  EXPECT_EQ(
      encode_body(data),
      R"({"clientID":"10.0.0.5@811","consumerDataSet":[{"consumeFromWhere":"CONSUME_FROM_FIRST_OFFSET",)"
      R"("consumeType":"CONSUME_PASSIVELY","groupName":"cg","messageModel":"CLUSTERING","subscriptionDataSet":[)"
      R"({"classFilterMode":false,"codeSet":[65,66],"expressionType":"TAG","subString":"A || B","subVersion":17,)"
      R"("tagsSet":["A","B"],"topic":"T"}],"unitMode":false}],"producerDataSet":[{"groupName":"pg"}]})");
}

TEST(HeartbeatData, WritesEmptySets) {
  HeartbeatData data;
  data.client_id = "c";
  EXPECT_EQ(encode_body(data), R"({"clientID":"c","consumerDataSet":[],"producerDataSet":[]})");
}

TEST(HeartbeatData, IsReadInTheFormOfTheOldCppClient) {
  const auto data = decode_heartbeat(
      R"({"clientID":"10.0.0.5@1","consumerDataSet":[{"consumeFromWhere":4,"consumeType":1,"groupName":"cg","messageModel":0,)"
      R"("subscriptionDataSet":[{"subString":"TagA","subVersion":"1700000000000","tagsSet":["TagA"],"codeSet":["2598919"],)"
      R"("topic":"T"},{"subString":"*","subVersion":"3","topic":"%RETRY%cg"}]}]})");
  ASSERT_TRUE(data) << data.error().remark;
  EXPECT_TRUE(data->producer_groups.empty());
  ASSERT_EQ(data->consumers.size(), 1U);
  const ConsumerData& consumer = data->consumers[0];
  EXPECT_EQ(consumer.consume_from_where, ConsumeFromWhere::FirstOffset);
  EXPECT_EQ(consumer.consume_type, ConsumeType::Passively);
  EXPECT_EQ(consumer.message_model, MessageModel::Broadcasting);
  ASSERT_EQ(consumer.subscriptions.size(), 2U);
  EXPECT_EQ(consumer.subscriptions[0].sub_version, 1'700'000'000'000);
  EXPECT_EQ(consumer.subscriptions[0].code_set, std::set<std::int32_t>{2598919});
  EXPECT_EQ(consumer.subscriptions[0].expression_type, "TAG");
  EXPECT_TRUE(consumer.subscriptions[1].matches_all());
}

SubscriptionData read_subscription(std::string_view text) {
  const auto data = decode_heartbeat(
      std::string(R"({"clientID":"c","consumerDataSet":[{"groupName":"g","subscriptionDataSet":[)")
          .append(text)
          .append("]}]}"));
  return data ? data->consumers.at(0).subscriptions.at(0)
              : SubscriptionData{.topic = data.error().remark};
}

TEST(HeartbeatData, GetsHashCodesFromTagsThatCameWithoutThem) {
  EXPECT_EQ(read_subscription(R"({"topic":"T","subString":"TagA","tagsSet":["TagA"]})").code_set,
            std::set<std::int32_t>{2598919});
  const auto from_text = read_subscription(R"({"topic":"T","subString":"TagA || BatchTag"})");
  EXPECT_EQ(from_text.tags_set, (std::set<std::string>{"BatchTag", "TagA"}));
  EXPECT_EQ(from_text.code_set, (std::set<std::int32_t>{-1629498848, 2598919}));
}

TEST(HeartbeatData, LeavesOtherSubscriptionsWithoutHashCodes) {
  EXPECT_TRUE(read_subscription(R"({"topic":"T","subString":"a > 3","expressionType":"SQL92"})")
                  .code_set.empty());
  EXPECT_TRUE(read_subscription(R"({"topic":"T","subString":"my.Filter","classFilterMode":true})")
                  .code_set.empty());
  EXPECT_TRUE(read_subscription(R"({"topic":"T","subString":"||"})").code_set.empty());
  EXPECT_TRUE(read_subscription(R"({"topic":"T"})").matches_all());
}

TEST(HeartbeatData, ReadsHashCodesAndTagsAsJavaDoes) {
  const auto subscription = read_subscription(
      R"({"topic":"T","subString":"A","tagsSet":["A",3,null],"codeSet":[65,null,1.5,"-7"]})");
  EXPECT_EQ(subscription.code_set, (std::set<std::int32_t>{-7, 1, 65}));
  EXPECT_EQ(subscription.tags_set, (std::set<std::string>{"3", "A"}));
}

TEST(HeartbeatData, MeansItsMembersWithoutRegardToCaseAndDashes) {
  const auto data = decode_heartbeat(
      "\xEF\xBB\xBF"
      R"({"clientid":"c","consumer_data_set":Set[{"group-name":"g";"MessageModel":"BroadCasting",,"isUnitMode":"Y",)"
      R"("consumeFromWhere":"consume_from_timestamp","subscriptionDataSet":[{"Topic":"T","sub_version":"1,700L"}]}]})");
  EXPECT_FALSE(data) << "1,700L is no number in a text";
  const auto again = decode_heartbeat(
      "\xEF\xBB\xBF"
      R"({"clientid":"c","consumer_data_set":Set[{"group-name":"g";"MessageModel":"BroadCasting",,"isUnitMode":"Y",)"
      R"("consumeFromWhere":"consume_from_timestamp","subscriptionDataSet":[{"Topic":"T","sub_version":1700L}]}]})");
  ASSERT_TRUE(again) << again.error().remark;
  EXPECT_EQ(again->client_id, "c");
  ASSERT_EQ(again->consumers.size(), 1U);
  const ConsumerData& consumer = again->consumers[0];
  EXPECT_EQ(consumer.group_name, "g");
  EXPECT_TRUE(consumer.unit_mode);
  EXPECT_EQ(consumer.message_model, MessageModel::Broadcasting);
  EXPECT_EQ(consumer.consume_from_where, ConsumeFromWhere::Timestamp);
  ASSERT_EQ(consumer.subscriptions.size(), 1U);
  EXPECT_EQ(consumer.subscriptions[0].topic, "T");
  EXPECT_EQ(consumer.subscriptions[0].sub_version, 1700);
}

TEST(HeartbeatData, IsRefusedWithThePlaceWhenAMemberCannotBeRead) {
  for (const char* consumer :
       {R"({"groupName":"g","messageModel":7})", R"({"groupName":"g","unitMode":"yes"})",
        R"({"groupName":"g","subscriptionDataSet":{}})",
        R"({"groupName":"g","subscriptionDataSet":[{"subVersion":"soon"}]})",
        R"({"groupName":"g","subscriptionDataSet":[{"codeSet":[99999999999]}]})", "1"}) {
    const auto data = decode_heartbeat("{\"clientID\":\"c\",\"consumerDataSet\":[" +
                                       std::string(consumer) + "]}");
    ASSERT_FALSE(data) << consumer;
    EXPECT_NE(data.error().remark.find("at line 1, column "), std::string::npos)
        << data.error().remark;
  }
}

TEST(HeartbeatData, IsRefusedBeforeItIsReadWhenItNamesTooMuch) {
  std::string body =
      R"({"clientID":"c","consumerDataSet":[{"groupName":"g","subscriptionDataSet":[)";
  for (int i = 0; i < 70'000; ++i)
    body += R"({"topic":"a topic with a name of some length","subString":"*","subVersion":1},)";
  body += "]}]}";
  const auto data = decode_heartbeat(body);
  ASSERT_FALSE(data);
  EXPECT_NE(data.error().remark.find("more than 65536 groups and subscriptions"), std::string::npos)
      << data.error().remark;
}

TEST(HeartbeatData, TakesUnknownEnumNamesAsTheDefaults) {
  const auto data = decode_heartbeat(
      R"({"clientID":"c","consumerDataSet":[{"groupName":"g","consumeType":"CONSUME_POP","messageModel":"GRID","consumeFromWhere":null}]})");
  ASSERT_TRUE(data);
  EXPECT_EQ(data->consumers.at(0).consume_type, ConsumeType::Passively);
  EXPECT_EQ(data->consumers.at(0).message_model, MessageModel::Clustering);
  EXPECT_EQ(data->consumers.at(0).consume_from_where, ConsumeFromWhere::LastOffset);
}

TEST(HeartbeatData, LeavesOutMembersWithoutGroup) {
  const auto data = decode_heartbeat(
      R"({"clientID":"c","consumerDataSet":[{},null,{"groupName":""}],"producerDataSet":[{},{"groupName":"pg"}]})");
  ASSERT_TRUE(data);
  EXPECT_TRUE(data->consumers.empty());
  EXPECT_EQ(data->producer_groups, std::vector<std::string>{"pg"});
}

TEST(HeartbeatData, IsRefusedWithoutAClientId) {
  for (const char* body :
       {"", "[]", "{}", R"({"clientID":""})", R"({"clientID":null})", "{\"clientID\":\"c\""}) {
    EXPECT_FALSE(decode_heartbeat(body)) << body;
  }
}

TEST(ConsumerIdList, ComesBackFromItsText) {
  EXPECT_EQ(encode_consumer_id_list({"a@1", "b@2"}), R"({"consumerIdList":["a@1","b@2"]})");
  EXPECT_EQ(encode_consumer_id_list({}), R"({"consumerIdList":[]})");
  EXPECT_EQ(*decode_consumer_id_list(R"({"consumerIdList":["a@1","b@2"]})"),
            (std::vector<std::string>{"a@1", "b@2"}));
  EXPECT_FALSE(decode_consumer_id_list("x"));
}

TEST(LockBodies, ComeBackFromTheirTexts) {
  const LockBatchRequestBody body{"10.0.0.5@811", "cg", {{"T", "b-a", 0}}};
  const std::string text = encode_body(body);
  EXPECT_EQ(
      text,
      R"({"clientId":"10.0.0.5@811","consumerGroup":"cg","mqSet":[{"brokerName":"b-a","queueId":0,"topic":"T"}]})");
  const auto decoded = decode_lock_batch_request(text);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->client_id, body.client_id);
  EXPECT_EQ(decoded->consumer_group, body.consumer_group);
  EXPECT_EQ(decoded->queues, body.queues);

  EXPECT_EQ(encode_locked_queues({}), R"({"lockOKMQSet":[]})");
  EXPECT_EQ(encode_locked_queues(body.queues),
            R"({"lockOKMQSet":[{"brokerName":"b-a","queueId":0,"topic":"T"}]})");
  EXPECT_EQ(*decode_locked_queues(encode_locked_queues(body.queues)), body.queues);
}

}  // namespace
}  // namespace rocketmq::remoting
