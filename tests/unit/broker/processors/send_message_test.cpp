#include "processors/send_message.hpp"

#include "fixture.hpp"
#include "rocketmq/common/bytes.hpp"
#include "rocketmq/common/message_id.hpp"

namespace rocketmq::broker::test {
namespace {

using remoting::RequestCode;
using remoting::SendMessageRequestHeader;

class SendMessageProcessorTest : public BrokerFixture {
 protected:
  SendMessageProcessor processor{config, clock, delay_levels, topics, groups, store};

  static SendMessageRequestHeader header(std::string_view topic) {
    return {.producerGroup = "pg",
            .topic = topic,
            .defaultTopic = "TBW102",
            .queueId = 0,
            .bornTimestamp = 1'700'000'000'123,
            .flag = 7};
  }
  Answer send(const SendMessageRequestHeader& header, std::string body = "hello",
              std::int32_t version = 409) {
    auto request = remoting::make_request(RequestCode::SendMessage, header, std::move(body));
    request.version = version;
    return send(std::move(request));
  }
  Answer send(remoting::RemotingCommand request) {
    const auto answer =
        ask([this](const auto& context, auto& command,
                   auto reply) { processor.process(context, command, std::move(reply)); },
            std::move(request));
    EXPECT_TRUE(answer);
    return answer.value_or(Answer{});
  }
  static std::string properties(
      std::initializer_list<std::pair<std::string_view, std::string_view>> pairs) {
    std::string text;
    for (const auto& [name, value] : pairs) append_property(text, name, value);
    return text;
  }
};

TEST_F(SendMessageProcessorTest, StoresAMessageAndTellsWhereItIs) {
  add_topic("T", 4);
  auto wanted = header("T");
  wanted.queueId = 2;
  const auto answer = send(wanted);
  EXPECT_EQ(answer.code(), ResponseCode::Success);
  EXPECT_EQ(answer.field("queueId"), "2");
  EXPECT_EQ(answer.field("queueOffset"), "0");
  EXPECT_EQ(answer.field("msgId"), encode_offset_message_id(Endpoint::v4(127, 0, 0, 1, 10'911), 0));
  EXPECT_EQ(answer.field("MSG_REGION"), "DefaultRegion");
  EXPECT_EQ(answer.field("TRACE_ON"), "true");

  const auto record = store.log().front().record();
  EXPECT_EQ(record.topic, "T");
  EXPECT_EQ(record.queue_id, 2);
  EXPECT_EQ(record.body, "hello");
  EXPECT_EQ(record.flag, 7);
  EXPECT_EQ(record.born_timestamp_ms, 1'700'000'000'123);
  EXPECT_EQ(record.born_host, channel->remote());
  EXPECT_EQ(record.store_host, Endpoint::v4(127, 0, 0, 1, 10'911));
}

TEST_F(SendMessageProcessorTest, TakesTheShortHeaderToo) {
  add_topic("T", 4);
  const auto compact = remoting::SendMessageRequestHeaderV2::compact(header("T"));
  EXPECT_EQ(send(remoting::make_request(RequestCode::SendMessageV2, compact, "hello")).code(),
            ResponseCode::Success);
}

TEST_F(SendMessageProcessorTest, AddsTheClusterAndDropsWait) {
  add_topic("T", 4);
  auto wanted = header("T");
  const std::string text =
      properties({{"TAGS", "TagA"}, {"WAIT", "false"}, {"CLUSTER", "forged"}, {"KEYS", "k"}});
  wanted.properties = text;
  ASSERT_EQ(send(wanted).code(), ResponseCode::Success);
  EXPECT_EQ(store.log().front().record().properties,
            properties({{"TAGS", "TagA"}, {"KEYS", "k"}, {"CLUSTER", "DefaultCluster"}}));
}

TEST_F(SendMessageProcessorTest, ChoosesAQueueWhenTheClientLeavesItOpen) {
  add_topic("T", 4);
  auto wanted = header("T");
  wanted.queueId = -1;
  const auto answer = send(wanted);
  EXPECT_EQ(answer.code(), ResponseCode::Success);
  EXPECT_EQ(answer.field("queueId"), std::to_string(store.log().front().queue_id));
  EXPECT_LT(store.log().front().queue_id, 4);
}

TEST_F(SendMessageProcessorTest, ChoosesNoQueueOfATopicThatIsDrained) {
  ASSERT_TRUE(topics.update({.topic_name = "T", .read_queue_nums = 4, .write_queue_nums = 0}));
  auto wanted = header("T");
  wanted.queueId = -1;
  EXPECT_EQ(send(wanted).code(), ResponseCode::NoPermission);
  wanted.queueId = 0;
  EXPECT_EQ(send(wanted).code(), ResponseCode::Success) << "of a client whose route is older";
}

TEST_F(SendMessageProcessorTest, RefusesAQueueThatTheTopicDoesNotHave) {
  add_topic("T", 4);
  auto wanted = header("T");
  wanted.queueId = 4;
  const auto answer = send(wanted);
  EXPECT_EQ(answer.code(), ResponseCode::SystemError);
  EXPECT_NE(answer.head.remark.find("request queueId[4] is illegal"), std::string::npos);
  EXPECT_EQ(answer.field("MSG_REGION"), "DefaultRegion") << "clients read it without a check";
}

TEST_F(SendMessageProcessorTest, MakesAnUnknownTopicOnItsFirstSend) {
  const auto answer = send(header("Fresh"));
  EXPECT_EQ(answer.code(), ResponseCode::Success);
  EXPECT_EQ(topics.shape_of("Fresh")->write_queue_nums, 4);
}

TEST_F(SendMessageProcessorTest, RefusesNamesThatCannotBeTopics) {
  for (const std::string name : {"", "../../etc/cron.d", "a b", "topic.with.dots"}) {
    EXPECT_EQ(send(header(name)).code(), ResponseCode::SystemError) << name;
  }
  EXPECT_EQ(send(header(std::string(128, 'a'))).code(), ResponseCode::SystemError);
  EXPECT_TRUE(store.log().empty());
}

TEST_F(SendMessageProcessorTest, RefusesTopicsOfTheSystem) {
  for (const std::string name :
       {"SCHEDULE_TOPIC_XXXX", "RMQ_SYS_TRANS_HALF_TOPIC", "RMQ_SYS_TRANS_OP_HALF_TOPIC",
        "TRANS_CHECK_MAX_TIME_TOPIC", "SELF_TEST_TOPIC", "OFFSET_MOVED_EVENT"}) {
    const auto answer = send(header(name));
    EXPECT_EQ(answer.code(), ResponseCode::NoPermission) << name;
    EXPECT_EQ(answer.head.remark, "Sending message to topic[" + name + "] is forbidden.");
  }
}

TEST_F(SendMessageProcessorTest, NamesTheFieldThatIsMissingOrMalformed) {
  auto request = remoting::make_request(RequestCode::SendMessage, header("T"), "x");
  request.ext_fields.set("queueId", "seven");
  EXPECT_NE(send(request).head.remark.find("queueId"), std::string::npos);
  auto empty = remoting::make_request(RequestCode::SendMessageV2, "x");
  const auto answer = send(std::move(empty));
  EXPECT_EQ(answer.code(), ResponseCode::SystemError);
  EXPECT_EQ(answer.field("TRACE_ON"), "true");
}

TEST_F(SendMessageProcessorTest, RefusesSendsBeforeTheConfiguredTime) {
  add_topic("T", 4);
  config.start_accept_send_request_time_stamp_ms = clock.now_ms() + 1;
  EXPECT_EQ(send(header("T")).code(), ResponseCode::SystemError);
  clock.advance(std::chrono::milliseconds(1));
  EXPECT_EQ(send(header("T")).code(), ResponseCode::Success);
}

TEST_F(SendMessageProcessorTest, RefusesOnlyOrderTopicsWhenTheBrokerIsNotWritable) {
  add_topic("T", 4);
  add_topic("Ordered", 4);
  topics.apply_order_topics({{"Ordered", "broker-a:4"}});
  config.broker_permission = 4;
  EXPECT_EQ(send(header("T")).code(), ResponseCode::Success);
  EXPECT_EQ(send(header("Ordered")).code(), ResponseCode::NoPermission);
}

TEST_F(SendMessageProcessorTest, TellsHowStoringWent) {
  add_topic("T", 4);
  const std::vector<std::pair<store::PutStatus, ResponseCode>> expected{
      {store::PutStatus::FlushDiskTimeout, ResponseCode::FlushDiskTimeout},
      {store::PutStatus::FlushSlaveTimeout, ResponseCode::FlushSlaveTimeout},
      {store::PutStatus::SlaveNotAvailable, ResponseCode::SlaveNotAvailable},
      {store::PutStatus::MessageIllegal, ResponseCode::MessageIllegal},
      {store::PutStatus::PropertiesSizeExceeded, ResponseCode::MessageIllegal},
      {store::PutStatus::ServiceNotAvailable, ResponseCode::ServiceNotAvailable},
      {store::PutStatus::CreateMappedFileFailed, ResponseCode::SystemError},
      {store::PutStatus::OsPageCacheBusy, ResponseCode::SystemBusy},
  };
  for (const auto& [status, code] : expected) {
    store.next_status = status;
    const auto answer = send(header("T"));
    EXPECT_EQ(answer.code(), code);
    const bool is_stored = status == store::PutStatus::FlushDiskTimeout ||
                           status == store::PutStatus::FlushSlaveTimeout ||
                           status == store::PutStatus::SlaveNotAvailable;
    EXPECT_EQ(answer.field("msgId") != "(none)", is_stored) << store::to_string(status);
  }
}

TEST_F(SendMessageProcessorTest, StoresABatchAtConsecutiveOffsets) {
  add_topic("T", 4);
  std::string body;
  for (const std::string text : {"one", "two", "three"}) {
    append_be<std::int32_t>(body, static_cast<std::int32_t>(22 + text.size()));
    append_be<std::int32_t>(body, 0);
    append_be<std::int32_t>(body, 0);
    append_be<std::int32_t>(body, 0);
    append_be<std::int32_t>(body, static_cast<std::int32_t>(text.size()));
    body += text;
    append_be<std::int16_t>(body, 0);
  }
  const auto compact = remoting::SendMessageRequestHeaderV2::compact(header("T"));
  const auto answer = send(remoting::make_request(RequestCode::SendBatchMessage, compact, body));
  EXPECT_EQ(answer.code(), ResponseCode::Success);
  EXPECT_EQ(answer.field("queueOffset"), "0");
  EXPECT_EQ(answer.field("msgId").size(), 3 * 32U + 2);
  ASSERT_EQ(store.log().size(), 3U);
  EXPECT_EQ(store.log()[2].record().body, "three");
}

TEST_F(SendMessageProcessorTest, RefusesBatchesThatAreDelayedOrRetriesOrTransactions) {
  add_topic("T", 4);
  auto wanted = header("T");
  wanted.batch = true;
  const std::string delayed = properties({{"DELAY", "3"}});
  wanted.properties = delayed;
  EXPECT_EQ(send(wanted).code(), ResponseCode::MessageIllegal);
  wanted.properties = std::nullopt;
  wanted.sysFlag = 4;
  EXPECT_EQ(send(wanted).code(), ResponseCode::MessageIllegal);
  wanted = header("%RETRY%cg");
  wanted.batch = true;
  EXPECT_EQ(send(wanted).code(), ResponseCode::MessageIllegal);
}

TEST_F(SendMessageProcessorTest, KeepsADelayedMessageInTheScheduleTopic) {
  add_topic("T", 4);
  auto wanted = header("T");
  wanted.queueId = 3;
  const std::string delayed = properties({{"TAGS", "TagA"}, {"DELAY", "3"}});
  wanted.properties = delayed;
  const auto answer = send(wanted);
  EXPECT_EQ(answer.code(), ResponseCode::Success);
  EXPECT_EQ(answer.field("queueId"), "3") << "the producer is told the queue that it chose";
  const auto& stored = store.log().front();
  EXPECT_EQ(stored.topic, "SCHEDULE_TOPIC_XXXX");
  EXPECT_EQ(stored.queue_id, 2);
  EXPECT_EQ(stored.property("REAL_TOPIC"), "T");
  EXPECT_EQ(stored.property("REAL_QID"), "3");
  EXPECT_EQ(stored.property("DELAY"), "3");
}

TEST_F(SendMessageProcessorTest, TakesTheHighestLevelForOneThatIsTooHigh) {
  add_topic("T", 4);
  auto wanted = header("T");
  const std::string delayed = properties({{"DELAY", "99"}});
  wanted.properties = delayed;
  ASSERT_EQ(send(wanted).code(), ResponseCode::Success);
  EXPECT_EQ(store.log().front().queue_id, 17);
  EXPECT_EQ(store.log().front().property("DELAY"), "18");
}

TEST_F(SendMessageProcessorTest, SendsARetryThatIsUsedUpToTheDeadLetters) {
  auto wanted = header("%RETRY%cg");
  wanted.reconsumeTimes = 15;
  const std::string delayed = properties({{"DELAY", "18"}});
  wanted.properties = delayed;
  ASSERT_EQ(send(wanted).code(), ResponseCode::Success);
  EXPECT_EQ(store.log().back().topic, "SCHEDULE_TOPIC_XXXX");
  wanted.reconsumeTimes = 16;
  ASSERT_EQ(send(wanted).code(), ResponseCode::Success);
  EXPECT_EQ(store.log().back().topic, "%DLQ%cg") << "without a further delay";
  EXPECT_EQ(topics.shape_of("%DLQ%cg")->perm, 6);
}

TEST_F(SendMessageProcessorTest, CountsRetriesByTheClientsLimitWhenItIsRecentEnough) {
  auto wanted = header("%RETRY%cg");
  wanted.reconsumeTimes = 3;
  wanted.maxReconsumeTimes = 3;
  ASSERT_EQ(send(wanted, "x", 78).code(), ResponseCode::Success);
  EXPECT_EQ(store.log().back().topic, "%RETRY%cg") << "a 3.2.6 client's field does not count";
  ASSERT_EQ(send(wanted, "x", 121).code(), ResponseCode::Success);
  EXPECT_EQ(store.log().back().topic, "%DLQ%cg");
}

TEST_F(SendMessageProcessorTest, RefusesARetryOfAGroupThatMayNotBeMade) {
  config.auto_create_subscription_group = false;
  EXPECT_EQ(send(header("%RETRY%cg")).code(), ResponseCode::SubscriptionGroupNotExist);
}

TEST_F(SendMessageProcessorTest, RefusesTransactionsWhenTheyAreSwitchedOff) {
  add_topic("T", 4);
  config.reject_transaction_message = true;
  auto wanted = header("T");
  wanted.sysFlag = 4;
  const std::string half = properties({{"TRAN_MSG", "true"}});
  wanted.properties = half;
  EXPECT_EQ(send(wanted).code(), ResponseCode::NoPermission);
}

TEST_F(SendMessageProcessorTest, RepliesToTheSendThatMadeATopicWhenNameServersKnowIt) {
  topics.waits().expect_registrations();
  const auto post = [this](std::string_view topic) {
    return ask([this](const auto& context, auto& command,
                      auto reply) { processor.process(context, command, std::move(reply)); },
               remoting::make_request(RequestCode::SendMessage, header(topic), std::string("x")));
  };
  EXPECT_FALSE(post("New"));
  EXPECT_EQ(store.messages_of("New").size(), 1) << "the message itself waits for nothing";
  topics.waits().known(topics.change());
  ASSERT_EQ(sink->answers.size(), 1);
  EXPECT_EQ(sink->answers[0].code(), ResponseCode::Success);
  EXPECT_EQ(sink->answers[0].field("queueOffset"), "0");
  EXPECT_TRUE(post("New")) << "it is known by now";
}

TEST_F(SendMessageProcessorTest, ChoosesAQueueThatIsRead) {
  ASSERT_TRUE(topics.update({.topic_name = "T", .read_queue_nums = 2, .write_queue_nums = 8}));
  auto wanted = header("T");
  wanted.queueId = -1;
  for (int i = 0; i < 40; ++i) EXPECT_LT(std::stoi(send(wanted).field("queueId")), 2);
}

TEST_F(SendMessageProcessorTest, RefusesADelayThatIsNoNumber) {
  add_topic("T", 4);
  for (const std::string delay : {"abc", "3.5", "99999999999", " 3", "0x3", "+-3", "+",
                                  "4Agent-Flags\x01"
                                  "0"}) {
    auto wanted = header("T");
    const std::string text = properties({{"DELAY", delay}});
    wanted.properties = text;
    const auto answer = send(wanted);
    EXPECT_EQ(answer.code(), ResponseCode::SystemError) << delay;
    EXPECT_NE(answer.head.remark.find(delay), std::string::npos) << answer.head.remark;
  }
  EXPECT_TRUE(store.log().empty());
}

TEST_F(SendMessageProcessorTest, ReadsADelayAsJavaDoes) {
  add_topic("T", 4);
  const std::vector<std::pair<std::string, std::string>> topics_of{{"+3", "SCHEDULE_TOPIC_XXXX"},
                                                                   {"03", "SCHEDULE_TOPIC_XXXX"},
                                                                   {"99", "SCHEDULE_TOPIC_XXXX"},
                                                                   {"0", "T"},
                                                                   {"-1", "T"},
                                                                   {"", "T"}};
  for (const auto& [delay, topic] : topics_of) {
    auto wanted = header("T");
    const std::string text = properties({{"DELAY", delay}});
    wanted.properties = text;
    EXPECT_EQ(send(wanted).code(), ResponseCode::Success) << delay;
    EXPECT_EQ(store.log().back().topic, topic) << delay;
  }
}

}  // namespace
}  // namespace rocketmq::broker::test
