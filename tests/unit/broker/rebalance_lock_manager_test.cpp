#include "clients/rebalance_lock_manager.hpp"

#include "fixture.hpp"

namespace rocketmq::broker::test {
namespace {

using namespace std::chrono_literals;

class RebalanceLockManagerTest : public BrokerFixture {
 protected:
  const MessageQueueId first{"T", "broker-a", 0};
  const MessageQueueId second{"T", "broker-a", 1};
};

TEST_F(RebalanceLockManagerTest, GrantsAQueueToOneClientOfAGroup) {
  EXPECT_EQ(locks.lock("cg", "one", {first, second}).size(), 2U);
  EXPECT_TRUE(locks.lock("cg", "two", {first}).empty());
  EXPECT_EQ(locks.lock("cg", "one", {first}).size(), 1U) << "its own lock is renewed";
  EXPECT_EQ(locks.lock("other", "two", {first}).size(), 1U) << "groups do not share locks";
}

TEST_F(RebalanceLockManagerTest, GrantsAnExpiredLockToAnother) {
  (void)locks.lock("cg", "one", {first});
  clock.advance(60s);
  EXPECT_TRUE(locks.lock("cg", "two", {first}).empty());
  clock.advance(1ms);
  EXPECT_EQ(locks.lock("cg", "two", {first}), std::vector{first});
  EXPECT_TRUE(locks.lock("cg", "one", {first}).empty());
}

TEST_F(RebalanceLockManagerTest, GrantsAnExpiredLockWhereThereIsNoOtherPlace) {
  RebalanceLockManager full(clock, 1);
  (void)full.lock("cg", "one", {first}, 1);
  clock.advance(61s);
  EXPECT_EQ(full.lock("cg", "two", {first}, 2), std::vector{first});
  EXPECT_EQ(full.size(), 1U);
}

TEST_F(RebalanceLockManagerTest, UnlocksOnlyWhatTheClientHolds) {
  (void)locks.lock("cg", "one", {first});
  locks.unlock("cg", "two", {first});
  EXPECT_TRUE(locks.lock("cg", "two", {first}).empty());
  locks.unlock("cg", "one", {first});
  EXPECT_EQ(locks.lock("cg", "two", {first}).size(), 1U);
}

TEST_F(RebalanceLockManagerTest, ForgetsExpiredLocks) {
  (void)locks.lock("cg", "one", {first, second});
  EXPECT_EQ(locks.size(), 2U);
  clock.advance(61s);
  locks.tick();
  EXPECT_EQ(locks.size(), 0U);
}

}  // namespace
}  // namespace rocketmq::broker::test
