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

TEST(RouteTable, DropsBrokersThatNoRouteMentions) {
  RouteTable table;
  table.apply("T", route({"a", "b"}));
  table.apply("T", route({"b"}));
  EXPECT_TRUE(table.master_address("a"));
  table.drop_unmentioned_brokers();
  EXPECT_FALSE(table.master_address("a"));
  EXPECT_TRUE(table.master_address("b"));
}

}  // namespace
}  // namespace rocketmq::client
