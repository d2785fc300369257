#include "topics/topic_config_manager.hpp"

#include <fstream>
#include <nlohmann/json.hpp>

#include "fixture.hpp"
#include "limits.hpp"
#include "rocketmq/common/fastjson.hpp"
#include "rocketmq/common/sys_flag.hpp"

namespace rocketmq::broker::test {
namespace {

class TopicConfigManagerTest : public BrokerFixture {
 protected:
  /// The manager as it is after a restart.
  std::unique_ptr<TopicConfigManager> restarted() {
    auto again =
        std::make_unique<TopicConfigManager>(config, clock, directory.path() / "topics.json");
    EXPECT_TRUE(again->load());
    return again;
  }
  void write(const std::string& name, const std::string& text) {
    std::ofstream(directory.path() / name, std::ios::trunc) << text;
  }
};

TEST_F(TopicConfigManagerTest, MakesTheTopicsThatEveryBrokerHas) {
  EXPECT_EQ(topics.shape_of("TBW102")->write_queue_nums, 8);
  EXPECT_EQ(topics.shape_of("TBW102")->perm, 7);
  EXPECT_EQ(topics.shape_of("BenchmarkTest")->read_queue_nums, 1024);
  EXPECT_EQ(topics.shape_of("DefaultCluster")->perm, 7);
  EXPECT_EQ(topics.shape_of("DefaultCluster")->read_queue_nums, 16);
  EXPECT_EQ(topics.shape_of("broker-a")->read_queue_nums, 1);
  EXPECT_EQ(topics.shape_of("SCHEDULE_TOPIC_XXXX")->read_queue_nums, 18);
  EXPECT_EQ(topics.shape_of("DefaultCluster_REPLY_TOPIC")->read_queue_nums, 1);
  EXPECT_TRUE(topics.shape_of("SELF_TEST_TOPIC"));
  EXPECT_TRUE(topics.shape_of("OFFSET_MOVED_EVENT"));
  EXPECT_FALSE(topics.shape_of("RMQ_SYS_TRACE_TOPIC")) << "traceTopicEnable is off";
}

TEST_F(TopicConfigManagerTest, AStrangersSendsMakeNoMoreTopicsThanTheirShareOfAMinute) {
  config.auto_create_topics_per_minute = 8;
  const Endpoint greedy = Endpoint::v4(10, 0, 0, 7, 40'000);
  const Endpoint honest = Endpoint::v4(10, 0, 0, 8, 40'000);
  const auto make = [this](const std::string& topic, const Endpoint& sender) {
    return topics.find_or_create_for_send(topic, "TBW102", 4, 0, &sender);
  };
  EXPECT_TRUE(make("A", greedy));
  EXPECT_TRUE(make("B", greedy));
  const auto refused = make("C", greedy);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ResponseCode::SystemError);
  EXPECT_NE(refused.error().remark.find("autoCreateTopicsPerMinute"), std::string::npos)
      << refused.error().remark;
  EXPECT_TRUE(make("A", greedy)) << "a topic that exists";
  EXPECT_TRUE(make("C", honest)) << "the greedy one has only its share";
  EXPECT_EQ(runtime_info_of(topics)["topicsNotMade"], "1");
  clock.advance(std::chrono::minutes(1));
  EXPECT_TRUE(make("D", greedy));
}

TEST_F(TopicConfigManagerTest, AStrangersSendsMakeNoTopicBeyondTheConfiguredNumber) {
  config.auto_create_topics_max = static_cast<std::int32_t>(topics.size()) + 1;
  const Endpoint stranger = Endpoint::v4(10, 0, 0, 7, 40'000);
  const Endpoint local = Endpoint::v4(127, 0, 0, 1, 40'000);
  EXPECT_TRUE(topics.find_or_create_for_send("A", "TBW102", 4, 0, &stranger));
  const auto refused = topics.find_or_create_for_send("B", "TBW102", 4, 0, &stranger);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().remark.find("autoCreateTopicsMax"), std::string::npos)
      << refused.error().remark;
  EXPECT_TRUE(topics.find_or_create_for_send("B", "TBW102", 4, 0, &local))
      << "who may make topics by request may make them by sending";
  config.acl_enable = true;
  EXPECT_FALSE(topics.find_or_create_for_send("C", "TBW102", 4, 0, &local))
      << "accounts decide then, and this one is not known here";
}

TEST_F(TopicConfigManagerTest, AStrangersSendsLeaveRoomToOtherAddresses) {
  config.auto_create_topics_max = static_cast<std::int32_t>(topics.size()) + 4;
  const Endpoint greedy = Endpoint::v4(10, 0, 0, 7, 40'000);
  const Endpoint honest = Endpoint::v4(10, 0, 0, 8, 40'000);
  const auto make = [this](const std::string& topic, const Endpoint& sender) {
    return topics.find_or_create_for_send(topic, "TBW102", 4, 0, &sender);
  };
  EXPECT_TRUE(make("A", greedy));
  EXPECT_TRUE(make("B", greedy));
  const auto refused = make("C", greedy);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().remark.find("autoCreateTopicsMax"), std::string::npos)
      << refused.error().remark;
  for (const char* group : {"%RETRY%a", "%RETRY%b", "%DLQ%a"})
    EXPECT_TRUE(topics.find_or_create(group, 1, 6)) << "topics of groups take none of the places";
  EXPECT_TRUE(make("C", honest));
  EXPECT_TRUE(topics.remove("A"));
  EXPECT_TRUE(make("D", greedy)) << "it has given one back";
}

TEST_F(TopicConfigManagerTest, MakesATopicFromItsTemplateWithNoMoreQueuesThanTheClientWants) {
  const auto four = topics.find_or_create_for_send("Orders", "TBW102", 4, 0);
  ASSERT_TRUE(four);
  EXPECT_EQ(four->write_queue_nums, 4);
  EXPECT_EQ(four->read_queue_nums, 4);
  EXPECT_EQ(four->perm, 6) << "the inherit bit stays with the template";
  EXPECT_EQ(topics.find_or_create_for_send("Many", "TBW102", 1'000, 0)->write_queue_nums, 8);
  EXPECT_EQ(topics.find_or_create_for_send("None", "TBW102", -5, 0)->write_queue_nums, 1);
}

TEST_F(TopicConfigManagerTest, MakesNoTopicWithoutAnInheritableTemplate) {
  const auto refused = topics.find_or_create_for_send("Orders", "SELF_TEST_TOPIC", 4, 0);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ResponseCode::TopicNotExist);
  EXPECT_EQ(refused.error().remark, "topic[Orders] not exist, apply first please!");
  EXPECT_FALSE(topics.find_or_create_for_send("Orders", "Unknown", 4, 0));
}

TEST_F(TopicConfigManagerTest, MakesNoTopicWhenAutomaticCreationIsOff) {
  config.auto_create_topic_enable = false;
  EXPECT_FALSE(topics.find_or_create_for_send("Orders", "TBW102", 4, 0));
  EXPECT_EQ(topics.find_or_create_for_send("%RETRY%g", "TBW102", 4, 0)->write_queue_nums, 1)
      << "retry topics are made all the same";
}

TEST_F(TopicConfigManagerTest, KeepsItsTopicsAndTheirVersionOverARestart) {
  add_topic("Orders", 3, 4);
  const auto again = restarted();
  EXPECT_EQ(again->find("Orders"), topics.find("Orders"));
  EXPECT_EQ(again->data_version(), topics.data_version());
  EXPECT_EQ(again->size(), topics.size());
}

TEST_F(TopicConfigManagerTest, LeavesSavingANewTopicToTheSaver) {
  ASSERT_TRUE(topics.find_or_create("Orders", 4, perm::read_write));
  EXPECT_FALSE(restarted()->shape_of("Orders")) << "the thread of a send waits for no disk";
  topics.file().tick();
  EXPECT_TRUE(restarted()->shape_of("Orders"));
}

TEST_F(TopicConfigManagerTest, LoadsTheBackupWhenTheFileIsDamaged) {
  add_topic("First", 3);
  add_topic("Second", 3);
  write("topics.json", "{\"topicConfigTable\":{\"Second\"");
  const auto again = restarted();
  EXPECT_TRUE(again->shape_of("First"));
}

TEST_F(TopicConfigManagerTest, IgnoresNamesInTheFileThatLeaveTheStoreDirectory) {
  write("topics.json",
        R"({"topicConfigTable":{"../../etc":{"topicName":"../../etc"},"Good":{"perm":6}}})");
  const auto again = restarted();
  EXPECT_FALSE(again->shape_of("../../etc"));
  ASSERT_TRUE(again->find("Good"));
  EXPECT_EQ(again->find("Good")->topic_name, "Good");
}

TEST_F(TopicConfigManagerTest, RaisesItsVersionAndTellsWithEachChange) {
  int changes = 0;
  topics.on_change([&] { ++changes; });
  const auto before = topics.data_version();
  add_topic("Orders", 4);
  EXPECT_EQ(topics.data_version().counter, before.counter + 1);
  ASSERT_TRUE(topics.find_or_create_for_send("Orders", "TBW102", 4, 0));
  EXPECT_EQ(changes, 1) << "the topic was there already";
  const auto removed = topics.remove("Orders");
  EXPECT_EQ(removed, topics.change());
  EXPECT_EQ(topics.remove("Orders"), std::nullopt);
  EXPECT_EQ(changes, 2);
}

TEST_F(TopicConfigManagerTest, TellsWhatHasChangedSinceAChange) {
  add_topic("Old", 4);
  const auto before = topics.change();
  add_topic("New", 4);
  ASSERT_TRUE(topics.grow("Old", 8));
  add_topic("Gone", 4);
  ASSERT_TRUE(topics.remove("Gone").value());
  const auto changes = topics.changes_since(before);
  EXPECT_FALSE(changes.is_whole_table);
  EXPECT_EQ(changes.change, topics.change());
  EXPECT_EQ(changes.topics.data_version, topics.data_version());
  ASSERT_EQ(changes.topics.topic_config_table.size(), 2);
  EXPECT_EQ(changes.topics.topic_config_table.at("Old").read_queue_nums, 8);
  EXPECT_TRUE(changes.topics.topic_config_table.contains("New"));
  EXPECT_TRUE(topics.changes_since(topics.change()).topics.topic_config_table.empty());

  topics.touch_all();
  EXPECT_TRUE(topics.changes_since(before).is_whole_table);
}

TEST_F(TopicConfigManagerTest, LeavesTheChangeThatMadeATopicWhenTheTopicIsChanged) {
  add_topic("Orders", 4);
  const auto made = topics.shape_of("Orders")->change;
  EXPECT_EQ(made, topics.change());
  ASSERT_TRUE(topics.grow("Orders", 8));
  add_topic("Orders", 16);
  topics.apply_order_topics({{"Orders", "broker:16"}});
  EXPECT_GT(topics.change(), made);
  EXPECT_EQ(topics.shape_of("Orders")->change, made);
  ASSERT_TRUE(topics.remove("Orders"));
  add_topic("Orders", 4);
  EXPECT_EQ(topics.shape_of("Orders")->change, topics.change());
}

TEST_F(TopicConfigManagerTest, GrowsATopicButNeverShrinksIt) {
  add_topic("Orders", 2);
  EXPECT_EQ(topics.grow("Orders", 5)->read_queue_nums, 5);
  EXPECT_EQ(topics.grow("Orders", 3)->write_queue_nums, 5);
  EXPECT_FALSE(topics.grow("Unknown", 3));
  topics.file().tick();
  EXPECT_EQ(restarted()->find("Orders")->read_queue_nums, 5);
}

TEST_F(TopicConfigManagerTest, KnowsHowLargeItsTableIsAsJson) {
  add_topic("Orders", 16);
  const auto actual = dump_json(nlohmann::json(topics.snapshot())).size();
  EXPECT_NEAR(static_cast<double>(topics.json_bytes()), static_cast<double>(actual),
              static_cast<double>(actual) / 10);
  const auto before = topics.json_bytes();
  add_topic("Gone", 16);
  add_topic("Gone", 8);
  ASSERT_TRUE(topics.remove("Gone").value());
  EXPECT_EQ(topics.json_bytes(), before);
}

TEST_F(TopicConfigManagerTest, MakesNoTopicByItselfOnceTheTableFillsAFrame) {
  fill_topic_table();
  const auto refused = topics.find_or_create_for_send("Orders", "TBW102", 4, 0);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ResponseCode::SystemError);
  EXPECT_FALSE(topics.find_or_create("%RETRY%cg", 1, 6));
  EXPECT_TRUE(topics.find_or_create("RMQ_SYS_TRANS_HALF_TOPIC", 1, 6)) << "the broker's own";
  add_topic("Orders", 4);
  EXPECT_TRUE(topics.find_or_create_for_send("Orders", "TBW102", 4, 0));
}

TEST(QueueThatIsRead, IsTheSameOrAnotherThatConsumersRead) {
  const TopicShape topic{.read_queue_nums = 4, .write_queue_nums = 4};
  EXPECT_EQ(queue_that_is_read(topic, 3), 3);
  EXPECT_EQ(queue_that_is_read(topic, 4), 0);
  EXPECT_EQ(queue_that_is_read(topic, 7), 3);
}

TEST_F(TopicConfigManagerTest, MarksExactlyTheConfiguredTopicsAsOrdered) {
  add_topic("Ordered", 4);
  add_topic("Other", 4);
  topics.apply_order_topics({{"Ordered", "broker-a:4"}});
  EXPECT_TRUE(topics.shape_of("Ordered")->order);
  EXPECT_FALSE(topics.shape_of("Other")->order);
  const auto version = topics.data_version();
  topics.apply_order_topics({{"Ordered", "broker-a:4"}});
  EXPECT_EQ(topics.data_version(), version) << "nothing new";
  topics.apply_order_topics({});
  EXPECT_FALSE(topics.shape_of("Ordered")->order);
}

}  // namespace
}  // namespace rocketmq::broker::test
