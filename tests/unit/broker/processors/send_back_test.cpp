#include "processors/send_back.hpp"

#include "fixture.hpp"
#include "rocketmq/common/message_id.hpp"

namespace rocketmq::broker::test {
namespace {

class SendBackProcessorTest : public BrokerFixture {
 protected:
  SendBackProcessor processor{config, delay_levels, topics, groups, store, store, set_aside, stats};

  Answer send_back(const remoting::ConsumerSendMsgBackRequestHeader& header,
                   std::int32_t version = 409) {
    auto request = remoting::make_request(remoting::RequestCode::ConsumerSendMsgBack, header);
    request.version = version;
    return ask([&](const auto& context, auto& command,
                   auto reply) { processor.process(context, command, std::move(reply)); },
               std::move(request))
        .value();
  }
  std::int64_t put(std::int32_t reconsume_times, const std::string& properties = {}) {
    std::int64_t offset = -1;
    store.put({.topic = "T",
               .queue_id = 2,
               .flag = 9,
               .born_timestamp_ms = 5,
               .reconsume_times = reconsume_times,
               .body = "x",
               .properties = properties},
              [&](const store::PutResult& result) { offset = result.physical_offset; });
    return offset;
  }
};

TEST_F(SendBackProcessorTest, SchedulesTheFirstRetryAfterTenSeconds) {
  const auto offset = put(0);
  EXPECT_EQ(send_back({.offset = offset, .group = "cg", .delayLevel = 0}).code(),
            ResponseCode::Success);
  const auto& stored = store.log().back();
  EXPECT_EQ(stored.topic, "SCHEDULE_TOPIC_XXXX");
  EXPECT_EQ(stored.queue_id, 2) << "level 3";
  EXPECT_EQ(stored.property("REAL_TOPIC"), "%RETRY%cg");
  EXPECT_EQ(stored.property("RETRY_TOPIC"), "T");
  EXPECT_EQ(stored.property("ORIGIN_MESSAGE_ID"), encode_offset_message_id(Endpoint{}, offset));
  EXPECT_EQ(stored.record().reconsume_times, 1);
  EXPECT_EQ(stored.record().flag, 9);
  EXPECT_EQ(stored.record().born_timestamp_ms, 5);
  EXPECT_TRUE(topics.shape_of("%RETRY%cg"));
}

TEST_F(SendBackProcessorTest, WaitsLongerWithEachRetryAndKeepsTheOrigin) {
  std::string properties;
  append_property(properties, property::retry_topic, "Original");
  append_property(properties, property::origin_message_id, "ID");
  append_property(properties, property::delay_level, "4");
  ASSERT_EQ(send_back({.offset = put(2, properties), .group = "cg", .delayLevel = 0}).code(),
            ResponseCode::Success);
  const auto& stored = store.log().back();
  EXPECT_EQ(stored.property("DELAY"), "5");
  EXPECT_EQ(stored.property("RETRY_TOPIC"), "Original");
  EXPECT_EQ(stored.property("ORIGIN_MESSAGE_ID"), "ID");
  ASSERT_EQ(send_back({.offset = put(0), .group = "cg", .delayLevel = 7}).code(),
            ResponseCode::Success);
  EXPECT_EQ(store.log().back().property("DELAY"), "7") << "the consumer may choose";
}

TEST_F(SendBackProcessorTest, GivesUpAfterTheLastRetry) {
  ASSERT_EQ(send_back({.offset = put(15), .group = "cg", .delayLevel = 0}).code(),
            ResponseCode::Success);
  EXPECT_EQ(store.log().back().property("DELAY"), "18");
  ASSERT_EQ(send_back({.offset = put(16), .group = "cg", .delayLevel = 0}).code(),
            ResponseCode::Success);
  EXPECT_EQ(store.log().back().topic, "%DLQ%cg");
  EXPECT_EQ(store.log().back().property("DELAY"), "");
  ASSERT_EQ(send_back({.offset = put(0), .group = "cg", .delayLevel = -1}).code(),
            ResponseCode::Success);
  EXPECT_EQ(store.log().back().topic, "%DLQ%cg") << "a negative level asks for it";
  ASSERT_EQ(
      send_back({.offset = put(2), .group = "cg", .delayLevel = 0, .maxReconsumeTimes = 2}).code(),
      ResponseCode::Success);
  EXPECT_EQ(store.log().back().topic, "%DLQ%cg") << "the client's limit";
}

TEST_F(SendBackProcessorTest, SaysWhatIsWrong) {
  EXPECT_EQ(send_back({.offset = 7, .group = "cg", .delayLevel = 0}).head.remark,
            "look message by offset failed, 7");
  EXPECT_EQ(send_back({.offset = put(0), .group = "../cg", .delayLevel = 0}).code(),
            ResponseCode::SystemError);
  ASSERT_TRUE(groups.update({.group_name = "none", .retry_queue_nums = 0}));
  const auto before = store.log().size();
  EXPECT_EQ(send_back({.offset = 7, .group = "none", .delayLevel = 0}).code(),
            ResponseCode::Success);
  EXPECT_EQ(store.log().size(), before) << "a group without retries";
  config.auto_create_subscription_group = false;
  EXPECT_EQ(send_back({.offset = 7, .group = "unknown", .delayLevel = 0}).code(),
            ResponseCode::SubscriptionGroupNotExist);
  config.broker_permission = 4;
  EXPECT_EQ(send_back({.offset = 7, .group = "none", .delayLevel = 0}).code(),
            ResponseCode::NoPermission);
}

TEST_F(SendBackProcessorTest, UsesTheQueuesThatTheGroupIsSetToAfterTheyWereRaised) {
  ASSERT_TRUE(groups.update({.group_name = "cg", .retry_queue_nums = 1}));
  ASSERT_EQ(send_back({.offset = put(0), .group = "cg"}).code(), ResponseCode::Success);
  ASSERT_EQ(topics.shape_of("%RETRY%cg")->read_queue_nums, 1);
  ASSERT_TRUE(groups.update({.group_name = "cg", .retry_queue_nums = 4}));
  for (int i = 0; i < 40; ++i)
    ASSERT_EQ(send_back({.offset = put(0), .group = "cg"}).code(), ResponseCode::Success);
  EXPECT_EQ(topics.shape_of("%RETRY%cg")->read_queue_nums, 4);
  EXPECT_EQ(topics.shape_of("%RETRY%cg")->write_queue_nums, 4);
}

TEST_F(SendBackProcessorTest, ChoosesOnlyQueuesThatAreRead) {
  ASSERT_TRUE(groups.update({.group_name = "cg", .retry_queue_nums = 4}));
  ASSERT_TRUE(
      topics.update({.topic_name = "%RETRY%cg", .read_queue_nums = 8, .write_queue_nums = 8}));
  ASSERT_TRUE(
      topics.update({.topic_name = "%DLQ%cg", .read_queue_nums = 1, .write_queue_nums = 8}));
  for (int i = 0; i < 40; ++i) {
    ASSERT_EQ(send_back({.offset = put(0), .group = "cg"}).code(), ResponseCode::Success);
    EXPECT_LT(std::stoi(store.log().back().property("REAL_QID")), 4);
    ASSERT_EQ(send_back({.offset = put(16), .group = "cg"}).code(), ResponseCode::Success);
    EXPECT_EQ(store.log().back().topic, "%DLQ%cg");
    EXPECT_EQ(store.log().back().queue_id, 0);
  }
}

TEST_F(SendBackProcessorTest, RepliesWhenNameServersKnowTheRetryTopic) {
  topics.waits().expect_registrations();
  auto request = remoting::make_request(
      remoting::RequestCode::ConsumerSendMsgBack,
      remoting::ConsumerSendMsgBackRequestHeader{.offset = put(0), .group = "cg"});
  const auto early = ask([&](const auto& context, auto& command,
                             auto reply) { processor.process(context, command, std::move(reply)); },
                         std::move(request));
  EXPECT_FALSE(early);
  topics.waits().known(topics.change());
  EXPECT_EQ(sink->answers.size(), 1);
}

TEST_F(SendBackProcessorTest, MakesAMessageWithFullPropertiesADeadLetterAsItIs) {
  std::string full;
  append_property(full, "PAD", "");
  full.insert(full.size() - 1, properties_bytes_max - full.size(), 'p');
  for (const std::int32_t level : {1, -1}) {
    EXPECT_EQ(send_back({.offset = put(2, full), .group = "cg", .delayLevel = level}).code(),
              ResponseCode::Success);
    const auto& stored = store.log().back();
    EXPECT_EQ(stored.topic, "%DLQ%cg");
    EXPECT_EQ(stored.record().properties, full);
    EXPECT_EQ(stored.record().reconsume_times, 3);
  }
  EXPECT_EQ(set_aside.count(), 2);
}

TEST_F(SendBackProcessorTest, TakesBackAMessageLargerThanALoweredLimit) {
  const auto offset = put(0);
  store.max_message_size = 0;
  EXPECT_EQ(send_back({.offset = offset, .group = "cg", .delayLevel = 1}).code(),
            ResponseCode::Success);
  EXPECT_EQ(store.log().back().topic, "SCHEDULE_TOPIC_XXXX");
}

}  // namespace
}  // namespace rocketmq::broker::test
