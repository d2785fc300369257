#include "pulls/slow_consumer_guard.hpp"

#include "fixture.hpp"

namespace rocketmq::broker::test {
namespace {

class SlowConsumerGuardTest : public BrokerFixture {
 protected:
  SlowConsumerGuardTest() {
    config.disable_consume_if_consumer_read_slowly = true;
    config.consumer_fallbehind_threshold_bytes = 1'000;
    for (const auto* group : {"slow", "fast"}) EXPECT_TRUE(groups.find_or_create(group));
  }
  void read(std::string_view group, std::int64_t bytes_behind) {
    stats.add_get({"T", group, 0},
                  {.messages = 1, .lag = {.bytes = bytes_behind, .read_at_ms = clock.now_ms()}});
  }
  bool may_consume(std::string_view group) { return groups.find(group)->consume_enable; }

  SlowConsumerGuard guard{config, stats, groups};
};

TEST_F(SlowConsumerGuardTest, TakesThePermissionOfGroupsThatFallTooFarBehind) {
  read("slow", 1'001);
  read("fast", 1'000);
  guard.tick();
  EXPECT_FALSE(may_consume("slow"));
  EXPECT_TRUE(may_consume("fast"));
}

TEST_F(SlowConsumerGuardTest, DoesNothingUnlessItIsSwitchedOn) {
  EXPECT_FALSE(BrokerConfig().disable_consume_if_consumer_read_slowly);
  EXPECT_EQ(BrokerConfig().consumer_fallbehind_threshold_bytes.get(), 16LL << 30);
  config.disable_consume_if_consumer_read_slowly = false;
  read("slow", 1'001);
  guard.tick();
  EXPECT_TRUE(may_consume("slow"));
}

TEST_F(SlowConsumerGuardTest, JudgesAGroupThatMayConsumeAgainByWhatItReadsFromThereOn) {
  read("slow", 1'001);
  guard.tick();
  ASSERT_TRUE(groups.update({.group_name = "slow"}));
  guard.tick();
  EXPECT_TRUE(may_consume("slow"));
  read("slow", 1'001);
  guard.tick();
  EXPECT_FALSE(may_consume("slow"));
}

TEST_F(SlowConsumerGuardTest, LeavesGroupsThatReadNoMoreAlone) {
  read("slow", 1'001);
  clock.advance(BrokerStatsManager::lag_kept + std::chrono::milliseconds(1));
  guard.tick();
  EXPECT_TRUE(may_consume("slow"));
}

}  // namespace
}  // namespace rocketmq::broker::test
