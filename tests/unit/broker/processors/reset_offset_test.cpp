#include "processors/reset_offset.hpp"

#include "admin_fixture.hpp"

namespace rocketmq::broker::test {
namespace {

class ResetOffsetTest : public AdminFixture {
 protected:
  ResetOffsetTest() {
    add_topic("T", 2);
    for (int i = 0; i < 4; ++i) {
      put("T", 0);
      clock.advance(std::chrono::seconds(1));
    }
    commit("cg", "T", 0, 3);
  }

  /// The store time of the entry 1 of queue 0.
  std::int64_t time_of_second() const { return store.store_time_of("T", 0, 1); }

  ResetOffsetProcessor processor{{.config = config,
                                  .topics = topics,
                                  .groups = groups,
                                  .consumers = consumers,
                                  .offsets = offsets,
                                  .store = store}};
};

TEST_F(ResetOffsetTest, TellsEachMemberTheOffsetsOfATime) {
  const auto first = add_consumer("cg", "c1", "T");
  const auto second = add_consumer("cg", "c2", "T");
  const auto answer =
      ask(processor, &ResetOffsetProcessor::reset,
          remoting::ResetOffsetRequestHeader{
              .topic = "T", .group = "cg", .timestamp = time_of_second(), .isForce = true});
  ASSERT_EQ(answer.code(), ResponseCode::Success);
  const std::string table = R"({"offsetTable":{)" + key("T", 0) + ":1," + key("T", 1) + ":0}}";
  EXPECT_EQ(answer.body, table);
  for (const auto& member : {first, second}) {
    ASSERT_EQ(member->sent.size(), 1U);
    EXPECT_EQ(member->sent[0].request_code(), remoting::RequestCode::ResetConsumerClientOffset);
    EXPECT_EQ(member->sent[0].ext_fields.find("group"), "cg");
    EXPECT_EQ(member->sent[0].body, table);
  }
  EXPECT_EQ(committed("cg", "T", 0), 3) << "the members commit where they are";
}

TEST_F(ResetOffsetTest, WritesAListForMembersThatAreWrittenInCpp) {
  const auto member = make_channel();
  ASSERT_TRUE(consumers.register_consumer({.channel = member,
                                           .client_id = "c1",
                                           .language = remoting::LanguageCode::Cpp,
                                           .version = 333},
                                          {.group_name = "cg"}));
  ASSERT_EQ(ask(processor, &ResetOffsetProcessor::reset,
                remoting::ResetOffsetRequestHeader{
                    .topic = "T", .group = "cg", .timestamp = -1, .isForce = true})
                .code(),
            ResponseCode::Success);
  ASSERT_EQ(member->sent.size(), 1U);
  EXPECT_EQ(member->sent[0].body,
            R"({"offsetTable":[{"brokerName":"broker-a","offset":4,"queueId":0,"topic":"T"},)"
            R"({"brokerName":"broker-a","offset":0,"queueId":1,"topic":"T"}]})");
}

TEST_F(ResetOffsetTest, GoesForwardOnlyByForce) {
  add_consumer("cg", "c1", "T");
  const auto table_of = [&](bool is_force) {
    return parse(ask(processor, &ResetOffsetProcessor::reset,
                     remoting::ResetOffsetRequestHeader{
                         .topic = "T", .group = "cg", .timestamp = -1, .isForce = is_force})
                     .body)["offsetTable"];
  };
  EXPECT_EQ(table_of(false)[key("T", 0)], 3);
  EXPECT_EQ(table_of(true)[key("T", 0)], 4);
}

TEST_F(ResetOffsetTest, TellsA4xToolThatTheGroupIsOffline) {
  const auto answer = ask(processor, &ResetOffsetProcessor::reset,
                          remoting::ResetOffsetRequestHeader{
                              .topic = "T", .group = "cg", .timestamp = -1, .isForce = true});
  EXPECT_EQ(answer.code(), ResponseCode::ConsumerNotOnline);
  EXPECT_EQ(answer.head.remark,
            "Consumer not online, so can not reset offset, Group: cg Topic: T Timestamp: -1");
  EXPECT_EQ(committed("cg", "T", 0), 3);
}

TEST_F(ResetOffsetTest, StoresTheOffsetsOfAnOfflineGroupFor5xTools) {
  ASSERT_TRUE(groups.update({.group_name = "cg"}));
  const auto answer =
      ask(processor, &ResetOffsetProcessor::reset,
          remoting::ResetOffsetRequestHeader{
              .topic = "T", .group = "cg", .timestamp = time_of_second(), .isForce = true},
          remoting::version::v5_0_0);
  ASSERT_EQ(answer.code(), ResponseCode::Success);
  EXPECT_EQ(parse(answer.body)["offsetTable"][key("T", 0)], 1);
  EXPECT_EQ(committed("cg", "T", 0), 1);
}

TEST_F(ResetOffsetTest, SetsOneQueueToAnOffsetWithinItsBounds) {
  ASSERT_TRUE(groups.update({.group_name = "cg"}));
  commit("cg", "T", 1, 0);
  const auto reset_to = [&](std::int64_t offset) {
    return ask(processor, &ResetOffsetProcessor::reset,
               remoting::ResetOffsetRequestHeader{.topic = "T",
                                                  .group = "cg",
                                                  .timestamp = -1,
                                                  .isForce = true,
                                                  .queueId = 0,
                                                  .offset = offset});
  };
  EXPECT_EQ(reset_to(2).body, R"({"offsetTable":{)" + key("T", 0) + ":2}}");
  EXPECT_EQ(committed("cg", "T", 0), 2);
  reset_to(1'000'000);
  EXPECT_EQ(committed("cg", "T", 0), 4);
}

TEST_F(ResetOffsetTest, RefusesWhatCannotBeReset) {
  const auto code_of = [&](const remoting::ResetOffsetRequestHeader& header,
                           std::int32_t version = 409) {
    return ask(processor, &ResetOffsetProcessor::reset, header, version).code();
  };
  EXPECT_EQ(code_of({.topic = "U", .group = "cg"}), ResponseCode::TopicNotExist);
  EXPECT_EQ(code_of({.topic = "T", .group = "c g"}), ResponseCode::SystemError);
  EXPECT_EQ(code_of({.topic = "T", .group = "cg", .queueId = 2}), ResponseCode::SystemError);
  EXPECT_EQ(code_of({.topic = "T", .group = "cg", .queueId = -2}), ResponseCode::SystemError);
  EXPECT_EQ(code_of({.topic = "T", .group = "nobody"}, remoting::version::v5_0_0),
            ResponseCode::SubscriptionGroupNotExist);
  const auto nothing = ask(processor, &ResetOffsetProcessor::reset,
                           remoting::ResetOffsetRequestHeader{.topic = "T", .group = "nobody"});
  EXPECT_EQ(nothing.code(), ResponseCode::SystemError);
  EXPECT_TRUE(nothing.head.remark.starts_with("THe consumer group <nobody> not exist"));
}

TEST_F(ResetOffsetTest, TellsNobodyWhenOneMemberIsTooOld) {
  const auto recent = add_consumer("cg", "c1", "T");
  add_consumer("cg", "c2", "T", 27);
  const auto answer = ask(processor, &ResetOffsetProcessor::reset,
                          remoting::ResetOffsetRequestHeader{
                              .topic = "T", .group = "cg", .timestamp = -1, .isForce = true});
  EXPECT_EQ(answer.code(), ResponseCode::SystemError);
  EXPECT_NE(answer.head.remark.find("<c2>"), std::string::npos);
  EXPECT_TRUE(recent->sent.empty());
}

remoting::RemotingCommand status_of(std::int64_t offset) {
  remoting::RemotingCommand response;
  response.set_body(R"({"messageQueueTable":{{"brokerName":"broker-a","queueId":0,"topic":"T"}:)" +
                    std::to_string(offset) + "}}");
  return response;
}

TEST_F(ResetOffsetTest, CollectsWhereTheMembersAre) {
  const auto first = add_consumer("cg", "c1", "T");
  const auto second = add_consumer("cg", "c2", "T");
  ask_later(processor, &ResetOffsetProcessor::consumer_status,
            remoting::GetConsumerStatusRequestHeader{.topic = "T", .group = "cg"});
  ASSERT_EQ(first->sent.size(), 1U);
  EXPECT_EQ(first->sent[0].request_code(), remoting::RequestCode::GetConsumerStatusFromClient);
  EXPECT_EQ(first->invocation_timeout, std::chrono::seconds(5));
  second->answer(status_of(8));
  EXPECT_TRUE(sink->answers.empty()) << "one member has not answered yet";
  first->answer(status_of(7));
  ASSERT_EQ(sink->answers.size(), 1U);
  const auto table = parse(sink->answers[0].body)["consumerTable"];
  EXPECT_EQ(table["c1"][key("T", 0)], 7);
  EXPECT_EQ(table["c2"][key("T", 0)], 8);
}

TEST_F(ResetOffsetTest, LeavesSilentMembersOut) {
  const auto first = add_consumer("cg", "c1", "T");
  const auto second = add_consumer("cg", "c2", "T");
  ask_later(processor, &ResetOffsetProcessor::consumer_status,
            remoting::GetConsumerStatusRequestHeader{.topic = "T", .group = "cg"});
  first->answer(Error{ResponseCode::RequestTimeout, "late"});
  second->answer(status_of(8));
  ASSERT_EQ(sink->answers.size(), 1U);
  EXPECT_EQ(parse(sink->answers[0].body)["consumerTable"].size(), 1U);

  ask_later(
      processor, &ResetOffsetProcessor::consumer_status,
      remoting::GetConsumerStatusRequestHeader{.topic = "T", .group = "cg", .clientAddr = "c1"});
  EXPECT_EQ(second->sent.size(), 1U) << "only the one that was named is asked";
  first->answer(Error{ResponseCode::RequestTimeout, "late"});
  ASSERT_EQ(sink->answers.size(), 1U);
  EXPECT_EQ(sink->answers[0].head.remark, "late");
}

TEST_F(ResetOffsetTest, SaysThatNoMemberIsThere) {
  const auto answer = ask(processor, &ResetOffsetProcessor::consumer_status,
                          remoting::GetConsumerStatusRequestHeader{.topic = "T", .group = "cg"});
  EXPECT_EQ(answer.code(), ResponseCode::SystemError);
  EXPECT_EQ(answer.head.remark, "No Any Consumer online in the consumer group: [cg]");
}

}  // namespace
}  // namespace rocketmq::broker::test
