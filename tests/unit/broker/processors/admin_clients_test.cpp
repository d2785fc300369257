#include "processors/admin_clients.hpp"

#include "admin_fixture.hpp"
#include "rocketmq/protocol/admin_headers.hpp"
#include "rocketmq/protocol/group_headers.hpp"

namespace rocketmq::broker::test {
namespace {

class AdminClientsTest : public AdminFixture {
 protected:
  AdminClientsProcessor processor{{.config = config,
                                   .clock = clock,
                                   .consumers = consumers,
                                   .producers = producers,
                                   .offsets = offsets,
                                   .store = store}};
};

TEST_F(AdminClientsTest, ListsTheMembersOfAConsumerGroup) {
  add_consumer("cg", "10.0.0.7@1", "T");
  const auto answer = ask(processor, &AdminClientsProcessor::consumer_connections,
                          remoting::ConsumerGroupRequestHeader{.consumerGroup = "cg"});
  ASSERT_EQ(answer.code(), ResponseCode::Success);
  const auto body = parse(answer.body);
  EXPECT_EQ(body["connectionSet"], (nlohmann::json::array({{{"clientId", "10.0.0.7@1"},
                                                            {"clientAddr", "10.0.0.7:40000"},
                                                            {"language", "JAVA"},
                                                            {"version", 409}}})));
  EXPECT_EQ(body["consumeType"], "CONSUME_PASSIVELY");
  EXPECT_EQ(body["messageModel"], "CLUSTERING");
  EXPECT_EQ(body["subscriptionTable"]["T"]["subString"], "*");
}

TEST_F(AdminClientsTest, SaysThatAGroupIsOffline) {
  const auto answer = ask(processor, &AdminClientsProcessor::consumer_connections,
                          remoting::ConsumerGroupRequestHeader{.consumerGroup = "cg"});
  EXPECT_EQ(answer.code(), ResponseCode::ConsumerNotOnline);
  EXPECT_EQ(answer.head.remark, "the consumer group[cg] not online");
  EXPECT_EQ(ask(processor, &AdminClientsProcessor::consumer_connections,
                remoting::ConsumerGroupRequestHeader{.consumerGroup = ""})
                .code(),
            ResponseCode::SystemError);
}

TEST_F(AdminClientsTest, ListsTheMembersOfAProducerGroup) {
  ASSERT_TRUE(
      producers.register_producer("pg", {.channel = channel, .client_id = "p1", .version = 317}));
  const auto answer = ask(processor, &AdminClientsProcessor::producer_connections,
                          remoting::ProducerGroupRequestHeader{.producerGroup = "pg"});
  const auto connections = parse(answer.body)["connectionSet"];
  ASSERT_EQ(connections.size(), 1U);
  EXPECT_EQ(connections[0]["clientId"], "p1");
  const auto none = ask(processor, &AdminClientsProcessor::producer_connections,
                        remoting::ProducerGroupRequestHeader{.producerGroup = "nobody"});
  EXPECT_EQ(none.code(), ResponseCode::SystemError);
  EXPECT_EQ(none.head.remark, "the producer group[nobody] not exist");
}

TEST_F(AdminClientsTest, ListsAllProducersWithTheTimeOfTheirLastHeartbeat) {
  ASSERT_TRUE(producers.register_producer("pg", {.channel = channel, .client_id = "p1"}));
  const auto beat = clock.now_ms();
  clock.advance(std::chrono::seconds(7));
  const auto answer = ask(processor, &AdminClientsProcessor::all_producers, remoting::NoHeader{});
  const auto data = parse(answer.body)["data"];
  ASSERT_EQ(data["pg"].size(), 1U);
  EXPECT_EQ(data["pg"][0]["remoteIP"], "/10.0.0.7:40000");
  EXPECT_EQ(data["pg"][0]["lastUpdateTimestamp"], beat);
}

TEST_F(AdminClientsTest, KnowsTheGroupsThatSubscribeToATopicOrHaveConsumedIt) {
  add_consumer("online", "c1", "T");
  add_consumer("both", "c2", "T");
  add_consumer("elsewhere", "c3", "U");
  commit("both", "T", 0, 1);
  commit("offline", "T", 0, 1);
  const auto answer = ask(processor, &AdminClientsProcessor::groups_of_topic,
                          remoting::TopicRequestHeader{.topic = "T"});
  EXPECT_EQ(answer.body, R"({"groupList":["both","offline","online"]})");
  EXPECT_EQ(ask(processor, &AdminClientsProcessor::groups_of_topic,
                remoting::TopicRequestHeader{.topic = "none"})
                .body,
            R"({"groupList":[]})");
}

TEST_F(AdminClientsTest, KnowsTheTopicsOfWhichAGroupHasOffsets) {
  commit("cg", "T", 0, 1);
  commit("cg", "%RETRY%cg", 0, 1);
  commit("other", "U", 0, 1);
  const auto topics_of = [&](const std::string& group) {
    return ask(processor, &AdminClientsProcessor::topics_of_group,
               remoting::GroupRequestHeader{.group = group});
  };
  EXPECT_EQ(topics_of("cg").body, R"({"topicList":["%RETRY%cg","T"]})");
  EXPECT_EQ(topics_of("none").body, R"({"topicList":[]})");
  EXPECT_EQ(topics_of("").code(), ResponseCode::SystemError);
}

TEST_F(AdminClientsTest, TellsWhatAGroupSubscribesToOfATopic) {
  add_consumer("cg", "c1", "T");
  const auto subscription_of = [&](const std::string& group, const std::string& topic) {
    return parse(ask(processor, &AdminClientsProcessor::subscription_of_group,
                     remoting::QuerySubscriptionRequestHeader{.group = group, .topic = topic})
                     .body);
  };
  const auto body = subscription_of("cg", "T");
  EXPECT_EQ(body["group"], "cg");
  EXPECT_EQ(body["topic"], "T");
  EXPECT_EQ(body["subscriptionData"]["topic"], "T");
  EXPECT_EQ(body["subscriptionData"]["subString"], "*");
  EXPECT_FALSE(subscription_of("cg", "U").contains("subscriptionData")) << "not subscribed";
  EXPECT_FALSE(subscription_of("offline", "T").contains("subscriptionData"));
}

const remoting::ConsumerRunningInfoRequestHeader running_info_of_c1{
    .consumerGroup = "cg", .clientId = "c1", .jstackEnable = true};

TEST_F(AdminClientsTest, RelaysTheRunningInfoOfAConsumer) {
  const auto consumer = add_consumer("cg", "c1", "T");
  add_consumer("cg", "c2", "T");
  ask_later(processor, &AdminClientsProcessor::running_info, running_info_of_c1);
  ASSERT_EQ(consumer->sent.size(), 1U);
  EXPECT_EQ(consumer->sent[0].request_code(), remoting::RequestCode::GetConsumerRunningInfo);
  EXPECT_EQ(consumer->sent[0].ext_fields.find("clientId"), "c1");
  EXPECT_EQ(consumer->sent[0].ext_fields.find("jstackEnable"), "true");
  EXPECT_EQ(consumer->invocation_timeout, std::chrono::seconds(10));

  remoting::RemotingCommand response;
  response.remark = "as it came";
  response.set_body(R"({"mqTable":{}})");
  consumer->answer(std::move(response));
  ASSERT_EQ(sink->answers.size(), 1U);
  EXPECT_EQ(sink->answers[0].code(), ResponseCode::Success);
  EXPECT_EQ(sink->answers[0].head.remark, "as it came");
  EXPECT_EQ(sink->answers[0].body, R"({"mqTable":{}})");
}

TEST_F(AdminClientsTest, SaysThatAConsumerIsSilentOrGone) {
  const auto consumer = add_consumer("cg", "c1", "T");
  ask_later(processor, &AdminClientsProcessor::running_info, running_info_of_c1);
  consumer->answer(Error{ResponseCode::RequestTimeout, "late"});
  ASSERT_EQ(sink->answers.size(), 1U);
  EXPECT_EQ(sink->answers[0].code(), ResponseCode::ConsumeMsgTimeout);
  EXPECT_NE(sink->answers[0].head.remark.find("consumer <cg> <c1>"), std::string::npos);

  ask_later(processor, &AdminClientsProcessor::running_info, running_info_of_c1);
  consumer->answer(Error{ResponseCode::SendFailed, "the connection is closed"});
  ASSERT_EQ(sink->answers.size(), 1U);
  EXPECT_EQ(sink->answers[0].code(), ResponseCode::SystemError);
  EXPECT_NE(sink->answers[0].head.remark.find("the connection is closed"), std::string::npos);
}

TEST_F(AdminClientsTest, SaysThatAConsumerIsNotOnlineOrTooOld) {
  const auto absent = ask(processor, &AdminClientsProcessor::running_info, running_info_of_c1);
  EXPECT_EQ(absent.code(), ResponseCode::SystemError);
  EXPECT_EQ(absent.head.remark, "The Consumer <cg> <c1> not online");
  add_consumer("cg", "c1", "T", 61);
  const auto old = ask(processor, &AdminClientsProcessor::running_info, running_info_of_c1);
  EXPECT_EQ(old.code(), ResponseCode::SystemError);
  EXPECT_NE(old.head.remark.find("too low"), std::string::npos);
  EXPECT_EQ(ask(processor, &AdminClientsProcessor::running_info, remoting::NoHeader{}).head.remark,
            "missing header field: consumerGroup");
}

TEST_F(AdminClientsTest, HasAConsumerConsumeAStoredMessage) {
  put("T", 0);
  const auto offset = put("T", 1, "A");
  const auto consumer = add_consumer("cg", "c1", "T");
  const auto id = encode_offset_message_id(Endpoint::v4(127, 0, 0, 1, 10'911), offset);
  ask_later(processor, &AdminClientsProcessor::consume_directly,
            remoting::ConsumeMessageDirectlyRequestHeader{
                .consumerGroup = "cg", .clientId = "c1", .msgId = id});
  ASSERT_EQ(consumer->sent.size(), 1U);
  EXPECT_EQ(consumer->sent[0].request_code(), remoting::RequestCode::ConsumeMessageDirectly);
  EXPECT_EQ(consumer->sent[0].ext_fields.find("brokerName"), "broker-a");
  EXPECT_EQ(consumer->sent[0].ext_fields.find("msgId"), id);
  EXPECT_EQ(consumer->sent[0].body, store.log().back().bytes);
}

TEST_F(AdminClientsTest, RefusesAMessageThatIsNotThere) {
  add_consumer("cg", "c1", "T");
  const auto ask_for = [&](std::optional<std::string> client, std::optional<std::string> id) {
    return ask(processor, &AdminClientsProcessor::consume_directly,
               remoting::ConsumeMessageDirectlyRequestHeader{
                   .consumerGroup = "cg", .clientId = std::move(client), .msgId = std::move(id)});
  };
  EXPECT_EQ(ask_for("c1", std::string(32, '7')).code(), ResponseCode::SystemError);
  EXPECT_NE(ask_for("c1", "xyz").head.remark.find("xyz"), std::string::npos);
  EXPECT_EQ(ask_for("c1", std::nullopt).code(), ResponseCode::SystemError);
  EXPECT_EQ(ask_for(std::nullopt, std::string(32, '0')).head.remark,
            "missing header field: clientId");
}

}  // namespace
}  // namespace rocketmq::broker::test
