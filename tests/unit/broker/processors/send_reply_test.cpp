#include "processors/send_reply.hpp"

#include "fixture.hpp"
#include "rocketmq/common/message_id.hpp"

namespace rocketmq::broker::test {
namespace {

using remoting::RequestCode;

constexpr auto reply_topic = "DefaultCluster_REPLY_TOPIC";

class SendReplyProcessorTest : public BrokerFixture {
 protected:
  SendReplyProcessorTest() {
    EXPECT_TRUE(producers.register_producer("requesters",
                                            {.channel = requester, .client_id = "10.0.0.8@1#2"}));
  }
  SendMessageProcessor sends{config, clock, delay_levels, topics, groups, store};
  SendReplyProcessor processor{config, clock, producers, sends, store};
  std::shared_ptr<FakeChannel> requester = make_channel();

  static std::string reply_properties(const std::string& client_id) {
    std::string text;
    append_property(text, property::correlation_id, "c-1");
    append_property(text, property::reply_to_client, client_id);
    return text;
  }
  /// The response, if it came immediately.
  std::optional<Answer> send(const std::string& properties,
                             const std::string& topic = reply_topic) {
    const remoting::SendMessageRequestHeader header{.producerGroup = "responders",
                                                    .topic = topic,
                                                    .defaultTopic = "TBW102",
                                                    .bornTimestamp = 17,
                                                    .properties = properties};
    return ask([this](const auto& context, auto& command,
                      auto reply) { processor.process(context, command, std::move(reply)); },
               remoting::make_request(RequestCode::SendReplyMessageV2,
                                      remoting::SendMessageRequestHeaderV2::compact(header),
                                      "the answer is 42"));
  }
  static remoting::RemotingCommand response(ResponseCode code, std::string remark = {}) {
    remoting::RemotingCommand command;
    command.code = static_cast<std::int32_t>(code);
    command.remark = std::move(remark);
    return command;
  }
};

TEST_F(SendReplyProcessorTest, PushesTheReplyToTheClientThatWaitsForItAndKeepsIt) {
  EXPECT_FALSE(send(reply_properties("10.0.0.8@1#2"))) << "it waits for the client's word";
  ASSERT_EQ(requester->sent.size(), 1U);
  const auto& pushed = requester->sent.front();
  EXPECT_EQ(pushed.request_code(), RequestCode::PushReplyMessageToClient);
  EXPECT_EQ(pushed.body, "the answer is 42");
  EXPECT_EQ(pushed.ext_fields.find("topic"), reply_topic);
  EXPECT_EQ(pushed.ext_fields.find("bornHost"), channel->remote().text());
  EXPECT_EQ(pushed.ext_fields.find("storeHost"), "127.0.0.1:10911");
  EXPECT_EQ(pushed.ext_fields.find("bornTimestamp"), "17");
  const std::string properties(pushed.ext_fields.find("properties").value());
  EXPECT_EQ(find_property(properties, property::correlation_id), "c-1");
  EXPECT_EQ(find_property(properties, property::push_reply_time), std::to_string(clock.now_ms()));

  requester->answer(response(ResponseCode::Success));
  ASSERT_EQ(sink->answers.size(), 1U);
  const Answer& answer = sink->answers.front();
  EXPECT_EQ(answer.code(), ResponseCode::Success);
  EXPECT_EQ(answer.field("msgId"), encode_offset_message_id(Endpoint::v4(127, 0, 0, 1, 10'911), 0));
  ASSERT_EQ(store.messages_of(reply_topic).size(), 1U);
  EXPECT_EQ(store.messages_of(reply_topic).front()->record().body, "the answer is 42");
}

TEST_F(SendReplyProcessorTest, KeepsNoRepliesWhenThatIsSwitchedOff) {
  config.store_reply_message_enable = false;
  EXPECT_FALSE(send(reply_properties("10.0.0.8@1#2")));
  requester->answer(response(ResponseCode::Success));
  ASSERT_EQ(sink->answers.size(), 1U);
  EXPECT_EQ(sink->answers.front().code(), ResponseCode::Success);
  EXPECT_EQ(sink->answers.front().field("msgId"), "0");
  EXPECT_TRUE(store.log().empty());
}

TEST_F(SendReplyProcessorTest, SaysWhyAReplyDidNotReachItsClient) {
  const auto unknown = send(reply_properties("10.0.0.9@1"));
  ASSERT_TRUE(unknown);
  EXPECT_EQ(unknown->code(), ResponseCode::SystemError);
  EXPECT_EQ(unknown->head.remark, "push reply message fail, channel of <10.0.0.9@1> not found.");
  const auto nameless = send({});
  ASSERT_TRUE(nameless);
  EXPECT_EQ(nameless->code(), ResponseCode::SystemError);
  EXPECT_NE(nameless->head.remark.find("REPLY_TO_CLIENT"), std::string::npos);

  EXPECT_FALSE(send(reply_properties("10.0.0.8@1#2")));
  requester->answer(response(ResponseCode::SystemError, "nobody waits"));
  EXPECT_EQ(sink->answers.front().code(), ResponseCode::SystemError);
  EXPECT_NE(sink->answers.front().head.remark.find("nobody waits"), std::string::npos);

  EXPECT_FALSE(send(reply_properties("10.0.0.8@1#2")));
  requester->answer(Error{ResponseCode::RequestTimeout, "no answer within 10000 ms"});
  EXPECT_EQ(sink->answers.front().code(), ResponseCode::SystemError);
  EXPECT_NE(sink->answers.front().head.remark.find("no answer within 10000 ms"), std::string::npos);
  EXPECT_EQ(store.messages_of(reply_topic).size(), 4U) << "they are kept all the same";
}

TEST_F(SendReplyProcessorTest, RefusesWhatAnyOtherSendWouldRefuse) {
  const auto answer = send(reply_properties("10.0.0.8@1#2"), "SCHEDULE_TOPIC_XXXX");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->code(), ResponseCode::NoPermission);
  EXPECT_TRUE(requester->sent.empty());
}

}  // namespace
}  // namespace rocketmq::broker::test
