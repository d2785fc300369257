#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "filter/consumer_filter_manager.hpp"
#include "filter_support.hpp"
#include "rocketmq/common/fastjson.hpp"
#include "rocketmq/common/message_properties.hpp"
#include "temp_dir.hpp"

namespace rocketmq::broker {
namespace {

using namespace std::chrono_literals;

SubscriptionData all_tags(std::string topic) {
  SubscriptionData subscription;
  subscription.topic = std::move(topic);
  return subscription;
}

class ConsumerFilterManagerTest : public testing::Test {
 protected:
  using Subscriptions = std::vector<SubscriptionData>;

  std::unique_ptr<ConsumerFilterManager> make_manager() {
    return std::make_unique<ConsumerFilterManager>(
        ConsumerFilterManager::Options{.file = directory_ / "consumerFilter.json"}, clock_, cache_);
  }
  void heartbeat(const Subscriptions& subscriptions) {
    manager_->register_group("cg", subscriptions);
  }
  /// The expression that is registered for topic T; empty when there is none.
  std::string registered() const {
    const auto data = manager_->find("T", "cg");
    return data == nullptr ? "" : data->expression->text();
  }

  test::TempDir directory_;
  ManualClock clock_{1'700'000'000'000};
  ExpressionCache cache_;
  std::unique_ptr<ConsumerFilterManager> manager_ = make_manager();
};

TEST_F(ConsumerFilterManagerTest, AHeartbeatRegistersItsExpressions) {
  heartbeat({sql_subscription("T", "a > 1", 7), all_tags("%RETRY%cg")});
  const auto data = manager_->find("T", "cg");
  ASSERT_NE(data, nullptr);
  EXPECT_EQ(data->topic, "T");
  EXPECT_EQ(data->group, "cg");
  EXPECT_EQ(data->expression->text(), "a > 1");
  EXPECT_EQ(data->expression_type, "SQL92");
  EXPECT_EQ(data->born_time_ms, 1'700'000'000'000);
  EXPECT_EQ(data->client_version, 7);
  EXPECT_FALSE(data->is_dead());
  EXPECT_EQ(manager_->size(), 1U);
  EXPECT_EQ(manager_->find("%RETRY%cg", "cg"), nullptr);
  EXPECT_EQ(manager_->find("T", "other"), nullptr);
}

TEST_F(ConsumerFilterManagerTest, AHigherVersionReplacesTheExpression) {
  heartbeat({sql_subscription("T", "a > 1", 7)});
  clock_.advance(5s);
  heartbeat({sql_subscription("T", "a > 2", 8)});
  EXPECT_EQ(registered(), "a > 2");
  EXPECT_EQ(manager_->find("T", "cg")->born_time_ms, 1'700'000'005'000);
  EXPECT_EQ(manager_->size(), 1U);
}

TEST_F(ConsumerFilterManagerTest, AHigherVersionOfTheSameExpressionKeepsItsAge) {
  heartbeat({sql_subscription("T", "a > 1", 7)});
  clock_.advance(5s);
  heartbeat({sql_subscription("T", "a > 1", 8)});
  EXPECT_EQ(manager_->find("T", "cg")->born_time_ms, 1'700'000'000'000);
  EXPECT_EQ(manager_->find("T", "cg")->client_version, 8);
}

TEST_F(ConsumerFilterManagerTest, TheSameOrALowerVersionChangesNothing) {
  heartbeat({sql_subscription("T", "a > 1", 7)});
  const auto before = manager_->find("T", "cg");
  heartbeat({sql_subscription("T", "a > 2", 7)});
  heartbeat({sql_subscription("T", "a > 3", 6)});
  EXPECT_EQ(manager_->find("T", "cg"), before);
}

TEST_F(ConsumerFilterManagerTest, TheLastConsumersLeavingMarksTheFilterDead) {
  heartbeat({sql_subscription("T", "a > 1", 7), sql_subscription("U", "a > 2", 7)});
  clock_.advance(5s);
  manager_->unregister_group("cg");
  EXPECT_TRUE(manager_->find("T", "cg")->is_dead());
  EXPECT_TRUE(manager_->find("U", "cg")->is_dead());
  EXPECT_EQ(manager_->find("T", "cg")->dead_time_ms, 1'700'000'005'000);
  manager_->unregister_group("unknown");
}

TEST_F(ConsumerFilterManagerTest, TheSameVersionBringsADeadFilterBackToLife) {
  heartbeat({sql_subscription("T", "a > 1", 7)});
  manager_->unregister_group("cg");
  heartbeat({sql_subscription("T", "a > 1", 7)});
  EXPECT_FALSE(manager_->find("T", "cg")->is_dead());
}

TEST_F(ConsumerFilterManagerTest, ADeadFilterGivesWayToAnyExpression) {
  heartbeat({sql_subscription("T", "a > 1", 7)});
  manager_->unregister_group("cg");
  heartbeat({sql_subscription("T", "a > 2", 6)});
  EXPECT_EQ(registered(), "a > 2");
  EXPECT_FALSE(manager_->find("T", "cg")->is_dead());
}

TEST_F(ConsumerFilterManagerTest, AnExpressionThatIsNoLongerSubscribedToDies) {
  heartbeat({sql_subscription("T", "a > 1", 7), sql_subscription("U", "a > 1", 7)});
  heartbeat({sql_subscription("T", "a > 1", 7)});
  EXPECT_FALSE(manager_->find("T", "cg")->is_dead());
  EXPECT_TRUE(manager_->find("U", "cg")->is_dead());
  heartbeat({all_tags("T")});
  EXPECT_TRUE(manager_->find("T", "cg")->is_dead());
}

TEST_F(ConsumerFilterManagerTest, AnExpressionThatDoesNotCompileLeavesNoFilter) {
  heartbeat({sql_subscription("T", "a >", 7)});
  EXPECT_EQ(registered(), "");
  heartbeat({sql_subscription("T", "a > 1", 8)});
  EXPECT_EQ(registered(), "a > 1");
  heartbeat({sql_subscription("T", "a > 'x'", 9)});
  EXPECT_EQ(registered(), "");
  EXPECT_EQ(manager_->size(), 0U);
}

TEST_F(ConsumerFilterManagerTest, UnknownTypesAndClassFiltersLeaveNoFilter) {
  auto other = sql_subscription("T", "a > 1", 7);
  other.expression_type = "GROOVY";
  auto filter_class = sql_subscription("U", "a > 1", 7);
  filter_class.class_filter_mode = true;
  heartbeat({other, filter_class});
  EXPECT_EQ(manager_->size(), 0U);
}

TEST_F(ConsumerFilterManagerTest, ForgetsWhatHasBeenDeadForADay) {
  heartbeat({sql_subscription("T", "a > 1", 7), sql_subscription("U", "a > 1", 7)});
  heartbeat({sql_subscription("T", "a > 1", 7)});
  clock_.advance(23h);
  manager_->tick();
  EXPECT_EQ(manager_->size(), 2U);
  clock_.advance(1h);
  manager_->tick();
  EXPECT_EQ(manager_->size(), 1U);
  EXPECT_EQ(registered(), "a > 1");
}

TEST_F(ConsumerFilterManagerTest, WritesTheFileOfPublishedBrokers) {
  heartbeat({sql_subscription("TopicTest", "a > 1", 7)});
  ASSERT_TRUE(manager_->flush());
  const auto expected = parse_fastjson(R"({"filterDataByTopic":{"TopicTest":{"topic":"TopicTest",
      "groupFilterData":{"cg":{"consumerGroup":"cg","topic":"TopicTest","expression":"a > 1",
      "expressionType":"SQL92","bornTime":1700000000000,"deadTime":0,
      "bloomFilterData":{"bitNum":112,"bitPos":[51,88,13]},"clientVersion":7}}}}})");
  EXPECT_EQ(*parse_fastjson(directory_.read("consumerFilter.json")), *expected);
}

TEST_F(ConsumerFilterManagerTest, WritesAnEmptyTableAsPublishedBrokersDo) {
  EXPECT_EQ(dump_json(manager_->to_json()), R"({"filterDataByTopic":{}})");
}

TEST_F(ConsumerFilterManagerTest, SavesOnlyWhatHasChanged) {
  heartbeat({sql_subscription("T", "a > 1", 7)});
  ASSERT_TRUE(manager_->flush());
  std::filesystem::remove(directory_ / "consumerFilter.json");
  heartbeat({sql_subscription("T", "a > 1", 7)});
  manager_->tick();
  ASSERT_TRUE(manager_->flush());
  EXPECT_EQ(directory_.read("consumerFilter.json"), "");
  manager_->unregister_group("cg");
  ASSERT_TRUE(manager_->flush());
  EXPECT_NE(directory_.read("consumerFilter.json"), "");
}

TEST_F(ConsumerFilterManagerTest, TriesAgainWhenItCouldNotSave) {
  ConsumerFilterManager manager({.file = directory_.write("plain", "") / "consumerFilter.json"},
                                clock_, cache_);
  manager.register_group("cg", Subscriptions{sql_subscription("T", "a > 1", 7)});
  EXPECT_FALSE(manager.flush());
  EXPECT_FALSE(manager.flush());
}

TEST_F(ConsumerFilterManagerTest, WhatIsLoadedIsDeadSinceAWhile) {
  heartbeat({sql_subscription("T", "a > 1", 7), sql_subscription("U", "b = 'x'", 7)});
  clock_.advance(1s);
  heartbeat({sql_subscription("T", "a > 1", 7)});
  ASSERT_TRUE(manager_->flush());
  clock_.advance(1h);

  manager_ = make_manager();
  ASSERT_TRUE(manager_->load());
  EXPECT_EQ(manager_->size(), 2U);
  EXPECT_EQ(manager_->find("T", "cg")->dead_time_ms, clock_.now_ms() - 30'000);
  EXPECT_EQ(manager_->find("U", "cg")->dead_time_ms, 1'700'000'001'000);
  EXPECT_TRUE(manager_->find("T", "cg")->expression->matches(encode_properties({{"a", "2"}})));
  heartbeat({sql_subscription("T", "a > 1", 7)});
  EXPECT_FALSE(manager_->find("T", "cg")->is_dead());
  EXPECT_EQ(manager_->find("T", "cg")->born_time_ms, 1'700'000'000'000);
}

TEST_F(ConsumerFilterManagerTest, LoadsTheFileOfAnotherBrokerWithForeignBitPositions) {
  directory_.write("consumerFilter.json", R"({"filterDataByTopic":{
      "T":{"groupFilterData":{"cg":{"bloomFilterData":{"bitNum":8,"bitPos":[1,2]},"bornTime":1600000000000,
        "clientVersion":1600000000001,"consumerGroup":"cg","deadTime":0,"expression":"a > 1",
        "expressionType":"SQL92","topic":"T","compiledExpression":{}}},"topic":"T"},
      "bad":{"groupFilterData":{"cg":{"expression":"a >","expressionType":"SQL92"}}},
      "none":{"groupFilterData":{}},"../up":{"groupFilterData":{"cg":{"expression":"a","expressionType":"SQL92"}}}}})");
  ASSERT_TRUE(manager_->load());
  EXPECT_EQ(manager_->size(), 1U);
  EXPECT_EQ(registered(), "a > 1");
  EXPECT_EQ(manager_->find("T", "cg")->client_version, 1'600'000'000'001);
}

TEST_F(ConsumerFilterManagerTest, StartsWithoutAFileAndNotWithABrokenOne) {
  EXPECT_TRUE(manager_->load());
  directory_.write("consumerFilter.json", R"({"filterDataByTopic":{"T":{"groupFilterData":[]}}})");
  EXPECT_FALSE(manager_->load());
  directory_.write("consumerFilter.json", "{]");
  directory_.write("consumerFilter.json.bak", "{]");
  EXPECT_FALSE(manager_->load());
}

TEST_F(ConsumerFilterManagerTest, IsBoundedByTheBytesOfItsExpressions) {
  const std::string padding(8'000, ' ');
  const std::size_t enough = ConsumerFilterManager::text_bytes_max / padding.size() + 10;
  for (std::size_t i = 0; i < enough; ++i) {
    manager_->register_group("g" + std::to_string(i),
                             Subscriptions{sql_subscription("T", padding + "a", 1)});
  }
  EXPECT_LT(manager_->size(), enough);
  EXPECT_GT(manager_->size(), enough - 20);
  const std::size_t full = manager_->size();
  manager_->unregister_group("g0");
  clock_.advance(24h);
  manager_->tick();
  manager_->register_group("late", Subscriptions{sql_subscription("T", padding + "a", 1)});
  EXPECT_EQ(manager_->size(), full);
  EXPECT_NE(manager_->find("T", "late"), nullptr);
}

TEST_F(ConsumerFilterManagerTest, LeavesRoomForOtherAddresses) {
  constexpr Budget::Peer greedy = 1;
  constexpr Budget::Peer honest = 2;
  ConsumerFilterManager manager({.file = directory_.path() / "few.json", .filters_max = 10}, clock_,
                                cache_);
  for (int i = 0; i < 20; ++i) {
    manager.register_group("g" + std::to_string(i), Subscriptions{sql_subscription("T", "a", 1)},
                           greedy);
  }
  EXPECT_EQ(manager.size(), 5U);
  manager.register_group("honest", Subscriptions{sql_subscription("T", "a", 1)}, honest);
  EXPECT_NE(manager.find("T", "honest"), nullptr);
}

TEST_F(ConsumerFilterManagerTest, KeepsAFilterThatAnotherAddressRenewsWhenThereIsNoRoom) {
  ConsumerFilterManager manager({.file = directory_.path() / "few.json", .filters_max = 8}, clock_,
                                cache_);
  for (Budget::Peer peer = 1; peer <= 3; ++peer) {
    for (int i = 0; i < 8; ++i) {
      manager.register_group("g" + std::to_string(peer) + "-" + std::to_string(i),
                             Subscriptions{sql_subscription("T", "a", 1)}, peer);
    }
  }
  EXPECT_EQ(manager.size(), 7U);
  manager.register_group("g1-0", Subscriptions{sql_subscription("T", "b", 2)}, 2);
  ASSERT_NE(manager.find("T", "g1-0"), nullptr);
  EXPECT_EQ(manager.find("T", "g1-0")->expression->text(), "b");
  EXPECT_EQ(manager.size(), 7U);
}

TEST_F(ConsumerFilterManagerTest, ServesSeveralThreads) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([this, t] {
      for (int i = 0; i < 300; ++i) {
        const std::string group = "g" + std::to_string((i + t) % 8);
        manager_->register_group(
            group, Subscriptions{sql_subscription("T", "a > " + std::to_string(i % 5), i)});
        const auto data = manager_->find("T", group);
        ASSERT_NE(data, nullptr);
        EXPECT_TRUE(data->expression->matches(encode_properties({{"a", "9"}})));
        if (i % 16 == 0) manager_->unregister_group(group);
        if (i % 64 == 0) (void)manager_->flush();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(manager_->size(), 8U);
}

}  // namespace
}  // namespace rocketmq::broker
