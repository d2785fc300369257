#include "pull_hold_table.hpp"

#include <future>
#include <mutex>
#include <set>

#include "fixture.hpp"

namespace rocketmq::broker::test {
namespace {

using namespace std::chrono_literals;

class PullHoldTableTest : public BrokerFixture {
 protected:
  PullHoldTableTest() {
    held.on_wake([this](HeldPull pull) {
      woken.push_back(pull.group);
      pull.reply.drop();
    });
    store.on_message_arriving(
        [this](const store::MessageArrival& message) { held.arrived(message); });
  }
  static ExpressionMessageFilter by_tags(const std::string& expression) {
    return ExpressionMessageFilter(std::make_shared<const SubscriptionData>(
        parse_tag_subscription("T", expression, 1).value()));
  }
  HeldPull pull(const std::string& group, std::int64_t offset,
                const std::string& expression = "*") {
    return {.group = group,
            .topic = "T",
            .queue_id = 1,
            .queue_offset = offset,
            .count_max = 32,
            .filter = by_tags(expression),
            .deadline = clock.steady_now() + 15s};
  }
  bool hold(const std::string& group, std::int64_t offset, const std::string& expression = "*") {
    auto held_pull = pull(group, offset, expression);
    return held.hold(held_pull);
  }
  void put(const std::string& tags, std::int32_t queue_id = 1) {
    std::string properties;
    append_property(properties, property::tags, tags);
    store.put({.topic = "T", .queue_id = queue_id, .body = "x", .properties = properties},
              [](const store::PutResult&) {});
  }
  std::vector<std::string> woken;
};

TEST_F(PullHoldTableTest, WakesThePullsOfAQueueWhenAMessageArrivesThere) {
  ASSERT_TRUE(hold("a", 0));
  ASSERT_TRUE(hold("b", 0));
  put("TagA", 0);
  EXPECT_TRUE(woken.empty()) << "that was another queue";
  put("TagA");
  EXPECT_EQ(woken, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(held.size(), 0U);
}

TEST_F(PullHoldTableTest, LeavesManyPullsToThePoolSoThatTheWakingThreadGoesOn) {
  remoting::WorkerPool pool{"read", 1, 100};
  std::mutex mutex;
  std::set<std::string> rerun;
  held.on_wake(
      [&](HeldPull pull) {
        const std::lock_guard lock(mutex);
        rerun.insert(pull.group);
        pull.reply.drop();
      },
      &pool);
  std::promise<void> release;
  ASSERT_TRUE(pool.post([&release] { release.get_future().wait(); }));
  for (int count = 0; count < 100; ++count) ASSERT_TRUE(hold(std::to_string(count), 0));
  put("TagA");
  {
    const std::lock_guard lock(mutex);
    EXPECT_TRUE(rerun.empty()) << "the pool is busy, the message is in its queue all the same";
  }
  EXPECT_EQ(held.size(), 0U);
  release.set_value();
  pool.stop();
  EXPECT_EQ(rerun.size(), 100U);
}

TEST_F(PullHoldTableTest, RunsPullsAgainItselfWhenThePoolTakesNoMore) {
  remoting::WorkerPool pool{"read", 1, 1};
  held.on_wake(
      [this](HeldPull pull) {
        woken.push_back(pull.group);
        pull.reply.drop();
      },
      &pool);
  pool.stop();
  for (int count = 0; count < 100; ++count) ASSERT_TRUE(hold("a", 0));
  put("TagA");
  EXPECT_EQ(woken.size(), 100U);
}

TEST_F(PullHoldTableTest, LeavesAPullAsleepWhoseFilterDoesNotTakeTheMessage) {
  ASSERT_TRUE(hold("a", 0, "TagB || TagC"));
  put("TagA");
  EXPECT_TRUE(woken.empty());
  put("TagC");
  EXPECT_EQ(woken, std::vector<std::string>{"a"});
}

TEST_F(PullHoldTableTest, EvaluatesTheExpressionOfAHeldPullForTheMessageThatArrives) {
  auto by_expression = pull("a", 0);
  by_expression.filter =
      with_sql
          .for_request({.topic = "T", .expression = "TAGS = 'TagB'", .expression_type = "SQL92"})
          .value();
  ASSERT_TRUE(held.hold(by_expression));
  put("TagA");
  EXPECT_TRUE(woken.empty());
  put("TagB");
  EXPECT_EQ(woken, std::vector<std::string>{"a"});
}

TEST_F(PullHoldTableTest, WakesAtOnceWhenAMessageCameBeforeThePullWasHeld) {
  put("TagA");
  ASSERT_TRUE(hold("a", 0));
  EXPECT_EQ(woken, std::vector<std::string>{"a"});
  EXPECT_EQ(held.size(), 0U);
}

TEST_F(PullHoldTableTest, LetsThePullGoAtItsDeadlineAndNotBefore) {
  ASSERT_TRUE(hold("a", 0));
  clock.advance(14'999ms);
  held.tick();
  EXPECT_TRUE(woken.empty());
  ASSERT_TRUE(hold("b", 0));
  clock.advance(1ms);
  held.tick();
  EXPECT_EQ(woken, std::vector<std::string>{"a"});
  clock.advance(14'999ms);
  held.tick();
  EXPECT_EQ(woken, (std::vector<std::string>{"a", "b"}));
}

TEST_F(PullHoldTableTest, LooksAfterQueuesWhoseMessagesWereFilteredAway) {
  held.tick();
  ASSERT_TRUE(hold("a", 0, "TagB"));
  put("TagA");
  held.tick();
  EXPECT_TRUE(woken.empty());
  clock.advance(PullHoldTable::sweep_period);
  held.tick();
  EXPECT_EQ(woken, std::vector<std::string>{"a"}) << "so that it moves on past them";
}

TEST_F(PullHoldTableTest, GivesAPullBackWhenItIsFullOrClosed) {
  for (int count = 0; count < 100; ++count) ASSERT_TRUE(hold("a", 0));
  auto one_more = pull("b", 0);
  EXPECT_FALSE(held.hold(one_more));
  EXPECT_EQ(one_more.group, "b") << "it is as it was";
  held.close();
  EXPECT_EQ(held.size(), 0U);
  EXPECT_FALSE(hold("c", 0));
  EXPECT_TRUE(woken.empty());
}

}  // namespace
}  // namespace rocketmq::broker::test
