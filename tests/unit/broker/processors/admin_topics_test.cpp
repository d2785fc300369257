#include "processors/admin_topics.hpp"

#include "admin_fixture.hpp"
#include "rocketmq/common/atomic_file.hpp"
#include "rocketmq/protocol/group_headers.hpp"

namespace rocketmq::broker::test {
namespace {

using remoting::TopicRequestHeader;

class AdminTopicsTest : public AdminFixture {
 protected:
  Answer create(remoting::CreateTopicRequestHeader header) {
    return ask(processor, &AdminTopicsProcessor::update_topic, header);
  }
  Answer create_all(const std::string& body) {
    return ask(processor, &AdminTopicsProcessor::update_topics,
               remoting::make_request(remoting::RequestCode::UpdateAndCreateTopicList, body));
  }
  AdminTopicsProcessor processor{{.topics = topics,
                                  .offsets = offsets,
                                  .reader = store,
                                  .administration = store,
                                  .stats = stats,
                                  .held = held}};
};

TEST_F(AdminTopicsTest, MakesAndChangesATopic) {
  EXPECT_EQ(create({.topic = "T", .readQueueNums = 3, .writeQueueNums = 5}).code(),
            ResponseCode::Success);
  EXPECT_EQ(topics.shape_of("T")->write_queue_nums, 5);
  EXPECT_EQ(create({.topic = "T", .readQueueNums = 6, .writeQueueNums = 6, .perm = 4}).code(),
            ResponseCode::Success);
  EXPECT_EQ(topics.shape_of("T")->perm, 4);
}

TEST_F(AdminTopicsTest, RefusesAbsurdTopics) {
  EXPECT_EQ(create({.topic = "T", .readQueueNums = -1}).code(), ResponseCode::SystemError);
  EXPECT_EQ(create({.topic = "T", .writeQueueNums = 2'000'000'000}).code(),
            ResponseCode::SystemError);
  EXPECT_EQ(create({.topic = "T", .perm = 8}).code(), ResponseCode::SystemError);
  EXPECT_EQ(create({.topic = "T", .topicFilterType = "NONE"}).code(), ResponseCode::SystemError);
  EXPECT_EQ(create({.topic = "../T"}).code(), ResponseCode::SystemError);
  EXPECT_EQ(create({.topic = "TBW102"}).code(), ResponseCode::SystemError);
  EXPECT_FALSE(topics.shape_of("T"));
}

TEST_F(AdminTopicsTest, MakesSeveralTopicsAtOnce) {
  const auto before = topics.data_version();
  EXPECT_EQ(create_all(R"({"topicConfigList":[)"
                       R"({"topicName":"A","readQueueNums":3,"writeQueueNums":5,"perm":4},)"
                       R"({"topicName":"B","topicFilterType":"MULTI_TAG"}]})")
                .code(),
            ResponseCode::Success);
  EXPECT_EQ(topics.shape_of("A")->write_queue_nums, 5);
  EXPECT_EQ(topics.shape_of("A")->perm, 4);
  EXPECT_EQ(topics.find("B")->topic_filter_type, TopicFilterType::MultiTag);
  EXPECT_EQ(topics.data_version().counter, before.counter + 1) << "one change";
}

TEST_F(AdminTopicsTest, MakesNoneOfSeveralTopicsWhenOneIsRefused) {
  for (const std::string other :
       {R"({"topicName":"../T"})", R"({"topicName":"TBW102"})", R"({"topicName":"B","perm":8})",
        R"({"topicName":"B","readQueueNums":-1})", R"({})", "7"}) {
    EXPECT_EQ(create_all(R"({"topicConfigList":[{"topicName":"A"},)" + other + "]}").code(),
              ResponseCode::SystemError)
        << other;
  }
  for (const std::string body : {"", "[]", "{}", R"({"topicConfigList":[]})"})
    EXPECT_EQ(create_all(body).code(), ResponseCode::SystemError) << body;
  EXPECT_FALSE(topics.shape_of("A"));
}

TEST_F(AdminTopicsTest, ATopicWithoutWriteQueuesIsDrained) {
  add_topic("T", 4);
  EXPECT_EQ(create({.topic = "T", .readQueueNums = 4, .writeQueueNums = 0}).code(),
            ResponseCode::Success);
  EXPECT_EQ(topics.shape_of("T")->write_queue_nums, 0);
  EXPECT_EQ(topics.shape_of("T")->read_queue_nums, 4);
}

TEST_F(AdminTopicsTest, DeletesATopicWithItsQueuesOffsetsAndStatistics) {
  add_topic("T", 1);
  stats.tick();
  put("T", 0);
  commit("cg", "T", 0, 1);
  ASSERT_TRUE(offsets.flush());
  clock.advance(BrokerStatsManager::tick_period);
  stats.tick();
  ASSERT_TRUE(stats.view("TOPIC_PUT_NUMS", "T"));

  EXPECT_EQ(
      ask(processor, &AdminTopicsProcessor::delete_topic, TopicRequestHeader{.topic = "T"}).code(),
      ResponseCode::Success);
  EXPECT_FALSE(topics.shape_of("T"));
  EXPECT_EQ(store.queue_bounds("T", 0).max_offset, 0);
  EXPECT_EQ(committed("cg", "T", 0), -1);
  EXPECT_EQ(rocketmq::read_file(directory.path() / "consumerOffset.json")->value().find("T@cg"),
            std::string::npos)
      << "a kill does not bring them back";
  EXPECT_FALSE(stats.view("TOPIC_PUT_NUMS", "T"));
  EXPECT_EQ(
      ask(processor, &AdminTopicsProcessor::delete_topic, TopicRequestHeader{.topic = "T"}).code(),
      ResponseCode::Success)
      << "what is not there is gone";
}

TEST_F(AdminTopicsTest, KeepsTheTopicsOfTheSystem) {
  for (const std::string name :
       {"TBW102", "SCHEDULE_TOPIC_XXXX", "broker-a", "DefaultCluster_REPLY_TOPIC"}) {
    EXPECT_EQ(ask(processor, &AdminTopicsProcessor::delete_topic, TopicRequestHeader{.topic = name})
                  .code(),
              ResponseCode::SystemError);
    EXPECT_TRUE(topics.shape_of(name)) << name;
  }
  EXPECT_EQ(ask(processor, &AdminTopicsProcessor::delete_topic, TopicRequestHeader{.topic = "a/b"})
                .code(),
            ResponseCode::SystemError);
}

TEST_F(AdminTopicsTest, ListsTheTopicsOfTheSystem) {
  add_topic("T", 1);
  const auto names = parse(
      ask(processor, &AdminTopicsProcessor::system_topics, remoting::NoHeader{}).body)["topicList"];
  for (const std::string name :
       {"TBW102", "SELF_TEST_TOPIC", "BenchmarkTest", "OFFSET_MOVED_EVENT", "SCHEDULE_TOPIC_XXXX",
        "broker-a", "DefaultCluster", "DefaultCluster_REPLY_TOPIC", "TRANS_CHECK_MAX_TIME_TOPIC",
        "RMQ_SYS_TRANS_HALF_TOPIC"}) {
    EXPECT_NE(std::find(names.begin(), names.end(), name), names.end()) << name;
  }
  EXPECT_EQ(std::find(names.begin(), names.end(), "T"), names.end());
}

TEST_F(AdminTopicsTest, TellsOneTopic) {
  add_topic("T", 3);
  const auto answer =
      ask(processor, &AdminTopicsProcessor::topic_config, TopicRequestHeader{.topic = "T"});
  EXPECT_EQ(parse(answer.body)["readQueueNums"], 3);
  EXPECT_EQ(
      ask(processor, &AdminTopicsProcessor::topic_config, TopicRequestHeader{.topic = "U"}).code(),
      ResponseCode::TopicNotExist);
}

TEST_F(AdminTopicsTest, CleansQueuesOfUnknownTopicsOnly) {
  add_topic("T", 1);
  put("T", 0);
  put("Gone", 0);
  put("RMQ_SYS_TRANS_HALF_TOPIC", 1);
  commit("cg", "Gone", 0, 1);
  EXPECT_EQ(ask(processor, &AdminTopicsProcessor::clean_unused, remoting::NoHeader{}).code(),
            ResponseCode::Success);
  EXPECT_EQ(store.queue_bounds("Gone", 0).max_offset, 0);
  EXPECT_EQ(committed("cg", "Gone", 0), -1);
  EXPECT_EQ(store.queue_bounds("T", 0).max_offset, 1);
  EXPECT_EQ(store.queue_bounds("RMQ_SYS_TRANS_HALF_TOPIC", 1).max_offset, 1);
}

TEST_F(AdminTopicsTest, KeepsTheQueuesOfARenamedTraceTopic) {
  config.trace_topic_enable = true;
  config.msg_trace_topic_name = "Trace";
  put("Trace", 0);
  EXPECT_EQ(ask(processor, &AdminTopicsProcessor::clean_unused, remoting::NoHeader{}).code(),
            ResponseCode::Success);
  EXPECT_EQ(store.queue_bounds("Trace", 0).max_offset, 1);
}

TEST_F(AdminTopicsTest, RepliesWhenNameServersKnowWhatHasChanged) {
  topics.waits().expect_registrations();
  const auto post = [this](auto function, const auto& header) {
    return BrokerFixture::ask(
        [&](const auto& context, auto& command, auto reply) {
          (processor.*function)(context, command, std::move(reply));
        },
        remoting::make_request(remoting::RequestCode::UpdateAndCreateTopic, header));
  };
  const remoting::CreateTopicRequestHeader create{
      .topic = "T", .defaultTopic = "TBW102", .readQueueNums = 4, .writeQueueNums = 4};
  EXPECT_FALSE(post(&AdminTopicsProcessor::update_topic, create));
  topics.waits().known(topics.change());
  EXPECT_EQ(sink->answers.size(), 1);
  EXPECT_FALSE(post(&AdminTopicsProcessor::delete_topic, TopicRequestHeader{.topic = "T"}))
      << "no registration with the topic may come after its deletion on the name servers";
  topics.waits().known(topics.change());
  EXPECT_EQ(sink->answers.size(), 1);
}

}  // namespace
}  // namespace rocketmq::broker::test
