#include "processors/client_manage.hpp"

#include "fixture.hpp"
#include "rocketmq/protocol/group_headers.hpp"

namespace rocketmq::broker::test {
namespace {

using remoting::RequestCode;

class ClientManageProcessorTest : public BrokerFixture {
 protected:
  ClientManageProcessorTest() {
    consumers.on_change(
        [this](const std::string& group, const std::vector<remoting::ChannelPtr>& members) {
          processor.notify_members(group, members);
        });
  }
  ClientManageProcessor::Parts parts(const MessageFilterFactory& filter_factory) {
    return {.config = config,
            .topics = topics,
            .groups = groups,
            .consumers = consumers,
            .producers = producers,
            .filters = filters,
            .filter_factory = filter_factory};
  }
  ClientManageProcessor processor{parts(tags_only)};

  Answer call(void (ClientManageProcessor::*answer)(const remoting::RequestContext&,
                                                    remoting::RemotingCommand&, remoting::Reply),
              remoting::RemotingCommand request) {
    return ask([&](const auto& context, auto& command,
                   auto reply) { (processor.*answer)(context, command, std::move(reply)); },
               std::move(request))
        .value();
  }
  Answer beat(const remoting::HeartbeatData& data) {
    return call(&ClientManageProcessor::heartbeat,
                remoting::make_request(RequestCode::HeartBeat, remoting::encode_body(data)));
  }
  static remoting::HeartbeatData heartbeat(const std::string& consumer_group,
                                           const std::string& topic) {
    remoting::HeartbeatData data{.client_id = "10.0.0.7@1", .producer_groups = {"pg"}};
    remoting::ConsumerData consumer{.group_name = consumer_group};
    consumer.subscriptions.push_back({.topic = topic});
    data.consumers.push_back(consumer);
    return data;
  }
};

TEST_F(ClientManageProcessorTest, RegistersTheGroupsOfAHeartbeat) {
  EXPECT_EQ(beat(heartbeat("cg", "T")).code(), ResponseCode::Success);
  EXPECT_TRUE(groups.find("cg"));
  EXPECT_EQ(topics.shape_of("%RETRY%cg")->perm, 6);
  EXPECT_EQ(topics.shape_of("%RETRY%cg")->write_queue_nums, 1);
  EXPECT_EQ(consumers.client_ids_of("cg"), std::vector<std::string>{"10.0.0.7@1"});
  EXPECT_EQ(producers.members_of("pg").size(), 1U);
}

TEST_F(ClientManageProcessorTest, TellsEveryMemberThatTheGroupHasChanged) {
  (void)beat(heartbeat("cg", "T"));
  ASSERT_EQ(channel->sent.size(), 1U) << "the new member as well";
  EXPECT_EQ(channel->sent.front().request_code(), RequestCode::NotifyConsumerIdsChanged);
  EXPECT_EQ(channel->sent.front().ext_fields.find("consumerGroup"), "cg");
  (void)beat(heartbeat("cg", "T"));
  EXPECT_EQ(channel->sent.size(), 1U);
}

TEST_F(ClientManageProcessorTest, TellsNobodyWhenTheBrokerOrTheGroupDoesNotWantIt) {
  ASSERT_TRUE(groups.update({.group_name = "quiet", .notify_consumer_ids_changed_enable = false}));
  (void)beat(heartbeat("quiet", "T"));
  EXPECT_TRUE(channel->sent.empty());
  config.notify_consumer_ids_changed_enable = false;
  (void)beat(heartbeat("cg", "T"));
  EXPECT_TRUE(channel->sent.empty());
}

TEST_F(ClientManageProcessorTest, RefusesAHeartbeatOfWhichNothingCanBeTaken) {
  remoting::HeartbeatData bad{.client_id = "10.0.0.7@1", .producer_groups = {"../../etc"}};
  bad.consumers.push_back({.group_name = "a b"});
  const auto refused = beat(bad);
  EXPECT_EQ(refused.code(), ResponseCode::SystemError);
  EXPECT_FALSE(refused.head.remark.empty());
  auto nameless = heartbeat("cg", "T");
  nameless.client_id.clear();
  EXPECT_EQ(beat(nameless).code(), ResponseCode::SystemError);
  EXPECT_FALSE(groups.find("cg"));
  EXPECT_TRUE(producers.all().empty());
  EXPECT_EQ(
      call(&ClientManageProcessor::heartbeat, remoting::make_request(RequestCode::HeartBeat, "{["))
          .code(),
      ResponseCode::SystemError);
}

TEST_F(ClientManageProcessorTest, OneBadGroupTakesNothingFromTheOthers) {
  auto data = heartbeat("../../etc", "T");
  data.producer_groups = {"bad group", "pg"};
  data.consumers.push_back({.group_name = std::string(256, 'g')});
  data.consumers.push_back({.group_name = "cg"});
  data.consumers.back().subscriptions.push_back({.topic = "T"});

  const auto response = beat(data);

  EXPECT_EQ(response.code(), ResponseCode::Success)
      << "clients take an error for a broker that knows none of their groups";
  EXPECT_NE(response.head.remark.find("2 more"), std::string::npos) << response.head.remark;
  EXPECT_EQ(producers.members_of("pg").size(), 1U);
  EXPECT_EQ(consumers.client_ids_of("cg").size(), 1U);
  EXPECT_TRUE(consumers.client_ids_of("../../etc").empty());
}

TEST_F(ClientManageProcessorTest, OneBadSubscriptionTakesNothingFromItsGroup) {
  auto data = heartbeat("cg", "T");
  data.consumers.front().subscriptions.push_back({.topic = "../../etc"});
  data.consumers.front().subscriptions.push_back(
      {.topic = "U", .sub_string = std::string(70'000, 'x')});

  EXPECT_EQ(beat(data).code(), ResponseCode::Success);

  EXPECT_EQ(consumers.view_of("cg")->subscriptions.size(), 1U);
}

TEST_F(ClientManageProcessorTest, AGroupTooLongForARetryTopicConsumesWithoutRetries) {
  for (const std::size_t length : {121, 125, 255}) {
    const std::string group(length, 'g');
    auto data = heartbeat(group, "T");
    data.consumers.front().subscriptions.push_back({.topic = "%RETRY%" + group});

    const auto response = beat(data);

    EXPECT_EQ(response.code(), ResponseCode::Success) << length;
    EXPECT_EQ(response.head.remark, "") << length;
    EXPECT_EQ(consumers.client_ids_of(group).size(), 1U) << length;
    EXPECT_FALSE(topics.shape_of("%RETRY%" + group)) << length;
  }
}

TEST_F(ClientManageProcessorTest, UnregistersTheGroupsThatAreNamed) {
  (void)beat(heartbeat("cg", "T"));
  const remoting::UnregisterClientRequestHeader none{
      .clientID = "10.0.0.7@1", .producerGroup = "", .consumerGroup = ""};
  const auto answer = call(&ClientManageProcessor::unregister,
                           remoting::make_request(RequestCode::UnregisterClient, none));
  EXPECT_EQ(answer.code(), ResponseCode::Success);
  EXPECT_TRUE(answer.head.has_ext_fields) << "3.2.6 clients expect the map";
  EXPECT_EQ(consumers.client_ids_of("cg").size(), 1U) << "an empty name means none";
  const remoting::UnregisterClientRequestHeader both{
      .clientID = "10.0.0.7@1", .producerGroup = "pg", .consumerGroup = "cg"};
  (void)call(&ClientManageProcessor::unregister,
             remoting::make_request(RequestCode::UnregisterClient, both));
  EXPECT_TRUE(consumers.client_ids_of("cg").empty());
  EXPECT_TRUE(producers.all().empty());
}

TEST_F(ClientManageProcessorTest, RegistersTheExpressionsOfAHeartbeat) {
  auto data = heartbeat("cg", "T");
  data.consumers.front().subscriptions.front() = {
      .topic = "T", .sub_string = "a > 3", .sub_version = 1, .expression_type = "SQL92"};
  EXPECT_EQ(beat(data).code(), ResponseCode::Success);
  ASSERT_NE(filters.find("T", "cg"), nullptr);
  EXPECT_EQ(filters.find("T", "cg")->expression->text(), "a > 3");
}

TEST_F(ClientManageProcessorTest, SaysWhereAnExpressionIsWrong) {
  ClientManageProcessor with_expressions{parts(with_sql)};
  const auto check = [&](const std::string& expression) {
    return ask(
               [&](const auto& context, auto& command, auto reply) {
                 with_expressions.check_config(context, command, std::move(reply));
               },
               remoting::make_request(RequestCode::CheckClientConfig,
                                      R"({"subscriptionData":{"topic":"T","subString":")" +
                                          expression + R"(","expressionType":"SQL92"}})"))
        .value();
  };
  EXPECT_EQ(check("a > 3").code(), ResponseCode::Success);
  const auto refused = check("a > > 3");
  EXPECT_EQ(refused.code(), ResponseCode::SubscriptionParseFailed);
  EXPECT_NE(refused.head.remark.find("at column 5"), std::string::npos) << refused.head.remark;
}

TEST_F(ClientManageProcessorTest, TakesTagExpressionsAndRefusesSql) {
  const auto check = [&](const std::string& type) {
    return call(
        &ClientManageProcessor::check_config,
        remoting::make_request(
            RequestCode::CheckClientConfig,
            R"({"clientId":"c","group":"cg","subscriptionData":{"topic":"T","subString":"a > 1")"
            R"(,"expressionType":")" +
                type + "\"}}"));
  };
  EXPECT_EQ(check("TAG").code(), ResponseCode::Success);
  EXPECT_EQ(check("SQL92").code(), ResponseCode::SystemError);
  EXPECT_EQ(check("SQL92").head.remark,
            "The broker does not support consumer to filter message by SQL92");
  EXPECT_EQ(call(&ClientManageProcessor::check_config,
                 remoting::make_request(RequestCode::CheckClientConfig, "[]"))
                .code(),
            ResponseCode::SystemError);
}

TEST_F(ClientManageProcessorTest, GrowsTheRetryTopicWithTheGroup) {
  ASSERT_EQ(beat(heartbeat("cg", "T")).code(), ResponseCode::Success);
  ASSERT_TRUE(groups.update({.group_name = "cg", .retry_queue_nums = 4}));
  ASSERT_EQ(beat(heartbeat("cg", "T")).code(), ResponseCode::Success);
  EXPECT_EQ(topics.shape_of("%RETRY%cg")->read_queue_nums, 4);
  EXPECT_EQ(topics.shape_of("%RETRY%cg")->write_queue_nums, 4);
  ASSERT_TRUE(groups.update({.group_name = "cg", .retry_queue_nums = 2}));
  ASSERT_EQ(beat(heartbeat("cg", "T")).code(), ResponseCode::Success);
  EXPECT_EQ(topics.shape_of("%RETRY%cg")->read_queue_nums, 4) << "messages may lie in all of them";
}

TEST_F(ClientManageProcessorTest, RepliesToAHeartbeatWhenNameServersKnowItsRetryTopics) {
  topics.waits().expect_registrations();
  const auto early = ask(
      [&](const auto& context, auto& command, auto reply) {
        processor.heartbeat(context, command, std::move(reply));
      },
      remoting::make_request(RequestCode::HeartBeat, remoting::encode_body(heartbeat("cg", "T"))));
  EXPECT_FALSE(early);
  EXPECT_EQ(consumers.client_ids_of("cg").size(), 1) << "the member counts from now on";
  topics.waits().known(topics.change());
  EXPECT_EQ(sink->answers.size(), 1);
}

}  // namespace
}  // namespace rocketmq::broker::test
