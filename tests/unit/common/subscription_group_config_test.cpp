#include "rocketmq/common/subscription_group_config.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "rocketmq/common/fastjson.hpp"
#include "rocketmq/common/json_reader.hpp"

namespace rocketmq {
namespace {

SubscriptionGroupWrapper read_groups(std::string_view text) {
  JsonReader in(text);
  SubscriptionGroupWrapper wrapper;
  EXPECT_TRUE(read_json(in, wrapper) && in.end()) << in.error().remark;
  return wrapper;
}

TEST(SubscriptionGroupConfig, IsWrittenAsJavaReadsIt) {
  EXPECT_EQ(
      dump_json(SubscriptionGroupConfig{.group_name = "cg"}),
      R"({"brokerId":0,"consumeBroadcastEnable":true,"consumeEnable":true,"consumeFromMinEnable":true,"groupName":"cg",)"
      R"("notifyConsumerIdsChangedEnable":true,"retryMaxTimes":16,"retryQueueNums":1,"whichBrokerWhenConsumeSlowly":1})");
}

TEST(SubscriptionGroupConfig, GetsDefaultsForMissingMembers) {
  const auto config = parse_json_object<SubscriptionGroupConfig>("group", R"({"groupName":"cg"})");
  EXPECT_EQ(*config, SubscriptionGroupConfig{.group_name = "cg"});
  EXPECT_EQ(parse_json_object<SubscriptionGroupConfig>("group", "{\n\"retryMaxTimes\":\"x\"}")
                .error()
                .remark,
            "group: JSON: a number expected instead of the text 'x' at line 2, column 17");
}

TEST(SubscriptionGroupTable, ComesBackFromItsText) {
  SubscriptionGroupWrapper wrapper;
  wrapper.data_version = {.timestamp_ms = 17, .counter = 3};
  wrapper.subscription_group_table["cg"] = {.group_name = "cg",
                                            .consume_enable = false,
                                            .consume_from_min_enable = false,
                                            .consume_broadcast_enable = false,
                                            .retry_queue_nums = 2,
                                            .retry_max_times = 3,
                                            .broker_id = 4,
                                            .which_broker_when_consume_slowly = 5,
                                            .notify_consumer_ids_changed_enable = false};
  const auto again = read_groups(dump_json(wrapper));
  EXPECT_EQ(again.subscription_group_table, wrapper.subscription_group_table);
  EXPECT_EQ(again.data_version, wrapper.data_version);
}

TEST(SubscriptionGroupTable, NamesAGroupByItsKeyAndLeavesOutNulls) {
  const auto wrapper = read_groups(
      R"({"forbiddenTable":{},"subscriptionGroupTable":{"A":{"groupRetryPolicy":{"type":"CUSTOMIZED"}},"B":null}})");
  ASSERT_EQ(wrapper.subscription_group_table.size(), 1U);
  EXPECT_EQ(wrapper.subscription_group_table.at("A").group_name, "A");
  EXPECT_TRUE(read_groups("[]").subscription_group_table.empty());
}

}  // namespace
}  // namespace rocketmq
