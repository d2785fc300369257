#include "processors/admin_offsets.hpp"

#include "admin_fixture.hpp"
#include "rocketmq/protocol/admin_headers.hpp"
#include "rocketmq/protocol/group_headers.hpp"

namespace rocketmq::broker::test {
namespace {

class AdminOffsetsTest : public AdminFixture {
 protected:
  AdminOffsetsTest() { add_topic("T", 2); }

  AdminOffsetsProcessor processor{{.config = config,
                                   .clock = clock,
                                   .topics = topics,
                                   .groups = groups,
                                   .consumers = consumers,
                                   .offsets = offsets,
                                   .store = store,
                                   .stats = stats}};
};

TEST_F(AdminOffsetsTest, TellsHowFarEveryQueueOfATopicIsFilled) {
  put("T", 0);
  put("T", 0);
  const auto stored_at = clock.now_ms();
  clock.advance(std::chrono::seconds(5));
  const auto answer = ask(processor, &AdminOffsetsProcessor::topic_stats,
                          remoting::TopicRequestHeader{.topic = "T"});
  ASSERT_EQ(answer.code(), ResponseCode::Success);
  const auto table = parse(answer.body)["offsetTable"];
  ASSERT_EQ(table.size(), 2U);
  EXPECT_EQ(
      table[key("T", 0)],
      (nlohmann::json{{"minOffset", 0}, {"maxOffset", 2}, {"lastUpdateTimestamp", stored_at}}));
  EXPECT_EQ(table[key("T", 1)],
            (nlohmann::json{{"minOffset", 0}, {"maxOffset", 0}, {"lastUpdateTimestamp", 0}}));
}

TEST_F(AdminOffsetsTest, RefusesATopicThatIsNotThere) {
  const auto answer = ask(processor, &AdminOffsetsProcessor::topic_stats,
                          remoting::TopicRequestHeader{.topic = "U"});
  EXPECT_EQ(answer.code(), ResponseCode::TopicNotExist);
  EXPECT_EQ(ask(processor, &AdminOffsetsProcessor::topic_stats,
                remoting::TopicRequestHeader{.topic = "../x"})
                .code(),
            ResponseCode::SystemError);
  EXPECT_EQ(ask(processor, &AdminOffsetsProcessor::topic_stats, remoting::NoHeader{}).head.remark,
            "missing header field: topic");
}

TEST_F(AdminOffsetsTest, ComparesTheGroupsOffsetsWithTheQueues) {
  for (int i = 0; i < 3; ++i) put("T", 0);
  commit("cg", "T", 0, 2);
  const auto answer = ask(processor, &AdminOffsetsProcessor::consume_stats,
                          remoting::GetConsumeStatsRequestHeader{.consumerGroup = "cg"});
  ASSERT_EQ(answer.code(), ResponseCode::Success);
  const auto body = parse(answer.body);
  EXPECT_EQ(body["consumeTps"], 0.0);
  EXPECT_EQ(body["offsetTable"][key("T", 0)],
            (nlohmann::json{
                {"brokerOffset", 3}, {"consumerOffset", 2}, {"lastTimestamp", clock.now_ms()}}));
  EXPECT_EQ(body["offsetTable"][key("T", 1)],
            (nlohmann::json{{"brokerOffset", 0}, {"consumerOffset", 0}, {"lastTimestamp", 0}}));
}

TEST_F(AdminOffsetsTest, TellsAToolOf5xWhatItComputesWith) {
  put("T", 0);
  commit("cg", "T", 0, 1);
  const auto topic = parse(ask(processor, &AdminOffsetsProcessor::topic_stats,
                               remoting::TopicRequestHeader{.topic = "T"}, 513)
                               .body);
  EXPECT_EQ(topic["topicPutTps"], 0.0);
  const auto group = parse(ask(processor, &AdminOffsetsProcessor::consume_stats,
                               remoting::GetConsumeStatsRequestHeader{.consumerGroup = "cg"}, 513)
                               .body);
  EXPECT_EQ(group["offsetTable"][key("T", 0)]["pullOffset"], 1) << "nothing is under way";
}

TEST_F(AdminOffsetsTest, TellsTheRateOfTheLastMinute) {
  commit("cg", "T", 0, 0);
  stats.tick();
  stats.add_get({"T", "cg", 0}, {.messages = 30, .bytes = 300});
  clock.advance(BrokerStatsManager::tick_period);
  stats.tick();
  const auto answer = ask(processor, &AdminOffsetsProcessor::consume_stats,
                          remoting::GetConsumeStatsRequestHeader{.consumerGroup = "cg"});
  EXPECT_EQ(parse(answer.body)["consumeTps"], 3.0);
}

TEST_F(AdminOffsetsTest, TellsOneTopicWhenOneIsNamed) {
  add_topic("U", 1);
  commit("cg", "T", 0, 0);
  commit("cg", "U", 0, 0);
  const auto of_u =
      ask(processor, &AdminOffsetsProcessor::consume_stats,
          remoting::GetConsumeStatsRequestHeader{.consumerGroup = "cg", .topic = "U"});
  EXPECT_EQ(parse(of_u.body)["offsetTable"].size(), 1U);
  const auto of_both =
      ask(processor, &AdminOffsetsProcessor::consume_stats,
          remoting::GetConsumeStatsRequestHeader{.consumerGroup = "cg", .topicList = "U;T"});
  EXPECT_EQ(parse(of_both.body)["offsetTable"].size(), 3U);
}

TEST_F(AdminOffsetsTest, LeavesOutTopicsThatTheOnlineGroupNoLongerSubscribesTo) {
  add_topic("U", 1);
  commit("cg", "T", 0, 0);
  commit("cg", "U", 0, 0);
  add_consumer("cg", "c1", "U");
  const auto answer = ask(processor, &AdminOffsetsProcessor::consume_stats,
                          remoting::GetConsumeStatsRequestHeader{.consumerGroup = "cg"});
  const auto table = parse(answer.body)["offsetTable"];
  EXPECT_EQ(table.size(), 1U);
  EXPECT_TRUE(table.contains(key("U", 0)));
}

TEST_F(AdminOffsetsTest, AnswersAnEmptyTableForAGroupThatHasConsumedNothing) {
  const auto answer = ask(processor, &AdminOffsetsProcessor::consume_stats,
                          remoting::GetConsumeStatsRequestHeader{.consumerGroup = "nobody"});
  EXPECT_EQ(answer.code(), ResponseCode::Success);
  EXPECT_EQ(answer.body, R"({"consumeTps":0.0,"offsetTable":{}})");
  EXPECT_EQ(ask(processor, &AdminOffsetsProcessor::consume_stats,
                remoting::GetConsumeStatsRequestHeader{.consumerGroup = "a b"})
                .code(),
            ResponseCode::SystemError);
}

TEST_F(AdminOffsetsTest, SumsTheArrearsOfAllGroups) {
  for (int i = 0; i < 4; ++i) put("T", 1);
  ASSERT_TRUE(groups.update({.group_name = "cg"}));
  commit("cg", "T", 1, 1);
  commit("unknown", "T", 1, 1);
  const auto answer = ask(processor, &AdminOffsetsProcessor::broker_consume_stats,
                          remoting::GetBrokerConsumeStatsRequestHeader{});
  const auto body = parse(answer.body);
  EXPECT_EQ(body["totalDiff"], 3);
  EXPECT_EQ(body["brokerAddr"], config.address());
  ASSERT_EQ(body["consumeStatsList"].size(), 1U) << "only groups that the broker knows";
  EXPECT_EQ(body["consumeStatsList"][0]["cg"][0]["offsetTable"].size(), 2U);
}

TEST_F(AdminOffsetsTest, TellsOrderedTopicsOnlyWhenAskedForThem) {
  ASSERT_TRUE(groups.update({.group_name = "cg"}));
  ASSERT_TRUE(topics.update(
      {.topic_name = "O", .read_queue_nums = 1, .write_queue_nums = 1, .order = true}));
  commit("cg", "T", 0, 0);
  commit("cg", "O", 0, 0);
  const auto answer = ask(processor, &AdminOffsetsProcessor::broker_consume_stats,
                          remoting::GetBrokerConsumeStatsRequestHeader{.isOrder = true});
  const auto list = parse(answer.body)["consumeStatsList"];
  ASSERT_EQ(list.size(), 1U);
  ASSERT_EQ(list[0]["cg"].size(), 1U);
  EXPECT_TRUE(list[0]["cg"][0]["offsetTable"].contains(key("O", 0)));
}

TEST_F(AdminOffsetsTest, TellsWhenTheConsumedMessagesWereStored) {
  const auto first = clock.now_ms();
  put("T", 0);
  clock.advance(std::chrono::seconds(1));
  put("T", 0);
  clock.advance(std::chrono::seconds(1));
  put("T", 0);
  commit("cg", "T", 0, 2);
  clock.advance(std::chrono::seconds(3));
  const auto answer = ask(processor, &AdminOffsetsProcessor::time_span,
                          remoting::TopicGroupRequestHeader{.topic = "T", .group = "cg"});
  const auto spans = parse(answer.body)["consumeTimeSpanSet"];
  ASSERT_EQ(spans.size(), 2U);
  EXPECT_EQ(spans[0]["minTimeStamp"], first);
  EXPECT_EQ(spans[0]["maxTimeStamp"], first + 2'000);
  EXPECT_EQ(spans[0]["consumeTimeStamp"], first + 1'000);
  EXPECT_EQ(spans[0]["delayTime"], 3'000);
  EXPECT_EQ(spans[1]["minTimeStamp"], -1);
  EXPECT_EQ(spans[1]["delayTime"], 0);
  EXPECT_EQ(ask(processor, &AdminOffsetsProcessor::time_span,
                remoting::TopicGroupRequestHeader{.topic = "U", .group = "cg"})
                .code(),
            ResponseCode::TopicNotExist);
}

TEST_F(AdminOffsetsTest, CorrectsAGroupByTheSlowestOfTheOthers) {
  for (int i = 0; i < 9; ++i) put("T", 0);
  for (int i = 0; i < 9; ++i) put("T", 1);
  commit("a", "T", 0, 5);
  commit("b", "T", 0, 7);
  commit("a", "T", 1, 8);
  commit("slow", "T", 1, 2);
  const auto ask_for = [&](const std::string& compared, std::optional<std::string> left_out) {
    return ask(processor, &AdminOffsetsProcessor::correction_offsets,
               remoting::CorrectionOffsetRequestHeader{
                   .filterGroups = std::move(left_out), .compareGroup = compared, .topic = "T"})
        .body;
  };
  EXPECT_EQ(ask_for("b", std::nullopt), R"({"correctionOffsets":{0:5,1:2}})");
  EXPECT_EQ(ask_for("b", "x,slow"), R"({"correctionOffsets":{0:5,1:8}})");
  EXPECT_EQ(ask_for("slow", "slow"), R"({"correctionOffsets":{0:5,1:9223372036854775807}})")
      << "no other group is behind in this queue";
}

TEST_F(AdminOffsetsTest, CopiesOffsetsToAnotherGroup) {
  add_topic("U", 1);
  commit("from", "T", 0, 4);
  commit("from", "T", 1, 5);
  commit("from", "U", 0, 6);
  EXPECT_EQ(ask(processor, &AdminOffsetsProcessor::clone_offsets,
                remoting::CloneGroupOffsetRequestHeader{
                    .srcGroup = "from", .destGroup = "to", .topic = "T"})
                .code(),
            ResponseCode::Success);
  EXPECT_EQ(committed("to", "T", 0), 4);
  EXPECT_EQ(committed("to", "T", 1), 5);
  EXPECT_EQ(committed("to", "U", 0), -1);
  EXPECT_EQ(ask(processor, &AdminOffsetsProcessor::clone_offsets,
                remoting::CloneGroupOffsetRequestHeader{.srcGroup = "from", .destGroup = "to"})
                .code(),
            ResponseCode::Success);
  EXPECT_EQ(committed("to", "U", 0), 6) << "all topics when none is named";
}

TEST_F(AdminOffsetsTest, RefusesToCopyWithoutGroupsOrTopic) {
  EXPECT_EQ(ask(processor, &AdminOffsetsProcessor::clone_offsets, remoting::NoHeader{}).head.remark,
            "missing header field: srcGroup");
  EXPECT_EQ(ask(processor, &AdminOffsetsProcessor::clone_offsets,
                remoting::CloneGroupOffsetRequestHeader{
                    .srcGroup = "from", .destGroup = "t/o", .topic = "T"})
                .code(),
            ResponseCode::SystemError);
  EXPECT_EQ(ask(processor, &AdminOffsetsProcessor::clone_offsets,
                remoting::CloneGroupOffsetRequestHeader{
                    .srcGroup = "from", .destGroup = "to", .topic = "U"})
                .code(),
            ResponseCode::TopicNotExist);
}

}  // namespace
}  // namespace rocketmq::broker::test
