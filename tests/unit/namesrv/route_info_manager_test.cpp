#include "route_info_manager.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "fake_channel.hpp"

namespace rocketmq::namesrv {
namespace {

using namespace std::chrono_literals;
using remoting::QueueData;
using remoting::TopicRouteData;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

class RouteInfoManagerTest : public testing::Test {
 protected:
  static BrokerIdentity master(const std::string& name = "broker-a",
                               const std::string& addr = "10.0.0.1:10911") {
    return {.cluster_name = "c1", .broker_name = name, .broker_addr = addr, .broker_id = 0};
  }
  static BrokerIdentity slave(const std::string& name = "broker-a",
                              const std::string& addr = "10.0.0.2:10911") {
    return {.cluster_name = "c1", .broker_name = name, .broker_addr = addr, .broker_id = 1};
  }
  static TopicConfig topic(const std::string& name, std::int32_t perm = 6) {
    return {.topic_name = name, .read_queue_nums = 4, .write_queue_nums = 8, .perm = perm};
  }
  std::shared_ptr<FakeChannel> new_channel() {
    return std::make_shared<FakeChannel>(++last_channel_);
  }

  BrokerRegistration registration(const BrokerIdentity& broker,
                                  const std::vector<TopicConfig>& topics, std::int64_t counter = 1,
                                  remoting::ChannelPtr channel = nullptr) {
    BrokerRegistration made{
        .broker = broker, .ha_server_addr = "10.0.0.1:10912", .body = {}, .channel = channel};
    if (channel == nullptr) made.channel = new_channel();
    for (const TopicConfig& config : topics)
      made.body.topic_config.topic_config_table[config.topic_name] = config;
    made.body.topic_config.data_version = {.timestamp_ms = 1'000, .counter = counter};
    return made;
  }
  /// Registers a whole table. A broker that the name server does not know yet shows itself first:
  /// a table of one topic would not be taken for a whole one.
  void enter(const BrokerIdentity& broker, const std::vector<TopicConfig>& topics,
             std::int64_t counter = 1, remoting::ChannelPtr channel = nullptr) {
    if (channel == nullptr) channel = new_channel();
    if (topics.size() == 1) {
      ASSERT_TRUE(routes_.register_broker(registration(broker, {}, 0, channel)));
    }
    const auto entered = routes_.register_broker(registration(broker, topics, counter, channel));
    ASSERT_TRUE(entered) << entered.error().remark;
  }
  bool has_route(const std::string& name) const { return routes_.route(name).has_value(); }
  std::int32_t perm_of(const std::string& name) const {
    return routes_.route(name).value().queue_datas.front().perm;
  }

  ManualClock clock_;
  RouteInfoManager routes_{clock_};
  std::uint64_t last_channel_ = 0;
};

TEST_F(RouteInfoManagerTest, ARegisteredTopicIsRoutedToItsBroker) {
  enter(master(), {topic("T")});

  const auto route = routes_.route("T");

  ASSERT_TRUE(route);
  EXPECT_THAT(route->queue_datas, ElementsAre(QueueData{.broker_name = "broker-a",
                                                        .read_queue_nums = 4,
                                                        .write_queue_nums = 8,
                                                        .perm = 6,
                                                        .topic_sys_flag = 0}));
  ASSERT_EQ(route->broker_datas.size(), 1U);
  EXPECT_EQ(route->broker_datas[0].cluster, "c1");
  EXPECT_EQ(route->broker_datas[0].broker_name, "broker-a");
  EXPECT_THAT(route->broker_datas[0].broker_addrs, ElementsAre(Pair(0, "10.0.0.1:10911")));
  EXPECT_THAT(route->filter_server_table, IsEmpty());
  EXPECT_FALSE(route->order_topic_conf);
}

TEST_F(RouteInfoManagerTest, AnUnknownTopicIsAnsweredWithItsName) {
  const auto route = routes_.route_body("nobody");

  ASSERT_FALSE(route);
  EXPECT_EQ(route.error().code, ResponseCode::TopicNotExist);
  EXPECT_EQ(route.error().remark, "No topic route info in name server for the topic: nobody");
}

TEST_F(RouteInfoManagerTest, ASlaveAddsItsAddressButNoTopics) {
  enter(master(), {topic("T")});
  enter(slave(), {topic("T"), topic("OnlyOnSlave")});

  EXPECT_FALSE(has_route("OnlyOnSlave"));
  EXPECT_THAT(routes_.route("T").value().broker_datas.at(0).broker_addrs,
              ElementsAre(Pair(0, "10.0.0.1:10911"), Pair(1, "10.0.0.2:10911")));
}

TEST_F(RouteInfoManagerTest, ASlaveLearnsTheLiveMaster) {
  enter(master(), {});

  const auto answer = routes_.register_broker(registration(slave(), {}));

  EXPECT_EQ(answer->master.master_addr, "10.0.0.1:10911");
  EXPECT_EQ(answer->master.ha_server_addr, "10.0.0.1:10912");
}

TEST_F(RouteInfoManagerTest, ASlaveWithoutMasterAndAMasterLearnNothing) {
  const auto lonely = routes_.register_broker(registration(slave(), {}));
  const auto master_answer = routes_.register_broker(registration(master(), {}));

  EXPECT_FALSE(lonely->master.master_addr || lonely->master.ha_server_addr);
  EXPECT_FALSE(master_answer->master.master_addr || master_answer->master.ha_server_addr);
}

TEST_F(RouteInfoManagerTest, AnUnchangedDataVersionLeavesKnownTopicsAloneAndEntersTheOthers) {
  enter(master(), {topic("T"), topic("U")}, 1);
  ASSERT_TRUE(routes_.register_broker(registration(master(), {topic("T", 4), topic("New")}, 1)));

  EXPECT_EQ(perm_of("T"), 6);
  EXPECT_TRUE(has_route("New"));
}

TEST_F(RouteInfoManagerTest, ALoneTopicOfAnUnknownBrokerWaitsForTheWholeTable) {
  const auto lone = routes_.register_broker(registration(master(), {topic("New")}, 7));
  ASSERT_TRUE(lone);
  EXPECT_THAT(lone->remark, HasSubstr("whole table"));
  EXPECT_FALSE(has_route("New"));
  EXPECT_TRUE(routes_.query_data_version(master(), {.timestamp_ms = 1'000, .counter = 7}).changed);

  ASSERT_TRUE(routes_.register_broker(registration(master(), {topic("New"), topic("Old")}, 7)));

  EXPECT_TRUE(has_route("New"));
  EXPECT_TRUE(has_route("Old"));
}

TEST_F(RouteInfoManagerTest, ATableInPartsOfOneVersionIsEnteredWhole) {
  enter(master(), {topic("A", 4), topic("B"), topic("C", 4), topic("D")}, 1);

  ASSERT_TRUE(routes_.register_broker(registration(master(), {topic("A"), topic("E")}, 2)));
  ASSERT_TRUE(routes_.register_broker(registration(master(), {topic("C"), topic("F")}, 2)));

  EXPECT_EQ(perm_of("A"), 6);
  EXPECT_EQ(perm_of("C"), 6) << "changed topics of the second part as well";
  EXPECT_TRUE(has_route("E"));
  EXPECT_TRUE(has_route("F"));
}

TEST_F(RouteInfoManagerTest, AnAddressOutOfFormIsSkippedAndTheBrokerEntered) {
  auto odd = registration(master(), {topic("T"), topic("U")});
  odd.ha_server_addr = "nonsense";
  odd.body.filter_server_list = std::vector<std::string>{"nonsense", "10.0.0.1:33211"};

  ASSERT_TRUE(routes_.register_broker(odd));

  EXPECT_THAT(routes_.route("T").value().filter_server_table,
              ElementsAre(Pair("10.0.0.1:10911", ElementsAre("10.0.0.1:33211"))));
  EXPECT_EQ(routes_.register_broker(registration(slave(), {}))->master.ha_server_addr, "");
}

TEST_F(RouteInfoManagerTest, ASecondBrokerWithOneNameAndIdTakesThePlaceAndBothLearnIt) {
  const auto first = new_channel();
  const auto second = new_channel();
  const auto other = master("broker-a", "10.0.0.7:10911");
  enter(master(), {topic("T"), topic("U")}, 1, first);

  const auto replaced =
      routes_.register_broker(registration(other, {topic("T"), topic("U")}, 1, second));
  const auto taken_back =
      routes_.register_broker(registration(master(), {topic("T"), topic("U")}, 1, first));

  EXPECT_THAT(replaced->remark, HasSubstr("10.0.0.1:10911"));
  EXPECT_THAT(taken_back->remark, HasSubstr("10.0.0.7:10911"));
}

TEST_F(RouteInfoManagerTest, ABrokerThatMovedReplacesItselfWithoutARemark) {
  const auto old_connection = new_channel();
  enter(master(), {topic("T"), topic("U")}, 1, old_connection);
  old_connection->close("moved");

  const auto moved = routes_.register_broker(
      registration(master("broker-a", "10.0.0.7:10911"), {topic("T"), topic("U")}, 1));

  EXPECT_EQ(moved->remark, "");
  EXPECT_THAT(routes_.route("T").value().broker_datas.at(0).broker_addrs,
              ElementsAre(Pair(0, "10.0.0.7:10911")));
}

TEST_F(RouteInfoManagerTest, WhatABrokerLeftIsInvisibleBeforeItIsPurgedAndReusedWhenItReturns) {
  enter(master(), {topic("T"), topic("Shared")}, 1);
  enter(master("broker-b", "10.0.0.9:10911"), {topic("Shared"), topic("V")}, 1);
  routes_.unregister_broker(master());

  EXPECT_FALSE(has_route("T"));
  EXPECT_THAT(routes_.all_topics().topics, ElementsAre("Shared", "V"));
  EXPECT_THAT(routes_.topics_of_cluster("c1").topics, ElementsAre("Shared", "V"));
  EXPECT_EQ(routes_.wipe_write_perm("broker-a"), 0);

  enter(master(), {topic("T", 4), topic("New")}, 1);
  routes_.purge();

  EXPECT_EQ(perm_of("T"), 4);
  EXPECT_THAT(routes_.route("Shared").value().queue_datas, testing::SizeIs(1));
  EXPECT_THAT(routes_.all_topics().topics, ElementsAre("New", "Shared", "T", "V"));
}

TEST_F(RouteInfoManagerTest, AClosedConnectionThatWasNotReportedIsFoundByTheScan) {
  const auto channel = new_channel();
  enter(master(), {topic("T"), topic("U")}, 1, channel);
  channel->close("the report found no room");

  routes_.tick();

  EXPECT_FALSE(has_route("T"));
}

TEST_F(RouteInfoManagerTest, AChangedDataVersionEntersEveryTopicOfTheBody) {
  enter(master(), {topic("T")}, 1);
  enter(master(), {topic("T", 4), topic("New")}, 2);

  EXPECT_EQ(perm_of("T"), 4);
  EXPECT_TRUE(has_route("New"));
}

TEST_F(RouteInfoManagerTest, ATopicThatVanishedFromTheBrokersTableStaysRouted) {
  enter(master(), {topic("T"), topic("Old")}, 1);
  enter(master(), {topic("T")}, 2);

  EXPECT_TRUE(has_route("Old"));
}

TEST_F(RouteInfoManagerTest, AWipedWritePermissionSurvivesUntilTheBrokerChangesItsTopics) {
  enter(master(), {topic("T"), topic("U", 4)}, 1);
  enter(master("broker-b", "10.0.0.9:10911"), {topic("V")}, 1);

  EXPECT_EQ(routes_.wipe_write_perm("broker-a"), 2);
  enter(master(), {topic("T"), topic("U", 4)}, 1);
  EXPECT_EQ(perm_of("T"), 4);
  EXPECT_EQ(perm_of("V"), 6);

  enter(master(), {topic("T"), topic("U", 4)}, 2);
  EXPECT_EQ(perm_of("T"), 6);
}

TEST_F(RouteInfoManagerTest, AddingTheWritePermissionSetsReadAndWrite) {
  enter(master(), {topic("T", 0), topic("U", 7)});

  EXPECT_EQ(routes_.add_write_perm("broker-a"), 2);
  EXPECT_EQ(perm_of("T"), 6);
  EXPECT_EQ(perm_of("U"), 6);
  EXPECT_EQ(routes_.add_write_perm("unknown"), 0);
  EXPECT_EQ(routes_.wipe_write_perm("unknown"), 0);
}

TEST_F(RouteInfoManagerTest, APromotedSlaveLeavesItsOldId) {
  enter(master(), {topic("T")});
  enter(slave(), {});
  routes_.unregister_broker(master());

  auto promoted = slave();
  promoted.broker_id = 0;
  enter(promoted, {topic("T")}, 2);

  EXPECT_THAT(routes_.route("T").value().broker_datas.at(0).broker_addrs,
              ElementsAre(Pair(0, "10.0.0.2:10911")));
}

TEST_F(RouteInfoManagerTest, AMasterThatComesBackEntersItsTopicsAgain) {
  enter(master(), {topic("T")}, 1);
  enter(slave(), {});
  routes_.delete_topic("T", std::nullopt);
  routes_.unregister_broker(master());

  enter(master(), {topic("T")}, 1);

  EXPECT_TRUE(has_route("T"));
}

TEST_F(RouteInfoManagerTest, UnregisteringTheLastAddressRemovesBrokerClusterAndTopics) {
  enter(master(), {topic("T"), topic("Shared")});
  enter(master("broker-b", "10.0.0.9:10911"), {topic("Shared")});

  routes_.unregister_broker(master());

  EXPECT_FALSE(has_route("T"));
  EXPECT_THAT(routes_.all_topics().topics, ElementsAre("Shared"));
  EXPECT_THAT(routes_.route("Shared").value().queue_datas, testing::SizeIs(1));
  EXPECT_THAT(routes_.cluster_info().cluster_addr_table,
              ElementsAre(Pair("c1", ElementsAre("broker-b"))));
  routes_.unregister_broker(master("broker-b", "10.0.0.9:10911"));
  EXPECT_THAT(routes_.cluster_info().cluster_addr_table, IsEmpty());
  EXPECT_THAT(routes_.cluster_info().broker_addr_table, IsEmpty());
  EXPECT_THAT(routes_.all_topics().topics, IsEmpty());
}

TEST_F(RouteInfoManagerTest, TopicsStayWhileASlaveIsAlive) {
  enter(master(), {topic("T")});
  enter(slave(), {});

  routes_.unregister_broker(master());

  EXPECT_THAT(routes_.route("T").value().broker_datas.at(0).broker_addrs,
              ElementsAre(Pair(1, "10.0.0.2:10911")));
}

TEST_F(RouteInfoManagerTest, WhoLeavesDoesNotTakeItsSuccessorAlong) {
  enter(master(), {topic("T")});
  enter(master("broker-a", "10.0.0.7:10911"), {topic("T")});

  routes_.unregister_broker(master("broker-a", "10.0.0.1:10911"));

  EXPECT_THAT(routes_.route("T").value().broker_datas.at(0).broker_addrs,
              ElementsAre(Pair(0, "10.0.0.7:10911")));
}

TEST_F(RouteInfoManagerTest, AClosedConnectionTakesItsBrokerAlong) {
  const auto channel = new_channel();
  enter(master(), {topic("T")}, 1, channel);

  routes_.remove_channel(channel->id() + 100);
  EXPECT_TRUE(has_route("T"));
  routes_.remove_channel(channel->id());
  EXPECT_FALSE(has_route("T"));
}

TEST_F(RouteInfoManagerTest, TheLastConnectionThatRegisteredOwnsTheBroker) {
  const auto first = new_channel();
  const auto second = new_channel();
  enter(master(), {topic("T")}, 1, first);
  enter(master(), {topic("T")}, 1, second);

  routes_.remove_channel(first->id());
  EXPECT_TRUE(has_route("T"));
  routes_.remove_channel(second->id());
  EXPECT_FALSE(has_route("T"));
}

TEST_F(RouteInfoManagerTest, OneConnectionMayOwnSeveralBrokers) {
  const auto shared = new_channel();
  enter(master(), {topic("T")}, 1, shared);
  enter(master("broker-b", "10.0.0.9:10911"), {topic("U")}, 1, shared);

  routes_.remove_channel(shared->id());

  EXPECT_THAT(routes_.all_topics().topics, IsEmpty());
}

TEST_F(RouteInfoManagerTest, ARegistrationWhoseConnectionHasClosedMeanwhileLeavesNothingBehind) {
  const auto channel = new_channel();
  channel->close("gone before the registration was entered");

  enter(master(), {topic("T")}, 1, channel);

  EXPECT_FALSE(has_route("T"));
}

TEST_F(RouteInfoManagerTest, ABrokerSilentForMoreThanTwoMinutesExpires) {
  const auto channel = new_channel();
  enter(master(), {topic("T")}, 1, channel);

  clock_.advance(120s);
  routes_.tick();
  EXPECT_TRUE(has_route("T"));

  clock_.advance(1ms);
  routes_.tick();
  EXPECT_FALSE(has_route("T"));
  EXPECT_FALSE(channel->is_open());
  EXPECT_THAT(channel->close_reason(), HasSubstr("120 s"));
}

TEST_F(RouteInfoManagerTest, SettingTheMachinesClockExpiresNobody) {
  enter(master(), {topic("T")});

  clock_.set_wall(clock_.now_ms() + 3'600'000);
  routes_.tick();

  EXPECT_TRUE(has_route("T"));
}

TEST_F(RouteInfoManagerTest, ARegistrationRenewsTheLife) {
  enter(master(), {topic("T")});
  clock_.advance(100s);
  enter(master(), {topic("T")});
  clock_.advance(100s);
  routes_.tick();

  EXPECT_TRUE(has_route("T"));
}

TEST_F(RouteInfoManagerTest, AnEqualDataVersionIsASignOfLifeAndAnotherOneIsNot) {
  enter(master(), {topic("T")}, 1);
  clock_.advance(100s);

  const auto equal = routes_.query_data_version(master(), {.timestamp_ms = 1'000, .counter = 1});
  EXPECT_FALSE(equal.changed);
  clock_.advance(100s);
  routes_.tick();
  ASSERT_TRUE(has_route("T"));

  const auto other = routes_.query_data_version(master(), {.timestamp_ms = 1'000, .counter = 2});
  EXPECT_TRUE(other.changed);
  EXPECT_EQ(other.held, (DataVersion{.timestamp_ms = 1'000, .counter = 1}));
  clock_.advance(21s);
  routes_.tick();
  EXPECT_FALSE(has_route("T"));
}

TEST_F(RouteInfoManagerTest, AnUnknownBrokersDataVersionIsChangedAndNotHeld) {
  const auto answer = routes_.query_data_version(master(), {});

  EXPECT_TRUE(answer.changed);
  EXPECT_FALSE(answer.held);
}

TEST_F(RouteInfoManagerTest, FilterServersAreReplacedKeptOrRemoved) {
  enter(master(), {topic("T")});
  auto with = registration(master(), {topic("T")});
  with.body.filter_server_list = std::vector<std::string>{"10.0.0.1:33211"};
  ASSERT_TRUE(routes_.register_broker(with));
  EXPECT_THAT(routes_.route("T").value().filter_server_table,
              ElementsAre(Pair("10.0.0.1:10911", ElementsAre("10.0.0.1:33211"))));

  enter(master(), {topic("T")});  // says nothing of filter servers
  EXPECT_THAT(routes_.route("T").value().filter_server_table, testing::SizeIs(1));

  auto without = registration(master(), {topic("T")});
  without.body.filter_server_list = std::vector<std::string>{};
  ASSERT_TRUE(routes_.register_broker(without));
  EXPECT_THAT(routes_.route("T").value().filter_server_table, IsEmpty());
}

TEST_F(RouteInfoManagerTest, TheEncodedRouteFollowsEveryChange) {
  const auto decoded = [&] { return *remoting::decode_topic_route(**routes_.route_body("T")); };
  enter(master(), {topic("T")}, 1);
  EXPECT_EQ(decoded(), *routes_.route("T"));
  EXPECT_EQ(routes_.route_body("T")->get(), routes_.route_body("T")->get())
      << "the answer is kept encoded";

  enter(slave(), {});
  EXPECT_EQ(decoded(), *routes_.route("T"));
  enter(master(), {topic("T", 4)}, 2);
  EXPECT_EQ(decoded(), *routes_.route("T"));
  routes_.add_write_perm("broker-a");
  EXPECT_EQ(decoded(), *routes_.route("T"));
  routes_.wipe_write_perm("broker-a");
  EXPECT_EQ(decoded(), *routes_.route("T"));
  enter(master("broker-b", "10.0.0.9:10911"), {topic("T")});
  EXPECT_EQ(decoded(), *routes_.route("T"));
  auto with_filter = registration(master(), {topic("T", 4)}, 2);
  with_filter.body.filter_server_list = std::vector<std::string>{"10.0.0.1:33211"};
  ASSERT_TRUE(routes_.register_broker(with_filter));
  EXPECT_EQ(decoded(), *routes_.route("T"));
  routes_.unregister_broker(slave());
  EXPECT_EQ(decoded(), *routes_.route("T"));
  routes_.unregister_broker(master());
  EXPECT_EQ(decoded(), *routes_.route("T"));
  routes_.delete_topic("T", std::nullopt);
  EXPECT_FALSE(routes_.route_body("T"));
}

TEST_F(RouteInfoManagerTest, TheEncodedRouteHasQuotedKeysBothFlagsAndNoBlanks) {
  enter(master(), {topic("T")});
  enter(slave(), {});

  EXPECT_EQ(
      **routes_.route_body("T"),
      R"({"brokerDatas":[{"brokerAddrs":{"0":"10.0.0.1:10911","1":"10.0.0.2:10911"},"brokerName":"broker-a",)"
      R"("cluster":"c1","enableActingMaster":false}],"filterServerTable":{},"queueDatas":[{"brokerName":"broker-a","perm":6,)"
      R"("readQueueNums":4,"topicSynFlag":0,"topicSysFlag":0,"writeQueueNums":8}]})");
}

TEST_F(RouteInfoManagerTest, ATopicIsDeletedEverywhereOrOnOneCluster) {
  auto other_cluster = master("broker-b", "10.0.0.9:10911");
  other_cluster.cluster_name = "c2";
  enter(master(), {topic("T"), topic("U")});
  enter(other_cluster, {topic("T")});

  routes_.delete_topic("T", "c1");
  EXPECT_THAT(routes_.route("T").value().queue_datas.at(0).broker_name, "broker-b");
  routes_.delete_topic("T", "unknown");
  EXPECT_TRUE(has_route("T"));
  routes_.delete_topic("T", "c2");
  EXPECT_FALSE(has_route("T"));
  routes_.delete_topic("U", "");
  EXPECT_FALSE(has_route("U"));
  routes_.delete_topic("never there", std::nullopt);
}

TEST_F(RouteInfoManagerTest, TopicsAreListedAllByClusterAndBySystem) {
  auto other_cluster = master("broker-b", "10.0.0.9:10911");
  other_cluster.cluster_name = "c2";
  enter(master(), {topic("T"), topic("Both")});
  enter(other_cluster, {topic("U"), topic("Both")});

  EXPECT_THAT(routes_.all_topics().topics, ElementsAre("Both", "T", "U"));
  EXPECT_THAT(routes_.topics_of_cluster("c2").topics, ElementsAre("Both", "U"));
  EXPECT_THAT(routes_.topics_of_cluster("unknown").topics, IsEmpty());
  EXPECT_THAT(routes_.system_topics().topics,
              UnorderedElementsAre("c1", "c2", "broker-a", "broker-b"));
  EXPECT_EQ(routes_.system_topics().broker_addr, "10.0.0.1:10911");
}

TEST_F(RouteInfoManagerTest, UnitTopicsAreListedByTheirFlags) {
  const auto flagged = [](const std::string& name, std::int32_t flags) {
    auto config = topic(name);
    config.topic_sys_flag = flags;
    return config;
  };
  enter(master(),
        {flagged("Plain", 0), flagged("Unit", 1), flagged("Subscribed", 2), flagged("Both", 3)});

  EXPECT_THAT(routes_.unit_topics(UnitTopics::Unit).topics, ElementsAre("Both", "Unit"));
  EXPECT_THAT(routes_.unit_topics(UnitTopics::UnitSubscribed).topics,
              ElementsAre("Both", "Subscribed"));
  EXPECT_THAT(routes_.unit_topics(UnitTopics::UnitSubscribedNotUnit).topics,
              ElementsAre("Subscribed"));
}

TEST_F(RouteInfoManagerTest, ClusterInfoHoldsEveryBrokerAndCluster) {
  enter(master(), {});
  enter(slave(), {});

  const auto info = routes_.cluster_info();

  ASSERT_TRUE(info.broker_addr_table.contains("broker-a"));
  EXPECT_THAT(info.broker_addr_table.at("broker-a").broker_addrs,
              ElementsAre(Pair(0, "10.0.0.1:10911"), Pair(1, "10.0.0.2:10911")));
  EXPECT_THAT(info.cluster_addr_table, ElementsAre(Pair("c1", ElementsAre("broker-a"))));
}

TEST_F(RouteInfoManagerTest, TopicsWithBadNamesOrCountsAreSkippedAndTheOthersEntered) {
  auto negative = topic("Negative");
  negative.read_queue_nums = -1;
  auto enormous = topic("Enormous");
  enormous.write_queue_nums = 2'000'000'000;

  enter(master(), {topic("Good"), topic("../etc"), topic("a b"), topic(""),
                   topic(std::string(200, 'x')), negative, enormous});

  EXPECT_THAT(routes_.all_topics().topics, ElementsAre("Good"));
}

TEST_F(RouteInfoManagerTest, SystemTopicsNamedAfterABrokerWithDotsAreTaken) {
  enter(master("b.example.com"),
        {topic("b.example.com"), topic("b.example.com_REPLY_TOPIC"), topic("other.com")});

  EXPECT_THAT(routes_.all_topics().topics,
              ElementsAre("b.example.com", "b.example.com_REPLY_TOPIC"));
}

TEST_F(RouteInfoManagerTest, MalformedIdentitiesAreRefused) {
  const auto refused = [&](BrokerIdentity broker) {
    return routes_.register_broker(registration(broker, {})).has_error();
  };
  auto empty_cluster = master();
  empty_cluster.cluster_name.clear();
  auto negative_id = master();
  negative_id.broker_id = -1;

  EXPECT_TRUE(refused(master("")));
  EXPECT_TRUE(refused(master("line\nbreak")));
  EXPECT_TRUE(refused(master(std::string(256, 'b'))));
  EXPECT_TRUE(refused(empty_cluster));
  EXPECT_TRUE(refused(negative_id));
  EXPECT_TRUE(refused(master("b", "")));
  EXPECT_TRUE(refused(master("b", "10.0.0.1")));
  EXPECT_TRUE(refused(master("b", "10.0.0.1:")));
  EXPECT_TRUE(refused(master("b", "10.0.0.1:0")));
  EXPECT_TRUE(refused(master("b", "10.0.0.1:65536")));
  EXPECT_TRUE(refused(master("b", "10.0.0.1:10911,")));
  EXPECT_TRUE(refused(master("b", "\"x\":1")));
  EXPECT_THAT(routes_.cluster_info().broker_addr_table, IsEmpty());
}

/// Registers brokers from connections of its choice, with limits of its choice.
class RouteInfoManagerLimits : public testing::Test {
 protected:
  void limit(RouteLimits limits) { routes_ = std::make_unique<RouteInfoManager>(clock_, limits); }
  Result<RegistrationOutcome> enter(const std::string& name, const std::vector<std::string>& topics,
                                    std::int64_t counter, remoting::ChannelPtr channel) {
    BrokerRegistration made{.broker = {"c1", name, "10.0.0.1:10911", 0}};
    made.channel = std::move(channel);
    for (const auto& t : topics) made.body.topic_config.topic_config_table[t] = {.topic_name = t};
    made.body.topic_config.data_version.counter = counter;
    return routes_->register_broker(made);
  }
  Result<RegistrationOutcome> enter(const std::string& name, const std::vector<std::string>& topics,
                                    std::int64_t counter = 1) {
    return enter(name, topics, counter, connection_);
  }
  std::vector<std::string> topics() const { return routes_->all_topics().topics; }
  static std::vector<std::string> names(const std::string& prefix, int count) {
    std::vector<std::string> made;
    for (int i = 0; i < count; ++i) made.push_back(prefix + std::to_string(i));
    return made;
  }

  ManualClock clock_;
  std::unique_ptr<RouteInfoManager> routes_;
  remoting::ChannelPtr connection_ = std::make_shared<FakeChannel>(1);
};

TEST_F(RouteInfoManagerLimits, BrokersTopicsAndFilterServersAreBounded) {
  limit({.brokers_max = 2,
         .topics_max = 2,
         .queue_datas_max = 3,
         .filter_servers_per_broker_max = 1});
  ASSERT_TRUE(enter("a", {"T1", "T2", "T3"}));
  EXPECT_THAT(topics(), ElementsAre("T1", "T2"));
  ASSERT_TRUE(enter("b", {"T1", "T2"}));
  EXPECT_EQ(routes_->route("T2").value().queue_datas.size(), 1U)
      << "(topic, broker) pairs are bounded too";
  EXPECT_THAT(enter("c", {}).error().remark, HasSubstr("limit"));
  EXPECT_TRUE(enter("a", {}, 2)) << "known brokers continue";

  // Room made by one is found by the others' next registration, though their version is the same.
  routes_->delete_topic("T1", std::nullopt);
  ASSERT_TRUE(enter("b", {"T1", "T2"}));
  EXPECT_EQ(routes_->route("T2").value().queue_datas.size(), 2U);

  BrokerRegistration filters{.broker = {"c1", "a", "10.0.0.1:10911", 0}};
  filters.channel = connection_;
  filters.body.filter_server_list = std::vector<std::string>{"10.0.0.1:1", "10.0.0.1:2"};
  ASSERT_TRUE(routes_->register_broker(filters));
  EXPECT_THAT(routes_->route("T2").value().filter_server_table,
              ElementsAre(Pair("10.0.0.1:10911", ElementsAre("10.0.0.1:1"))));
}

TEST_F(RouteInfoManagerLimits, AConnectionsShareOfBrokersLeavesRoomForOthers) {
  limit({.brokers_max = 10, .brokers_per_connection_max = 3});
  for (const auto& name : names("fake-", 3)) ASSERT_TRUE(enter(name, {}));

  EXPECT_THAT(enter("fake-3", {}).error().remark, HasSubstr("this connection"));
  EXPECT_TRUE(enter("fake-2", {}, 2)) << "its own brokers continue";
  EXPECT_TRUE(enter("honest", {}, 1, std::make_shared<FakeChannel>(2)));
  EXPECT_THAT(enter("honest", {}).error().remark, HasSubstr("this connection"))
      << "it cannot take over what others registered either";

  routes_->remove_channel(1);
  EXPECT_TRUE(enter("fake-3", {}));
}

TEST_F(RouteInfoManagerLimits, AnAddresssShareOfBrokersLeavesRoomForOthers) {
  limit({.brokers_max = 10, .brokers_per_address_max = 3});
  for (std::uint64_t i = 0; i < 3; ++i) {
    ASSERT_TRUE(enter("fake-" + std::to_string(i), {}, 1, std::make_shared<FakeChannel>(100 + i)));
  }

  EXPECT_THAT(enter("fake-3", {}, 1, std::make_shared<FakeChannel>(103)).error().remark,
              HasSubstr("address"));
  const auto elsewhere = std::make_shared<FakeChannel>(104, Endpoint::v4(10, 0, 0, 9, 40'000));
  EXPECT_TRUE(enter("honest", {}, 1, elsewhere));

  routes_->remove_channel(100);
  EXPECT_TRUE(enter("fake-3", {}, 1, std::make_shared<FakeChannel>(105)));
}

TEST_F(RouteInfoManagerLimits, ABrokersAndAnAddresssShareOfTopicsLeaveRoomForOthers) {
  limit({.topics_max = 10,
         .topics_per_address_max = 5,
         .queue_datas_max = 20,
         .queue_datas_per_broker_max = 4,
         .queue_datas_per_address_max = 7});
  ASSERT_TRUE(enter("a", names("A", 9)));
  EXPECT_THAT(topics(), testing::SizeIs(4)) << "of one broker";
  ASSERT_TRUE(enter("b", names("B", 9)));
  EXPECT_THAT(topics(), testing::SizeIs(5)) << "of one address";
  ASSERT_TRUE(enter("b", names("A", 4), 2));
  EXPECT_EQ(routes_->route("A3").has_value(), true);
  std::size_t pairs = 0;
  for (const auto& name : topics()) pairs += routes_->route(name).value().queue_datas.size();
  EXPECT_EQ(pairs, 7U) << "of one address";

  const auto elsewhere = std::make_shared<FakeChannel>(2, Endpoint::v4(10, 0, 0, 9, 40'000));
  ASSERT_TRUE(enter("honest", names("H", 4), 1, elsewhere));
  EXPECT_TRUE(routes_->route("H3"));

  // Everything is counted back when the brokers are gone.
  routes_->remove_channel(1);
  routes_->purge();
  ASSERT_TRUE(enter("b", names("B", 4), 3));
  EXPECT_TRUE(routes_->route("B3"));
}

TEST_F(RouteInfoManagerLimits, NoExclusiveHoldTouchesMoreTopicsThanOneStep) {
  limit({.topics_per_hold = 16});
  ASSERT_TRUE(enter("a", names("T", 100)));
  ASSERT_TRUE(enter("a", names("T", 100), 2));
  ASSERT_TRUE(enter("b", names("T", 100), 1, std::make_shared<FakeChannel>(2)));
  EXPECT_EQ(routes_->wipe_write_perm("a"), 100);
  routes_->remove_channel(1);
  routes_->remove_channel(2);
  EXPECT_THAT(topics(), IsEmpty());
  routes_->purge();

  EXPECT_EQ(routes_->longest_hold_topics(), 16U);
}

TEST_F(RouteInfoManagerTest, ReadersAndWritersMayWorkAtOnce) {
  enter(master(), {topic("T")});
  std::atomic<bool> stop{false};
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&] {
      while (!stop) {
        const auto body = routes_.route_body("T");
        if (body) {
          EXPECT_TRUE(remoting::decode_topic_route(**body));
        }
        routes_.all_topics();
        routes_.cluster_info();
      }
    });
  }
  for (std::int64_t round = 2; round < 200; ++round) {
    const auto channel = new_channel();
    enter(master(), {topic("T", round % 2 == 0 ? 4 : 6)}, round, channel);
    enter(slave(), {}, 1);
    if (round % 10 == 0) routes_.remove_channel(channel->id());
    routes_.tick();
  }
  stop = true;
  for (auto& reader : readers) reader.join();
}

}  // namespace
}  // namespace rocketmq::namesrv
