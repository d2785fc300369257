#include "rocketmq/protocol/route_data.hpp"

#include <gtest/gtest.h>

namespace rocketmq::remoting {
namespace {

TopicRouteData sample_route() {
  TopicRouteData route;
  route.order_topic_conf = "b-a:4;b-b:4";
  route.queue_datas = {{.broker_name = "b-a",
                        .read_queue_nums = 4,
                        .write_queue_nums = 4,
                        .perm = 6,
                        .topic_sys_flag = 1}};
  route.broker_datas = {{"c1", "b-a", {{0, "10.0.0.1:10911"}, {1, "10.0.0.2:10911"}}}};
  route.filter_server_table["10.0.0.1:10911"] = {"10.0.0.1:33211"};
  return route;
}

TEST(TopicRouteData, IsWrittenAsEveryClientReadsIt) {
  EXPECT_EQ(
      encode_body(sample_route()),
      R"({"brokerDatas":[{"brokerAddrs":{"0":"10.0.0.1:10911","1":"10.0.0.2:10911"},"brokerName":"b-a","cluster":"c1","enableActingMaster":false}],)"
      R"("filterServerTable":{"10.0.0.1:10911":["10.0.0.1:33211"]},"orderTopicConf":"b-a:4;b-b:4",)"
      R"("queueDatas":[{"brokerName":"b-a","perm":6,"readQueueNums":4,"topicSynFlag":1,"topicSysFlag":1,"writeQueueNums":4}]})");
}

TEST(TopicRouteData, KeepsBothArraysWhenEmptyAndOmitsTheOrderConf) {
  EXPECT_EQ(encode_body(TopicRouteData{}),
            R"({"brokerDatas":[],"filterServerTable":{},"queueDatas":[]})");
}

TEST(TopicRouteData, ComesBackFromItsText) {
  const auto route = decode_topic_route(encode_body(sample_route()));
  ASSERT_TRUE(route) << route.error().remark;
  EXPECT_EQ(*route, sample_route());
}

TEST(TopicRouteData, IsReadWithBareKeysAndTheOldFlag) {
  const auto route = decode_topic_route(
      R"({"brokerDatas":[{"brokerAddrs":{0:"10.0.0.1:10911",1:"10.0.0.2:10911"},"brokerName":"b-a","enableActingMaster":true}],)"
      R"("queueDatas":[{"brokerName":"b-a","perm":"6","readQueueNums":4,"topicSynFlag":2,"writeQueueNums":4}]})");
  ASSERT_TRUE(route) << route.error().remark;
  EXPECT_EQ(route->broker_datas.at(0).broker_addrs.at(1), "10.0.0.2:10911");
  EXPECT_EQ(route->broker_datas.at(0).cluster, "");
  EXPECT_TRUE(route->broker_datas.at(0).enable_acting_master);
  EXPECT_EQ(route->queue_datas.at(0).topic_sys_flag, 2);
  EXPECT_EQ(route->queue_datas.at(0).perm, 6);
  EXPECT_EQ(route->order_topic_conf, std::nullopt);
}

TEST(TopicRouteData, IsReadWithMembersMissing) {
  const auto route = decode_topic_route(
      R"({"brokerDatas":null,"queueDatas":[null],"filterServerTable":{"a":null}})");
  ASSERT_TRUE(route) << route.error().remark;
  EXPECT_TRUE(route->broker_datas.empty());
  EXPECT_TRUE(route->queue_datas.empty());
  EXPECT_TRUE(route->filter_server_table.empty());
}

TEST(TopicRouteData, IsRefusedWhenItIsNone) {
  for (const char* body :
       {"", "[]", "null", "{", R"({"queueDatas":[1]})", R"({"filterServerTable":{"a":3}})",
        "{\"brokerDatas\":[{\"brokerAddrs\":{\"x\":\"1.2.3.4:5\"}}]}",
        "{\"brokerDatas\":[{\"brokerAddrs\":{\"99999999999999999999\":\"1.2.3.4:5\"}}]}"}) {
    EXPECT_FALSE(decode_topic_route(body)) << body;
  }
  EXPECT_EQ(decode_topic_route("[]").error().remark, "topic route: the body is no JSON object");
}

TEST(ClusterInfo, ComesBackFromItsText) {
  ClusterInfo info;
  info.broker_addr_table["b-a"] = {"c1", "b-a", {{0, "10.0.0.1:10911"}}};
  info.cluster_addr_table["c1"] = {"b-a"};
  const std::string text = encode_body(info);
  EXPECT_EQ(
      text,
      R"({"brokerAddrTable":{"b-a":{"brokerAddrs":{"0":"10.0.0.1:10911"},"brokerName":"b-a","cluster":"c1","enableActingMaster":false}},)"
      R"("clusterAddrTable":{"c1":["b-a"]}})");
  const auto decoded = decode_cluster_info(text);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->broker_addr_table, info.broker_addr_table);
  EXPECT_EQ(decoded->cluster_addr_table, info.cluster_addr_table);
}

TEST(TopicList, IsWrittenWithABrokerAddressOnlyWhenThereIsOne) {
  EXPECT_EQ(encode_body(TopicList{{"T1", "T2"}, std::nullopt}), R"({"topicList":["T1","T2"]})");
  EXPECT_EQ(encode_body(TopicList{{}, "10.0.0.1:10911"}),
            R"({"brokerAddr":"10.0.0.1:10911","topicList":[]})");
  const auto list = decode_topic_list(R"({"brokerAddr":"a:1","topicList":["T",null,3]})");
  ASSERT_TRUE(list);
  EXPECT_EQ(list->topics, (std::vector<std::string>{"T", "3"}));
  EXPECT_EQ(list->broker_addr, "a:1");
}

TEST(KvTable, HoldsTextsAndReadsOtherValuesAsText) {
  EXPECT_EQ(encode_body(KvTable{{{"k", "v"}}}), R"({"table":{"k":"v"}})");
  EXPECT_EQ(encode_body(KvTable{}), R"({"table":{}})");
  const auto table = decode_kv_table(R"({"table":{"a":"x","b":1,"c":true,"d":null}})");
  ASSERT_TRUE(table);
  EXPECT_EQ(table->table,
            (std::map<std::string, std::string>{{"a", "x"}, {"b", "1"}, {"c", "true"}}));
}

TEST(DataVersionBody, ComesBackFromItsText) {
  const DataVersion version{.timestamp_ms = 1'700'000'000'000, .counter = 7};
  const auto decoded = decode_data_version(encode_body(version));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(*decoded, version);
}

}  // namespace
}  // namespace rocketmq::remoting
