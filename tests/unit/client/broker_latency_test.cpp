#include "producer/broker_latency.hpp"

#include <gtest/gtest.h>

namespace rocketmq::client {
namespace {

using namespace std::chrono_literals;

const BrokerLatency::Time start{};

TEST(BrokerLatency, KeepsABrokerAwayTheLongerTheSlowerItWas) {
  BrokerLatency latency;
  latency.record("quick", 549ms, false, start);
  EXPECT_TRUE(latency.is_available("quick", start));
  latency.record("slow", 550ms, false, start);
  EXPECT_FALSE(latency.is_available("slow", start + 29s));
  EXPECT_TRUE(latency.is_available("slow", start + 30s));
  latency.record("slower", 3s, false, start);
  EXPECT_FALSE(latency.is_available("slower", start + 179s));
  EXPECT_TRUE(latency.is_available("slower", start + 180s));
}

TEST(BrokerLatency, KeepsABrokerAwayForTenMinutesAfterAFailure) {
  BrokerLatency latency;
  latency.record("broken", 1ms, true, start);
  EXPECT_FALSE(latency.is_available("broken", start + 599s));
  EXPECT_TRUE(latency.is_available("broken", start + 600s));
  EXPECT_TRUE(latency.is_available("never seen", start));
}

TEST(BrokerLatency, PicksInTurnAmongTheBetterHalf) {
  BrokerLatency latency;
  EXPECT_FALSE(latency.pick_better(start).has_value());
  latency.record("a", 600ms, false, start);
  latency.record("b", 700ms, false, start);
  latency.record("c", 4s, false, start);
  latency.record("d", 1ms, true, start);
  EXPECT_EQ(latency.pick_better(start), "a");
  EXPECT_EQ(latency.pick_better(start), "b");
  EXPECT_EQ(latency.pick_better(start), "a");
}

}  // namespace
}  // namespace rocketmq::client
