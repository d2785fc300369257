#include "processors/pull_message.hpp"

#include <future>
#include <nlohmann/json.hpp>

#include "fixture.hpp"
#include "rocketmq/common/fastjson.hpp"

namespace rocketmq::broker::test {
namespace {

using namespace std::chrono_literals;
using remoting::RequestCode;

constexpr std::int32_t commit = 1;
constexpr std::int32_t suspend = 2;
constexpr std::int32_t with_subscription = 4;

class PullMessageProcessorTest : public BrokerFixture {
 protected:
  PullMessageProcessorTest() {
    add_topic("T", 4);
    held.on_wake([this](HeldPull pull) { processor.run_again(std::move(pull)); });
    store.on_message_arriving(
        [this](const store::MessageArrival& message) { held.arrived(message); });
  }

  WorkerPool read_pool{"read", 1, 10};
  PullMessageProcessor processor{parts(with_sql)};

  PullMessageProcessor::Parts parts(const MessageFilterFactory& filter_factory) {
    return {.config = config,
            .store_config = store_config,
            .clock = clock,
            .topics = topics,
            .groups = groups,
            .consumers = consumers,
            .offsets = offsets,
            .filters = filter_factory,
            .held = held,
            .reader = store,
            .writer = store,
            .stats = stats,
            .read_pool = read_pool};
  }

  static remoting::PullMessageRequestHeader header(std::int64_t offset) {
    return {.consumerGroup = "cg",
            .topic = "T",
            .queueId = 1,
            .queueOffset = offset,
            .maxMsgNums = 32,
            .sysFlag = with_subscription,
            .suspendTimeoutMillis = 15'000,
            .subscription = "*"};
  }
  std::optional<Answer> pull(const remoting::PullMessageRequestHeader& header) {
    return ask([this](const auto& context, auto& command,
                      auto reply) { processor.process(context, command, std::move(reply)); },
               remoting::make_request(RequestCode::PullMessage, header));
  }
  void put(const std::string& body, const std::string& tags = "TagA",
           const std::string& amount = {}) {
    std::string properties;
    append_property(properties, property::tags, tags);
    if (!amount.empty()) append_property(properties, "amount", amount);
    store.put({.topic = "T", .queue_id = 1, .body = body, .properties = properties},
              [](const store::PutResult&) {});
  }
  void go_online(const std::string& expression, std::int64_t version = 1) {
    remoting::ConsumerData data{.group_name = "cg"};
    data.subscriptions.push_back(parse_tag_subscription("T", expression, version).value());
    ASSERT_TRUE(consumers.register_consumer({.channel = channel, .client_id = "one"}, data));
  }
  static std::vector<std::string> bodies(const Answer& answer) {
    std::vector<std::string> texts;
    for (const auto& record :
         message_record::decode_all(answer.body, message_record::Check::None).value()) {
      texts.emplace_back(record.body);
    }
    return texts;
  }
};

TEST_F(PullMessageProcessorTest, AnswersWholeRecordsAndWhereToGoOn) {
  put("one");
  put("two");
  const auto answer = pull(header(0));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->code(), ResponseCode::Success);
  EXPECT_EQ(answer->head.remark, "FOUND");
  EXPECT_EQ(bodies(*answer), (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(answer->field("nextBeginOffset"), "2");
  EXPECT_EQ(answer->field("minOffset"), "0");
  EXPECT_EQ(answer->field("maxOffset"), "2");
  EXPECT_EQ(answer->field("suggestWhichBrokerId"), "0");
}

TEST_F(PullMessageProcessorTest, MapsEveryOutcomeToItsCode) {
  read_pool.stop();  // or it puts events meanwhile
  EXPECT_EQ(pull(header(0))->code(), ResponseCode::PullNotFound) << "an empty queue";
  EXPECT_EQ(pull(header(9))->code(), ResponseCode::PullOffsetMoved)
      << "an empty queue, somewhere in it";
  put("one");
  put("two");
  EXPECT_EQ(pull(header(2))->code(), ResponseCode::PullNotFound) << "the end";
  EXPECT_EQ(pull(header(3))->code(), ResponseCode::PullOffsetMoved) << "beyond the end";
  EXPECT_EQ(pull(header(3))->field("nextBeginOffset"), "2");
  store.expire_before("T", 1, 1);
  EXPECT_EQ(pull(header(0))->code(), ResponseCode::PullOffsetMoved) << "before the beginning";
  EXPECT_EQ(pull(header(0))->field("nextBeginOffset"), "1");
  auto filtered = header(1);
  filtered.subscription = "TagB";
  EXPECT_EQ(pull(filtered)->code(), ResponseCode::PullRetryImmediately);
  EXPECT_EQ(pull(filtered)->field("nextBeginOffset"), "2") << "filtered messages are passed over";
}

TEST_F(PullMessageProcessorTest, KeepsARecordOfMovedOffsets) {
  (void)pull(header(9));
  read_pool.stop();  // it puts the event
  const auto events = store.messages_of("OFFSET_MOVED_EVENT");
  ASSERT_EQ(events.size(), 1U);
  const auto event = parse_fastjson(events.front()->record().body);
  ASSERT_TRUE(event);
  EXPECT_EQ(event->at("offsetRequest"), 9);
  EXPECT_EQ(event->at("consumerGroup"), "cg");
  EXPECT_EQ(events.front()->property("TAGS"), "cg");
}

TEST_F(PullMessageProcessorTest, ChecksBrokerThenGroupThenTopicThenQueue) {
  auto wanted = header(0);
  wanted.queueId = 4;
  EXPECT_EQ(pull(wanted)->code(), ResponseCode::SystemError);
  wanted.queueId = -1;
  EXPECT_EQ(pull(wanted)->code(), ResponseCode::SystemError);
  wanted.topic = "Unknown";
  EXPECT_EQ(pull(wanted)->code(), ResponseCode::TopicNotExist);
  wanted.topic = "../../etc";
  EXPECT_EQ(pull(wanted)->code(), ResponseCode::SystemError);
  add_topic("WriteOnly", 4, 2);
  wanted.topic = "WriteOnly";
  EXPECT_EQ(pull(wanted)->code(), ResponseCode::NoPermission);
  ASSERT_TRUE(groups.update({.group_name = "cg", .consume_enable = false}));
  EXPECT_EQ(pull(wanted)->code(), ResponseCode::NoPermission);
  config.auto_create_subscription_group = false;
  wanted.consumerGroup = "unknown";
  EXPECT_EQ(pull(wanted)->code(), ResponseCode::SubscriptionGroupNotExist);
  config.broker_permission = 2;
  EXPECT_EQ(pull(wanted)->code(), ResponseCode::NoPermission);
}

TEST_F(PullMessageProcessorTest, UsesTheSubscriptionOfTheHeartbeat) {
  put("one", "TagA");
  put("two", "TagB");
  auto wanted = header(0);
  wanted.sysFlag = 0;
  EXPECT_EQ(pull(wanted)->code(), ResponseCode::SubscriptionNotExist) << "no member is online";
  go_online("TagB", 5);
  EXPECT_EQ(bodies(*pull(wanted)), std::vector<std::string>{"two"});
  wanted.subVersion = 6;
  EXPECT_EQ(pull(wanted)->code(), ResponseCode::SubscriptionNotLatest);
  add_topic("U", 4);
  wanted.topic = "U";
  EXPECT_EQ(pull(wanted)->code(), ResponseCode::SubscriptionNotExist);
}

TEST_F(PullMessageProcessorTest, FiltersByTheExpressionThatAPullCarries) {
  put("one", "TagA", "5");
  put("two", "TagA", "50");
  put("three", "TagA");
  auto wanted = header(0);
  wanted.expressionType = "SQL92";
  wanted.subscription = "amount BETWEEN 10 AND 100";
  const auto answer = pull(wanted);
  EXPECT_EQ(bodies(*answer), std::vector<std::string>{"two"});
  EXPECT_EQ(answer->field("nextBeginOffset"), "3");
  wanted.subscription = "amount > 100";
  EXPECT_EQ(pull(wanted)->code(), ResponseCode::PullRetryImmediately);
  wanted.subscription = "amount >> 10";
  const auto refused = pull(wanted);
  EXPECT_EQ(refused->code(), ResponseCode::SubscriptionParseFailed);
  EXPECT_NE(refused->head.remark.find("at column 9"), std::string::npos) << refused->head.remark;
}

TEST_F(PullMessageProcessorTest, FiltersByTheExpressionThatTheHeartbeatRegistered) {
  put("one", "TagA", "5");
  put("two", "TagA", "50");
  remoting::ConsumerData data{.group_name = "cg"};
  data.subscriptions.push_back(
      {.topic = "T", .sub_string = "amount > 10", .sub_version = 5, .expression_type = "SQL92"});
  ASSERT_TRUE(consumers.register_consumer({.channel = channel, .client_id = "one"}, data));
  auto wanted = header(0);
  wanted.sysFlag = 0;
  wanted.subVersion = 5;
  EXPECT_EQ(pull(wanted)->code(), ResponseCode::FilterDataNotExist);
  data.subscriptions.front().sub_version = 4;
  filters.register_group("cg", data.subscriptions);
  EXPECT_EQ(pull(wanted)->code(), ResponseCode::FilterDataNotLatest);
  data.subscriptions.front().sub_version = 5;
  filters.register_group("cg", data.subscriptions);
  EXPECT_EQ(bodies(*pull(wanted)), std::vector<std::string>{"two"});
}

TEST_F(PullMessageProcessorTest, HoldsAPullUntilAMessageArrivesThatItsExpressionTakes) {
  auto wanted = header(0);
  wanted.sysFlag |= suspend;
  wanted.expressionType = "SQL92";
  wanted.subscription = "amount > 10";
  EXPECT_FALSE(pull(wanted));
  put("one", "TagA", "5");
  EXPECT_TRUE(sink->answers.empty());
  put("two", "TagA", "50");
  ASSERT_EQ(sink->answers.size(), 1U);
  EXPECT_EQ(bodies(sink->answers.front()), std::vector<std::string>{"two"});
}

TEST_F(PullMessageProcessorTest, TakesOnlyTagsUnlessPropertyFiltersAreEnabled) {
  PullMessageProcessor by_tags{parts(tags_only)};
  const auto pull = [&](const remoting::PullMessageRequestHeader& header) {
    return ask([&](const auto& context, auto& command,
                   auto reply) { by_tags.process(context, command, std::move(reply)); },
               remoting::make_request(RequestCode::PullMessage, header));
  };
  auto wanted = header(0);
  wanted.expressionType = "SQL92";
  wanted.subscription = "a > 3";
  const auto answer = pull(wanted);
  EXPECT_EQ(answer->code(), ResponseCode::SystemError);
  EXPECT_EQ(answer->head.remark, "The broker does not support consumer to filter message by SQL92");
  wanted.expressionType = "TAG";
  wanted.subscription = "||";
  EXPECT_EQ(pull(wanted)->code(), ResponseCode::SubscriptionParseFailed);
}

TEST_F(PullMessageProcessorTest, CommitsTheOffsetThatAPullBrings) {
  auto wanted = header(0);
  wanted.sysFlag |= commit;
  wanted.commitOffset = 17;
  (void)pull(wanted);
  EXPECT_EQ(offsets.query({"cg", "T", 1}), 17);
  store_config.broker_role = store::BrokerRole::Slave;
  wanted.commitOffset = 18;
  (void)pull(wanted);
  EXPECT_EQ(offsets.query({"cg", "T", 1}), 17) << "a slave leaves offsets to its master";
}

TEST_F(PullMessageProcessorTest, HoldsAPullUntilAMessageArrives) {
  auto wanted = header(0);
  wanted.sysFlag |= suspend;
  EXPECT_FALSE(pull(wanted));
  EXPECT_EQ(held.size(), 1U);
  put("one");
  ASSERT_EQ(sink->answers.size(), 1U);
  EXPECT_EQ(bodies(sink->answers.front()), std::vector<std::string>{"one"});
  EXPECT_EQ(sink->timed, 0) << "a pull that is held is not slow";
  EXPECT_TRUE(pull(header(0)));
  EXPECT_EQ(sink->timed, 1);
}

TEST_F(PullMessageProcessorTest, AnswersAHeldPullAtItsDeadline) {
  auto wanted = header(0);
  wanted.sysFlag |= suspend;
  EXPECT_FALSE(pull(wanted));
  clock.advance(15s);
  held.tick();
  ASSERT_EQ(sink->answers.size(), 1U);
  EXPECT_EQ(sink->answers.front().code(), ResponseCode::PullNotFound);
  EXPECT_EQ(held.size(), 0U) << "it is not held again";
}

TEST_F(PullMessageProcessorTest, HoldsForAShortTimeWhenLongPollingIsOff) {
  config.long_polling_enable = false;
  auto wanted = header(0);
  wanted.sysFlag |= suspend;
  EXPECT_FALSE(pull(wanted));
  clock.advance(1s);
  held.tick();
  EXPECT_EQ(sink->answers.size(), 1U);
}

TEST_F(PullMessageProcessorTest, HoldsNoPullLongerThanTheBoundWhateverItAsksFor) {
  auto wanted = header(0);
  wanted.sysFlag |= suspend;
  wanted.suspendTimeoutMillis = INT64_MAX;
  EXPECT_FALSE(pull(wanted));
  clock.advance(120s);
  held.tick();
  EXPECT_EQ(sink->answers.size(), 1U);
}

TEST_F(PullMessageProcessorTest, NotesHowFarBehindItsGroupReads) {
  put("one");
  clock.advance(2s);
  put("two");
  store.put({.topic = "U", .body = "of another topic"}, [](const store::PutResult&) {});
  clock.advance(3s);
  const auto after_two = std::ssize(store.log().back().bytes);
  const auto size_of_two = std::ssize(store.messages_of("T").back()->bytes);
  const auto fall = [this](std::string_view name) { return stats.view(name, "1@T@cg"); };
  auto first_only = header(0);
  first_only.maxMsgNums = 1;
  ASSERT_EQ(pull(first_only)->code(), ResponseCode::Success);
  EXPECT_EQ(fall("GROUP_GET_FALL_SIZE")->minute.sum, size_of_two + after_two);
  EXPECT_EQ(fall("GROUP_GET_FALL_TIME")->minute.sum, 5'000);
  ASSERT_EQ(pull(header(0))->code(), ResponseCode::Success);
  EXPECT_EQ(fall("GROUP_GET_FALL_SIZE")->minute.sum, after_two);
  EXPECT_EQ(fall("GROUP_GET_FALL_TIME")->minute.sum, 3'000);
  config.disk_fall_recorded = false;
  ASSERT_EQ(pull(first_only)->code(), ResponseCode::Success);
  EXPECT_EQ(fall("GROUP_GET_FALL_SIZE")->minute.sum, 0) << "not noted any more";
}

TEST_F(PullMessageProcessorTest, LeavesWhatIsOnDiskToTheReadPoolSoThatNoReactorWaitsForIt) {
  put("one");
  store.on_disk = true;
  std::promise<void> release;
  ASSERT_TRUE(read_pool.post([&release] { release.get_future().wait(); }));
  EXPECT_FALSE(pull(header(0)));
  release.set_value();
  read_pool.stop();
  ASSERT_EQ(sink->answers.size(), 1U);
  EXPECT_EQ(bodies(sink->answers.front()), std::vector<std::string>{"one"});
  const auto refused = pull(header(0));
  ASSERT_TRUE(refused) << "the pool takes no more";
  EXPECT_EQ(refused->code(), ResponseCode::SystemBusy);
  EXPECT_TRUE(refused->head.remark.starts_with("[OVERLOAD]")) << refused->head.remark;
}

TEST_F(PullMessageProcessorTest, RefusesAPullThatHasWaitedTooLongForTheReadPool) {
  put("one");
  store.on_disk = true;
  std::promise<void> release;
  ASSERT_TRUE(read_pool.post([&release] { release.get_future().wait(); }));
  EXPECT_FALSE(pull(header(0)));
  clock.advance(5'001ms);
  release.set_value();
  read_pool.stop();
  ASSERT_EQ(sink->answers.size(), 1U);
  EXPECT_EQ(sink->answers.front().code(), ResponseCode::SystemBusy);
  EXPECT_EQ(sink->answers.front().head.remark,
            "[TIMEOUT_CLEAN_QUEUE]broker busy, start flow control for a while, period in queue: "
            "5001ms, size of queue: 0");
}

TEST_F(PullMessageProcessorTest, HoldsAPullThatFindsNothingOnDiskEither) {
  put("one", "TagB");
  store.on_disk = true;
  auto wanted = header(1);
  wanted.sysFlag |= suspend;
  EXPECT_FALSE(pull(wanted));
  EXPECT_EQ(held.size(), 1U);
}

TEST_F(PullMessageProcessorTest, SendsFarBehindReadersToASlaveWhenThatIsEnabled) {
  put("one");
  store.far_behind = true;
  EXPECT_EQ(pull(header(0))->field("suggestWhichBrokerId"), "0");
  config.slave_read_enable = true;
  EXPECT_EQ(pull(header(0))->field("suggestWhichBrokerId"), "1");
}

TEST_F(PullMessageProcessorTest, ASlaveThatLagsBehindMovesNoReader) {
  store_config.broker_role = store::BrokerRole::Slave;
  const auto ahead = pull(header(5));
  ASSERT_TRUE(ahead);
  EXPECT_EQ(ahead->code(), ResponseCode::PullRetryImmediately);
  EXPECT_EQ(ahead->field("nextBeginOffset"), "5");
  put("one");
  put("two");
  store.expire_before("T", 1, 1);
  const auto behind = pull(header(0));
  ASSERT_TRUE(behind);
  EXPECT_EQ(behind->code(), ResponseCode::PullRetryImmediately);
  EXPECT_EQ(behind->field("nextBeginOffset"), "0");
}

TEST_F(PullMessageProcessorTest, ASlaveHoldsAPullForMessagesThatItDoesNotHaveYet) {
  store_config.broker_role = store::BrokerRole::Slave;
  auto ahead = header(5);
  ahead.sysFlag |= suspend;
  EXPECT_FALSE(pull(ahead));
  clock.advance(1'000ms);
  held.tick();
  ASSERT_EQ(sink->answers.size(), 1);
  EXPECT_EQ(sink->answers.front().code(), ResponseCode::PullRetryImmediately);
}

TEST_F(PullMessageProcessorTest, ASlaveServesWhatItHasAndSendsReadersBackToTheMaster) {
  store_config.broker_role = store::BrokerRole::Slave;
  put("one");
  store.far_behind = true;
  EXPECT_EQ(pull(header(0))->field("suggestWhichBrokerId"), "0");
  config.slave_read_enable = true;
  EXPECT_EQ(pull(header(0))->field("suggestWhichBrokerId"), "1");
  store.far_behind = false;
  EXPECT_EQ(pull(header(0))->field("suggestWhichBrokerId"), "0");
}

TEST_F(PullMessageProcessorTest, ASlaveIgnoresTheOffsetThatAPullBrings) {
  store_config.broker_role = store::BrokerRole::Slave;
  put("one");
  auto bringing = header(0);
  bringing.sysFlag |= commit;
  bringing.commitOffset = 1;
  (void)pull(bringing);
  EXPECT_FALSE(offsets.query({"cg", "T", 1}));
}

TEST_F(PullMessageProcessorTest, SendsReadersOfATopicThatWasMadeAgainToItsFirstEntry) {
  for (int i = 0; i < 9; ++i) put("old");
  auto old_reader = header(9);
  old_reader.sysFlag |= commit;
  old_reader.commitOffset = 9;
  ASSERT_TRUE(topics.remove("T").value());
  store.delete_topic("T");
  add_topic("T", 4);
  put("new");
  const auto answer = pull(old_reader);
  read_pool.stop();  // it puts the event
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->code(), ResponseCode::PullOffsetMoved);
  EXPECT_EQ(answer->field("nextBeginOffset"), "0");
  EXPECT_FALSE(offsets.query({.group = "cg", .topic = "T", .queue_id = 1}))
      << "its progress was in the old one";
  EXPECT_EQ(bodies(*pull(header(0))), std::vector<std::string>{"new"});
}

TEST_F(PullMessageProcessorTest, AnswersThePullsThatATopicHeldWhenItIsDeleted) {
  for (int i = 0; i < 9; ++i) put("old");
  auto waiting = header(9);
  waiting.sysFlag |= suspend;
  ASSERT_FALSE(pull(waiting));
  ASSERT_TRUE(topics.remove("T").value());
  store.delete_topic("T");
  held.topic_deleted("T");
  ASSERT_EQ(sink->answers.size(), 1);
  EXPECT_EQ(sink->answers[0].code(), ResponseCode::TopicNotExist);
  EXPECT_EQ(held.size(), 0);
}

}  // namespace
}  // namespace rocketmq::broker::test
