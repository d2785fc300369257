#include "rocketmq/common/topic_config.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "rocketmq/common/fastjson.hpp"
#include "rocketmq/common/json_reader.hpp"

namespace rocketmq {
namespace {

template <class T>
std::optional<T> read(std::string_view text) {
  JsonReader in(text);
  T value;
  return read_json(in, value) && in.end() ? std::optional(value) : std::nullopt;
}

TopicConfigSerializeWrapper read_topics(std::string_view text) {
  return read<TopicConfigSerializeWrapper>(text).value();
}

TEST(TopicConfig, IsWrittenAsJavaReadsIt) {
  const TopicConfig config{.topic_name = "T",
                           .read_queue_nums = 4,
                           .write_queue_nums = 8,
                           .topic_filter_type = TopicFilterType::MultiTag,
                           .order = true};
  EXPECT_EQ(
      dump_json(config),
      R"({"order":true,"perm":6,"readQueueNums":4,"topicFilterType":"MULTI_TAG","topicName":"T",)"
      R"("topicSysFlag":0,"writeQueueNums":8})");
  EXPECT_EQ(read<TopicConfig>(dump_json(config)), config);
}

TEST(TopicConfig, GetsDefaultsForMissingMembers) {
  EXPECT_EQ(read<TopicConfig>(R"({"topicName":"T","topicFilterType":0})"),
            TopicConfig{.topic_name = "T"});
}

TEST(TopicConfig, IsReadAsJavaReadsItFromWhatWasWrittenByHand) {
  EXPECT_EQ(
      read<TopicConfig>(R"({"TopicName":"T","read_queue_nums":"4","write-queue-nums":8.0,"Perm":4,)"
                        R"("topicFilterType":"multi_tag","isOrder":"TRUE"})"),
      (TopicConfig{.topic_name = "T",
                   .read_queue_nums = 4,
                   .write_queue_nums = 8,
                   .perm = 4,
                   .topic_filter_type = TopicFilterType::MultiTag,
                   .order = true}));
}

TEST(TopicConfig, IsRefusedWhenAMemberCannotBeRead) {
  for (const char* text : {R"({"readQueueNums":"four"})", R"({"perm":99999999999})",
                           R"({"order":"yes"})", R"({"topicFilterType":7})"})
    EXPECT_EQ(read<TopicConfig>(text), std::nullopt) << text;
}

TEST(TopicConfigTable, ComesBackFromItsText) {
  TopicConfigSerializeWrapper wrapper;
  wrapper.data_version = {.timestamp_ms = 17, .counter = 3};
  wrapper.topic_config_table["T"] = {.topic_name = "T", .perm = 4};
  wrapper.topic_config_table["%RETRY%g"] = {
      .topic_name = "%RETRY%g", .read_queue_nums = 1, .write_queue_nums = 1};
  const auto again = read_topics(dump_json(wrapper));
  EXPECT_EQ(again.topic_config_table, wrapper.topic_config_table);
  EXPECT_EQ(again.data_version, wrapper.data_version);
}

TEST(TopicConfigTable, IsReadFromWhatA5xBrokerWrites) {
  const auto wrapper = read_topics(
      R"({"dataVersion":{"counter":1,"stateVersion":0,"timestamp":9},"mappingDataVersion":{},"topicConfigTable":{"T":{"attributes":{},)"
      R"("order":false,"perm":6,"readQueueNums":8,"topicFilterType":"SINGLE_TAG","topicName":"T","topicSysFlag":0,"writeQueueNums":8}}})");
  EXPECT_EQ(wrapper.topic_config_table.at("T").write_queue_nums, 8);
  EXPECT_EQ(wrapper.data_version.timestamp_ms, 9);
}

TEST(TopicConfigTable, NamesATopicByItsKeyAndLeavesOutNulls) {
  const auto wrapper =
      read_topics(R"({"topicConfigTable":{"A":{"perm":4},"B":{"topicName":"X"},"C":null}})");
  ASSERT_EQ(wrapper.topic_config_table.size(), 2U);
  EXPECT_EQ(wrapper.topic_config_table.at("A").topic_name, "A");
  EXPECT_EQ(wrapper.topic_config_table.at("B").topic_name, "B");
}

TEST(TopicConfigTable, IsEmptyFromNullsAndRefusedFromWhatIsNoTable) {
  for (const char* text : {"{}", "[]", "null", R"({"topicConfigTable":null,"dataVersion":null})"})
    EXPECT_TRUE(read_topics(text).topic_config_table.empty()) << text;
  for (const char* text : {"3", R"({"topicConfigTable":[1]})", R"({"topicConfigTable":{"A":3}})",
                           R"({"dataVersion":7})"})
    EXPECT_FALSE(read<TopicConfigSerializeWrapper>(text)) << text;
}

}  // namespace
}  // namespace rocketmq
