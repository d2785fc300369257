#include "stats/broker_stats_manager.hpp"

#include <gtest/gtest.h>

#include "fake_store.hpp"

namespace rocketmq::broker::test {
namespace {

using namespace std::chrono_literals;

class BrokerStatsManagerTest : public ::testing::Test {
 protected:
  BrokerStatsManagerTest() { stats.tick(); }

  void put(const std::string& topic, std::int32_t queue_id = 0) {
    store.put({.topic = topic, .queue_id = queue_id, .body = "0123456789"},
              [](const store::PutResult&) {});
  }
  void tick(int times = 1) {
    for (int i = 0; i < times; ++i) {
      clock.advance(BrokerStatsManager::tick_period);
      stats.tick();
    }
  }
  remoting::StatsFigure minute(std::string_view name, std::string_view key) {
    const auto data = stats.view(name, key);
    EXPECT_TRUE(data) << name << " " << key;
    return data ? data->minute : remoting::StatsFigure{};
  }

  ManualClock clock;
  FakeStore store{clock};
  BrokerStatsManager stats{"c1", clock, store};
};

TEST_F(BrokerStatsManagerTest, CountsWhatComesIntoATopicOverAllItsQueues) {
  put("T", 0);
  put("T", 1);
  put("%RETRY%cg");
  tick();
  EXPECT_EQ(minute("TOPIC_PUT_NUMS", "T").sum, 2);
  EXPECT_DOUBLE_EQ(minute("TOPIC_PUT_NUMS", "T").per_second, 0.2);
  const auto record_bytes = static_cast<std::int64_t>(store.log().front().bytes.size());
  EXPECT_EQ(minute("TOPIC_PUT_SIZE", "T").sum, 2 * record_bytes);
  EXPECT_DOUBLE_EQ(minute("TOPIC_PUT_SIZE", "T").per_time, static_cast<double>(record_bytes));
  EXPECT_EQ(minute("TOPIC_PUT_NUMS", "%RETRY%cg").sum, 1);
  EXPECT_EQ(minute("BROKER_PUT_NUMS", "c1").sum, 3);
}

TEST_F(BrokerStatsManagerTest, DoesNotCountWhatWasThereBeforeTheBrokerStarted) {
  FakeStore filled{clock};
  filled.put({.topic = "T", .body = "x"}, [](const store::PutResult&) {});
  BrokerStatsManager late("c1", clock, filled);
  late.tick();
  filled.put({.topic = "T", .body = "x"}, [](const store::PutResult&) {});
  clock.advance(BrokerStatsManager::tick_period);
  late.tick();
  EXPECT_EQ(late.view("TOPIC_PUT_NUMS", "T")->minute.sum, 1);
}

TEST_F(BrokerStatsManagerTest, CountsWhatGroupsRead) {
  stats.add_get({"T", "cg", 0}, 32, 3'200, 4ms);
  stats.add_get({"T", "cg", 1}, 8, 800, 2ms);
  tick();
  EXPECT_EQ(minute("GROUP_GET_NUMS", "T@cg").sum, 40);
  EXPECT_DOUBLE_EQ(minute("GROUP_GET_NUMS", "T@cg").per_time, 20.0);
  EXPECT_EQ(minute("GROUP_GET_SIZE", "T@cg").sum, 4'000);
  EXPECT_EQ(minute("GROUP_GET_LATENCY", "0@T@cg").sum, 4);
  EXPECT_EQ(minute("GROUP_GET_LATENCY", "1@T@cg").sum, 2);
  EXPECT_DOUBLE_EQ(stats.get_tps("T", "cg"), 4.0);
  EXPECT_EQ(stats.get_tps("T", "nobody"), 0.0);
  EXPECT_EQ(stats.longest_get(), 4ms);
}

TEST_F(BrokerStatsManagerTest, CountsMessagesThatAreSentBack) {
  stats.add_send_back("T", "cg");
  stats.add_send_back("T", "cg");
  tick();
  EXPECT_EQ(minute("SNDBCK_PUT_NUMS", "T@cg").sum, 2);
}

TEST_F(BrokerStatsManagerTest, KnowsNothingOfWhatNeverHappened) {
  tick();
  EXPECT_FALSE(stats.view("TOPIC_PUT_NUMS", "T"));
  EXPECT_FALSE(stats.view("TOPIC_PUT_NUMS", ""));
  EXPECT_FALSE(stats.view("NO_SUCH_STATISTIC", "T"));
}

TEST_F(BrokerStatsManagerTest, FollowsAStatisticThroughMinuteHourAndDay) {
  put("T");
  tick(7);
  EXPECT_EQ(minute("TOPIC_PUT_NUMS", "T").sum, 0);
  EXPECT_EQ(stats.view("TOPIC_PUT_NUMS", "T")->hour.sum, 1);
  tick(7 * 60);
  EXPECT_EQ(stats.view("TOPIC_PUT_NUMS", "T")->hour.sum, 0);
  EXPECT_EQ(stats.view("TOPIC_PUT_NUMS", "T")->day.sum, 1);
  tick(25 * 360);
  EXPECT_EQ(stats.view("TOPIC_PUT_NUMS", "T")->day.sum, 0);
  put("T");
  tick();
  EXPECT_EQ(minute("TOPIC_PUT_NUMS", "T").sum, 1) << "what was counted before does not come again";
}

TEST_F(BrokerStatsManagerTest, GoesOnWhenATopicIsDeletedAndMadeAnew) {
  put("T");
  put("T");
  put("T");
  tick();
  store.delete_topic("T");
  tick();
  EXPECT_EQ(minute("TOPIC_PUT_NUMS", "T").sum, 3);
  put("T");
  tick();
  EXPECT_EQ(minute("TOPIC_PUT_NUMS", "T").sum, 4);
}

TEST_F(BrokerStatsManagerTest, ForgetsATopicUnderEachOfItsKeys) {
  put("T");
  put("TT");
  stats.add_get({"T", "cg", 0}, 1, 1, 1ms);
  stats.add_get({"TT", "cg", 0}, 1, 1, 1ms);
  stats.add_send_back("T", "cg");
  tick();
  store.delete_topic("T");
  stats.forget_topic("T");
  tick();
  EXPECT_FALSE(stats.view("TOPIC_PUT_NUMS", "T"));
  EXPECT_FALSE(stats.view("TOPIC_PUT_SIZE", "T"));
  EXPECT_FALSE(stats.view("GROUP_GET_NUMS", "T@cg"));
  EXPECT_FALSE(stats.view("GROUP_GET_LATENCY", "0@T@cg"));
  EXPECT_FALSE(stats.view("SNDBCK_PUT_NUMS", "T@cg"));
  EXPECT_TRUE(stats.view("TOPIC_PUT_NUMS", "TT"));
  EXPECT_TRUE(stats.view("GROUP_GET_LATENCY", "0@TT@cg"));
}

TEST_F(BrokerStatsManagerTest, ForgetsAGroupUnderEachOfItsKeys) {
  stats.add_get({"T", "g", 0}, 1, 1, 1ms);
  stats.add_get({"T", "gg", 0}, 1, 1, 1ms);
  tick();
  stats.forget_group("g");
  tick();
  EXPECT_FALSE(stats.view("GROUP_GET_NUMS", "T@g"));
  EXPECT_FALSE(stats.view("GROUP_GET_LATENCY", "0@T@g"));
  EXPECT_TRUE(stats.view("GROUP_GET_NUMS", "T@gg"));
}

}  // namespace
}  // namespace rocketmq::broker::test
