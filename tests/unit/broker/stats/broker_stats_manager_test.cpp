#include "stats/broker_stats_manager.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <sstream>

#include "fake_store.hpp"
#include "rocketmq/common/shared_log.hpp"

namespace rocketmq::broker::test {
namespace {

using namespace std::chrono_literals;

class BrokerStatsManagerTest : public ::testing::Test {
 protected:
  BrokerStatsManagerTest() { stats.tick(); }

  static BrokerConfig config_of_cluster(std::string cluster) {
    BrokerConfig config;
    config.broker_cluster_name = std::move(cluster);
    return config;
  }

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
  BrokerConfig config = config_of_cluster("c1");
  BrokerStatsManager stats{config, clock, store};
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

TEST_F(BrokerStatsManagerTest, LogsWhatTheLastMinuteHasBrought) {
  std::ostringstream lines;
  spdlog::logger log("stats", std::make_shared<spdlog::sinks::ostream_sink_st>(lines));
  log.set_pattern("%v");
  set_log_of(LogSubject::Statistics, &log);
  put("T", 0);
  put("T", 1);
  stats.add_get({"T", "cg", 0}, {.messages = 32, .bytes = 3'200, .time = 4ms});
  tick(6);
  stats.log_minute();
  EXPECT_THAT(
      lines.str(),
      testing::AllOf(
          testing::HasSubstr(
              "[TOPIC_PUT_NUMS] [T] Stats In One Minute, SUM: 2 TPS: 0.03 AVGPT: 1.00\n"),
          testing::HasSubstr(
              "[GROUP_GET_NUMS] [T@cg] Stats In One Minute, SUM: 32 TPS: 0.53 AVGPT: 32.00\n"),
          testing::Not(testing::HasSubstr("QUEUE_PUT_NUMS"))));
  lines.str("");
  tick(7);
  stats.log_minute();
  EXPECT_EQ(lines.str(), "") << "nothing has come";
  log.set_level(spdlog::level::warn);
  put("T");
  tick();
  stats.log_minute();
  EXPECT_EQ(lines.str(), "");
  set_log_of(LogSubject::Statistics, nullptr);
}

TEST_F(BrokerStatsManagerTest, DoesNotCountWhatWasThereBeforeTheBrokerStarted) {
  FakeStore filled{clock};
  filled.put({.topic = "T", .body = "x"}, [](const store::PutResult&) {});
  BrokerStatsManager late(config, clock, filled);
  late.tick();
  filled.put({.topic = "T", .body = "x"}, [](const store::PutResult&) {});
  clock.advance(BrokerStatsManager::tick_period);
  late.tick();
  EXPECT_EQ(late.view("TOPIC_PUT_NUMS", "T")->minute.sum, 1);
}

TEST_F(BrokerStatsManagerTest, CountsWhatGroupsRead) {
  stats.add_get({"T", "cg", 0}, {.messages = 32, .bytes = 3'200, .time = 4ms});
  stats.add_get({"T", "cg", 1}, {.messages = 8, .bytes = 800, .time = 2ms});
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

TEST_F(BrokerStatsManagerTest, CountsSingleQueuesUnlessDetailsAreOff) {
  put("T", 0);
  put("T", 0);
  put("T", 1);
  stats.add_get({"T", "cg", 0}, {.messages = 32, .bytes = 3'200, .time = 4ms});
  stats.add_get({"T", "cg", 1}, {.messages = 8, .bytes = 800, .time = 2ms});
  tick();
  const auto record_bytes = static_cast<std::int64_t>(store.log().front().bytes.size());
  EXPECT_EQ(minute("QUEUE_PUT_NUMS", "T@0").sum, 2);
  EXPECT_EQ(minute("QUEUE_PUT_SIZE", "T@0").sum, 2 * record_bytes);
  EXPECT_EQ(minute("QUEUE_PUT_NUMS", "T@1").sum, 1);
  EXPECT_EQ(minute("QUEUE_GET_NUMS", "T@0@cg").sum, 32);
  EXPECT_EQ(minute("QUEUE_GET_SIZE", "T@0@cg").sum, 3'200);
  EXPECT_EQ(minute("QUEUE_GET_NUMS", "T@1@cg").sum, 8);

  config.enable_detail_stat = false;
  tick();
  EXPECT_FALSE(stats.view("QUEUE_PUT_NUMS", "T@0"));
  EXPECT_FALSE(stats.view("QUEUE_GET_SIZE", "T@0@cg"));
  EXPECT_FALSE(stats.view("GROUP_GET_LATENCY", "0@T@cg"));
  EXPECT_EQ(minute("TOPIC_PUT_NUMS", "T").sum, 3) << "topics and groups continue";
  stats.add_get({"T", "cg", 0}, {.messages = 1, .bytes = 1, .time = 3ms});
  stats.add_get({"T", "cg", 1}, {.messages = 1, .bytes = 1, .time = 2ms});
  tick();
  EXPECT_EQ(minute("GROUP_GET_LATENCY", "T@cg").sum, 5);

  put("T", 0);
  config.enable_detail_stat = true;
  tick();
  EXPECT_EQ(minute("QUEUE_PUT_NUMS", "T@0").sum, 0) << "they begin to be counted";
  EXPECT_FALSE(stats.view("GROUP_GET_LATENCY", "T@cg"));
  put("T", 0);
  tick();
  EXPECT_EQ(minute("QUEUE_PUT_NUMS", "T@0").sum, 1);
}

TEST_F(BrokerStatsManagerTest, TellsHowFarTheLastReadOfAQueueWasBehind) {
  EXPECT_FALSE(stats.view("GROUP_GET_FALL_SIZE", "3@T@cg")) << "nothing was read";
  stats.add_get({"T", "cg", 3}, {.lag = {.bytes = 900, .ms = 90, .read_at_ms = clock.now_ms()}});
  stats.add_get({"T", "cg", 3}, {.lag = {.bytes = 500, .ms = 50, .read_at_ms = clock.now_ms()}});
  for (const auto& [name, value] :
       {std::pair{"GROUP_GET_FALL_SIZE", 500}, std::pair{"GROUP_GET_FALL_TIME", 50}}) {
    const auto data = stats.view(name, "3@T@cg");
    ASSERT_TRUE(data) << name;
    for (const auto& figure : {data->minute, data->hour, data->day}) {
      EXPECT_EQ(figure.sum, value) << name << ": as of the last read, whatever the period";
      EXPECT_EQ(figure.per_second, 0.0);
      EXPECT_EQ(figure.per_time, value);
    }
  }
  for (const auto* key :
       {"2@T@cg", "3@U@cg", "3@T@other", "T@cg", "x@T@cg", "3x@T@cg", "@T@cg", ""})
    EXPECT_FALSE(stats.view("GROUP_GET_FALL_SIZE", key)) << key;
  clock.advance(5min);
  EXPECT_EQ(minute("GROUP_GET_FALL_SIZE", "3@T@cg").sum, 500);
  clock.advance(1ms);
  EXPECT_EQ(minute("GROUP_GET_FALL_SIZE", "3@T@cg").sum, 0) << "it has read nothing for a while";
}

TEST_F(BrokerStatsManagerTest, FindsTheGroupsThatReadFarBehind) {
  const std::int64_t now = clock.now_ms();
  stats.add_get({"T", "a", 0}, {.lag = {.bytes = 1'001, .read_at_ms = now}});
  stats.add_get({"T", "a", 1}, {.lag = {.bytes = 1'003, .read_at_ms = now}});
  stats.add_get({"T", "a", 2}, {.lag = {.bytes = 1'002, .read_at_ms = now}});
  stats.add_get({"T", "b", 0}, {.lag = {.bytes = 1'000, .read_at_ms = now}});
  stats.add_get({"T", "c", 0}, {.lag = {.bytes = 9'999, .read_at_ms = now - 300'001}});
  const auto slow = stats.groups_behind(1'000);
  ASSERT_EQ(slow.size(), 1U) << "the others are not behind, or have read nothing for a while";
  EXPECT_EQ(slow[0].group, "a");
  EXPECT_EQ(slow[0].topic, "T");
  EXPECT_EQ(slow[0].queue_id, 1);
  EXPECT_EQ(slow[0].bytes_behind, 1'003);
  stats.forget_lags("a");
  EXPECT_TRUE(stats.groups_behind(1'000).empty());
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
  stats.add_get({"T", "cg", 0}, {.messages = 1, .bytes = 1, .time = 1ms});
  stats.add_get({"TT", "cg", 0}, {.messages = 1, .bytes = 1, .time = 1ms});
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
  EXPECT_FALSE(stats.view("QUEUE_PUT_NUMS", "T@0"));
  EXPECT_FALSE(stats.view("QUEUE_PUT_SIZE", "T@0"));
  EXPECT_FALSE(stats.view("QUEUE_GET_NUMS", "T@0@cg"));
  EXPECT_FALSE(stats.view("QUEUE_GET_SIZE", "T@0@cg"));
  EXPECT_FALSE(stats.view("GROUP_GET_FALL_SIZE", "0@T@cg"));
  EXPECT_TRUE(stats.view("QUEUE_GET_NUMS", "TT@0@cg"));
  EXPECT_TRUE(stats.view("GROUP_GET_FALL_SIZE", "0@TT@cg"));
  EXPECT_TRUE(stats.view("TOPIC_PUT_NUMS", "TT"));
  EXPECT_TRUE(stats.view("GROUP_GET_LATENCY", "0@TT@cg"));
}

TEST_F(BrokerStatsManagerTest, ForgetsAGroupUnderEachOfItsKeys) {
  stats.add_get({"T", "g", 0}, {.messages = 1, .bytes = 1, .time = 1ms});
  stats.add_get({"T", "gg", 0}, {.messages = 1, .bytes = 1, .time = 1ms});
  tick();
  stats.forget_group("g");
  tick();
  EXPECT_FALSE(stats.view("GROUP_GET_NUMS", "T@g"));
  EXPECT_FALSE(stats.view("GROUP_GET_LATENCY", "0@T@g"));
  EXPECT_FALSE(stats.view("QUEUE_GET_NUMS", "T@0@g"));
  EXPECT_FALSE(stats.view("GROUP_GET_FALL_TIME", "0@T@g"));
  EXPECT_TRUE(stats.view("GROUP_GET_NUMS", "T@gg"));
  EXPECT_TRUE(stats.view("QUEUE_GET_NUMS", "T@0@gg"));
}

TEST_F(BrokerStatsManagerTest, TellsATopicOfDigitsFromAQueue) {
  put("0", 0);
  put("T", 0);
  stats.add_get({"0", "0", 0}, {.messages = 1});
  stats.add_get({"T", "g", 0}, {.messages = 1});
  tick();
  stats.forget_topic("0");
  stats.forget_group("0");
  EXPECT_TRUE(stats.view("QUEUE_PUT_NUMS", "T@0"));
  EXPECT_TRUE(stats.view("QUEUE_GET_NUMS", "T@0@g"));
  EXPECT_TRUE(stats.view("GROUP_GET_LATENCY", "0@T@g"));
  EXPECT_FALSE(stats.view("QUEUE_PUT_NUMS", "0@0"));
  EXPECT_FALSE(stats.view("QUEUE_GET_NUMS", "0@0@0"));
}

}  // namespace
}  // namespace rocketmq::broker::test
