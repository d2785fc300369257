#include "rocketmq/client/route_table.hpp"

#include <gtest/gtest.h>

namespace rocketmq::client {
namespace {

remoting::TopicRouteData route(std::vector<std::string> brokers) {
  remoting::TopicRouteData data;
  for (const std::string& name : brokers) {
    data.queue_datas.push_back({name, 2, 2, 6, 0});
    data.broker_datas.push_back({"c", name, {{0, name + ":10911"}, {1, name + ":20911"}}});
  }
  return data;
}

TEST(RouteTable, TellsWhetherARouteHasChangedWhateverItsOrder) {
  RouteTable table;
  EXPECT_TRUE(table.apply("T", route({"a", "b"})));
  EXPECT_FALSE(table.apply("T", route({"b", "a"})));
  EXPECT_TRUE(table.apply("T", route({"a"})));
}

TEST(RouteTable, KnowsQueuesOnlyOfTopicsThatArePublishedTo) {
  RouteTable table;
  table.apply("T", route({"a"}));
  EXPECT_EQ(table.publish_info("T"), nullptr);
  table.add_publish_topic("T");
  ASSERT_NE(table.publish_info("T"), nullptr);
  EXPECT_EQ(table.publish_info("T")->queues().size(), 2U);
}

TEST(RouteTable, FindsAnotherAddressOfABrokerUnlessOnlyOneWillDo) {
  RouteTable table;
  table.apply("T", route({"a"}));
  EXPECT_EQ(table.master_address("a"), "a:10911");
  EXPECT_EQ(table.address_for_reading("a", 1, false)->address, "a:20911");
  EXPECT_EQ(table.address_for_reading("a", 7, false)->address, "a:10911");
  EXPECT_FALSE(table.address_for_reading("a", 7, true));
  EXPECT_FALSE(table.address_for_reading("x", 0, false));
}

TEST(RouteTable, NamesTheNextBrokerOfAName) {
  RouteTable table;
  table.apply("T", route({"a"}));
  EXPECT_EQ(table.next_broker_id("a", 0), 1);
  EXPECT_EQ(table.next_broker_id("a", 1), 0);
  EXPECT_EQ(table.next_broker_id("x", 3), 3);
}

TEST(RouteTable, DropsBrokersThatNoRouteMentions) {
  RouteTable table;
  table.apply("T", route({"a", "b"}));
  table.apply("T", route({"b"}));
  EXPECT_TRUE(table.master_address("a"));
  table.drop_unmentioned_brokers();
  EXPECT_FALSE(table.master_address("a"));
  EXPECT_TRUE(table.master_address("b"));
}

TEST(RouteTable, GivesEachQueuesBrokerWithItsMastersAddress) {
  RouteTable table;
  table.add_publish_topic("T");
  table.apply("T", route({"a", "b"}));
  const auto info = table.publish_info("T");
  ASSERT_NE(info, nullptr);
  EXPECT_EQ(info->broker("a")->address, "a:10911");
  EXPECT_EQ(info->broker("b")->address, "b:10911");
  EXPECT_EQ(info->broker("c"), nullptr);
}

TEST(RouteTable, NoticesTheMovedMasterThatAnotherTopicsRouteBrings) {
  RouteTable table;
  table.add_publish_topic("T");
  table.apply("T", route({"a", "b"}));
  const auto before = table.publish_info("T");
  auto moved = route({"a"});
  moved.broker_datas[0].broker_addrs[0] = "elsewhere:10911";
  table.apply("U", moved);
  const auto after = table.publish_info("T");
  EXPECT_EQ(after->broker("a")->address, "elsewhere:10911");
  EXPECT_EQ(after->broker("b")->address, "b:10911");
  EXPECT_EQ(after->queues(), before->queues());
  EXPECT_EQ(before->broker("a")->address, "a:10911") << "handles never change";
}

TEST(RouteTable, KeepsTheInfoWhileNothingHasMoved) {
  RouteTable table;
  table.add_publish_topic("T");
  table.apply("T", route({"a"}));
  const auto before = table.publish_info("T");
  table.apply("T", route({"a"}));
  table.apply("U", route({"a"}));
  table.drop_unmentioned_brokers();
  EXPECT_EQ(table.publish_info("T"), before);
}

TEST(RouteTable, FindsWhatAThreadHasFoundBeforeInThisTableOnly) {
  RouteTable one;
  one.add_publish_topic("T");
  one.apply("T", route({"a"}));
  EXPECT_NE(one.publish_info("T"), nullptr);
  RouteTable other;
  EXPECT_EQ(other.publish_info("T"), nullptr);
  auto read_only = route({"a"});
  read_only.queue_datas[0].perm = 4;
  one.apply("T", read_only);
  EXPECT_EQ(one.publish_info("T"), nullptr) << "no queue can be sent to anymore";
}

}  // namespace
}  // namespace rocketmq::client
