#include "pulls/pull_hold_table.hpp"

#include <future>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

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

/// With one thread that is busy until it may continue.
class BusyPoolTest : public PullHoldTableTest {
 protected:
  ~BusyPoolTest() override { release(); }
  void make_pool(std::size_t queue_max) {
    pool.emplace("read", 1, queue_max);
    held.on_wake(
        [this](HeldPull pull) {
          const std::lock_guard lock(mutex);
          rerun.push_back(pull.group);
          pull.reply.drop();
        },
        &*pool);
    std::promise<void> started;
    ASSERT_TRUE(pool->post([this, &started] {
      started.set_value();
      go_on.get_future().wait();
    }));
    started.get_future().wait();
  }
  /// Lets the thread continue; also when a test ends early.
  void release() {
    if (pool && !std::exchange(is_released, true)) go_on.set_value();
  }
  std::size_t reruns() {
    const std::lock_guard lock(mutex);
    return rerun.size();
  }
  std::mutex mutex;
  std::vector<std::string> rerun;  // guarded by mutex
  std::promise<void> go_on;
  bool is_released = false;
  std::optional<WorkerPool> pool;
};

TEST_F(BusyPoolTest, LeavesManyPullsToThePoolSoThatTheWakingThreadGoesOn) {
  make_pool(100);
  for (int count = 0; count < 100; ++count) ASSERT_TRUE(hold(std::to_string(count), 0));
  put("TagA");
  EXPECT_EQ(reruns(), 0U) << "the pool is busy, the message is in its queue all the same";
  release();
  pool->stop();
  EXPECT_EQ(reruns(), 100U);
  EXPECT_EQ(held.size(), 0U);
}

TEST_F(BusyPoolTest, LeavesTheFiltersOfManyPullsToThePool) {
  make_pool(100);
  for (int count = 0; count < 99; ++count) ASSERT_TRUE(hold("b", 0, "TagB"));
  ASSERT_TRUE(hold("a", 0, "TagA"));
  put("TagA");
  EXPECT_EQ(reruns(), 0U) << "one would be few enough, but a hundred are too many to be tested";
  release();
  pool->stop();
  EXPECT_EQ(rerun, std::vector<std::string>{"a"});
  EXPECT_EQ(held.size(), 99U);
}

TEST_F(BusyPoolTest, TestsALongExpressionAsOftenAsItsWorkAllows) {
  make_pool(100);
  std::string expression = "TAGS = 'TagA'";
  while (expression.size() < 4'000) expression += " OR TAGS = 'TagB'";
  auto costly = pull("a", 0);
  costly.filter =
      with_sql.for_request({.topic = "T", .expression = expression, .expression_type = "SQL92"})
          .value();
  ASSERT_TRUE(held.hold(costly));
  put("TagA");
  EXPECT_EQ(reruns(), 0U);
  release();
  pool->stop();
  EXPECT_EQ(rerun, std::vector<std::string>{"a"});
}

TEST_F(BusyPoolTest, TestsWhatArrivesWhileThePoolIsBusyWithAQueue) {
  make_pool(100);
  for (int count = 0; count < 100; ++count) ASSERT_TRUE(hold("b", 0, "TagB"));
  put("TagA");
  put("TagA");
  put("TagB");
  EXPECT_EQ(pool->queue_size(), 1U) << "once is enough";
  release();
  pool->stop();
  EXPECT_EQ(reruns(), 100U);
}

TEST_F(BusyPoolTest, KeepsPullsForWhichThePoolHasNoRoomUntilItHas) {
  make_pool(1);
  ASSERT_TRUE(pool->post([] {}));  // full
  for (int count = 0; count < 80; ++count) ASSERT_TRUE(hold("a", 0));
  for (int count = 0; count < 20; ++count) {
    auto elsewhere = pull("c", 0);
    elsewhere.queue_id = 2;
    ASSERT_TRUE(held.hold(elsewhere));
  }
  put("TagA");
  put("TagA", 2);
  clock.advance(15s);
  held.tick();
  EXPECT_EQ(reruns(), 0U);
  EXPECT_EQ(held.size(), 100U);
  release();
  while (held.size() > 0) {
    clock.advance(100ms);
    held.tick();
    std::this_thread::yield();
  }
  pool->stop();
  EXPECT_EQ(reruns(), 100U);
}

TEST_F(PullHoldTableTest, TestsEveryPullAgainstWhatCameBeforeAMessageThatArrivesMeanwhile) {
  bool has_put = false;
  held.on_wake([&](HeldPull pull) {
    woken.push_back(pull.group);
    pull.reply.drop();
    // So many have been woken that the rest would be few enough to be tested immediately.
    if (!std::exchange(has_put, true)) put("TagB");
  });
  for (int count = 0; count < 40; ++count) ASSERT_TRUE(hold("first", 0, "TagA"));
  for (int count = 0; count < 24; ++count) ASSERT_TRUE(hold("other", 0, "TagC"));
  for (int count = 0; count < 36; ++count) ASSERT_TRUE(hold("last", 0, "TagA"));
  put("TagA");
  EXPECT_EQ(woken.size(), 76U);
  EXPECT_EQ(held.size(), 24U);
}

TEST_F(PullHoldTableTest, TestsAPullThatComesLateThoughManyHaveBeenTested) {
  for (int count = 0; count < 90; ++count) ASSERT_TRUE(hold("b", 0, "TagB"));
  put("TagA");
  ASSERT_TRUE(woken.empty());
  ASSERT_TRUE(hold("a", 0, "TagA"));
  EXPECT_EQ(woken, std::vector<std::string>{"a"});
}

TEST_F(PullHoldTableTest, DropsThePullsOfAChannelThatCloses) {
  for (const std::uint64_t id : {1, 2, 1}) {
    auto of_channel = pull(std::to_string(id), 0);
    of_channel.channel = id;
    ASSERT_TRUE(held.hold(of_channel));
  }
  held.forget(1);
  EXPECT_EQ(held.size(), 1U);
  held.forget(7);
  put("TagA");
  EXPECT_EQ(woken, std::vector<std::string>{"2"});
}

TEST_F(PullHoldTableTest, LeavesManyPullsOfAChannelThatClosesToTheTick) {
  PullHoldTable large{clock, store, 10'000};
  for (int count = 0; count < 5'000; ++count) {
    auto of_channel = pull("a", 0);
    of_channel.channel = 1;
    ASSERT_TRUE(large.hold(of_channel));
  }
  large.forget(1);
  EXPECT_LT(large.size(), 5'000U);
  EXPECT_GT(large.size(), 2'000U) << "the thread of the connection is not kept by all";
  large.tick();
  EXPECT_EQ(large.size(), 0U);
}

TEST_F(PullHoldTableTest, HoldsNoPullOfAConnectionThatHasEnded) {
  class Ended final : public remoting::ResponseSink {
   public:
    void respond(remoting::RemotingCommand&, remoting::Body) override {}
    bool has_peer() const override { return false; }
  };
  auto late = pull("a", 0);
  late.reply = remoting::Reply(std::make_shared<Ended>(), remoting::RemotingCommand());
  EXPECT_TRUE(held.hold(late)) << "there is no peer to reply to";
  EXPECT_EQ(held.size(), 0U);
  EXPECT_TRUE(woken.empty());
}

TEST_F(PullHoldTableTest, MakesRoomByTheOldestPullOfTheChannelThatHasMost) {
  const auto hold_of = [this](std::uint64_t id, const std::string& group) {
    auto of_channel = pull(group, 0);
    of_channel.channel = id;
    return held.hold(of_channel);
  };
  for (int count = 0; count < 98; ++count)
    ASSERT_TRUE(hold_of(1, "greedy" + std::to_string(count)));
  ASSERT_TRUE(hold_of(2, "modest"));
  ASSERT_TRUE(hold_of(2, "modest"));
  EXPECT_FALSE(hold_of(1, "greedy"));
  EXPECT_TRUE(hold_of(3, "new"));
  EXPECT_TRUE(hold_of(2, "modest"));
  EXPECT_EQ(woken, (std::vector<std::string>{"greedy0", "greedy1"}));
  EXPECT_EQ(held.size(), 100U);
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
