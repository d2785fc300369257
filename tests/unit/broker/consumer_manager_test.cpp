#include "clients/consumer_manager.hpp"

#include "fixture.hpp"
#include "processors/client_calls.hpp"

namespace rocketmq::broker::test {
namespace {

using namespace std::chrono_literals;

class ConsumerManagerTest : public BrokerFixture {
 protected:
  ConsumerManagerTest() {
    consumers.on_change(
        [this](const std::string& group, const std::vector<remoting::ChannelPtr>& members) {
          changes.emplace_back(group, members.size());
        });
  }
  static remoting::ConsumerData data(const std::vector<std::string>& topics,
                                     std::int64_t version = 1) {
    remoting::ConsumerData consumer{.group_name = "cg"};
    for (const auto& topic : topics) {
      consumer.subscriptions.push_back(parse_tag_subscription(topic, "*", version).value());
    }
    return consumer;
  }
  static ClientChannel client(const std::shared_ptr<FakeChannel>& channel, const std::string& id) {
    return {.channel = channel, .client_id = id};
  }
  std::vector<std::pair<std::string, std::size_t>> changes;
  std::shared_ptr<FakeChannel> other = make_channel();
};

TEST_F(ConsumerManagerTest, TellsAllMembersWhenOneJoinsOrLeaves) {
  ASSERT_TRUE(consumers.register_consumer(client(channel, "one"), data({"T"})));
  ASSERT_TRUE(consumers.register_consumer(client(other, "two"), data({"T"})));
  ASSERT_TRUE(consumers.register_consumer(client(other, "two"), data({"T"})));
  EXPECT_EQ(changes, (std::vector<std::pair<std::string, std::size_t>>{{"cg", 1}, {"cg", 2}}))
      << "a repeated heartbeat is no change";
  consumers.unregister_consumer("cg", other);
  EXPECT_EQ(changes.back(), (std::pair<std::string, std::size_t>{"cg", 1}));
  EXPECT_EQ(consumers.client_ids_of("cg"), std::vector<std::string>{"one"});
  consumers.channel_closed(channel);
  EXPECT_EQ(changes.back(), (std::pair<std::string, std::size_t>{"cg", 0})) << "none is left";
  EXPECT_FALSE(consumers.subscription_of("cg", "T"));
}

TEST_F(ConsumerManagerTest, TakesTheSubscriptionsOfTheNewestHeartbeat) {
  ASSERT_TRUE(consumers.register_consumer(client(channel, "one"), data({"T", "U"})));
  EXPECT_NE(consumers.subscription_of("cg", "U")->subscription, nullptr);
  ASSERT_TRUE(consumers.register_consumer(client(channel, "one"), data({"T"})));
  EXPECT_EQ(consumers.subscription_of("cg", "U")->subscription, nullptr);
  EXPECT_EQ(changes.size(), 2U);
  ASSERT_TRUE(consumers.register_consumer(client(channel, "one"), data({"T"}, 5)));
  EXPECT_EQ(consumers.subscription_of("cg", "T")->subscription->sub_version, 5);
  ASSERT_TRUE(consumers.register_consumer(client(channel, "one"), data({"T"}, 3)));
  EXPECT_EQ(consumers.subscription_of("cg", "T")->subscription->sub_version, 5)
      << "an older one does not count";
  EXPECT_EQ(changes.size(), 2U) << "a newer version alone is no change of the group";
  EXPECT_EQ(consumers.groups_of_topic("T"), std::vector<std::string>{"cg"});
}

TEST_F(ConsumerManagerTest, ForgetsAMemberThatHasBeenSilentForTwoMinutes) {
  ASSERT_TRUE(consumers.register_consumer(client(channel, "one"), data({"T"})));
  clock.advance(60s);
  ASSERT_TRUE(consumers.register_consumer(client(other, "two"), data({"T"})));
  clock.advance(60s + 1ms);
  consumers.scan_silent_channels();
  EXPECT_FALSE(channel->open);
  EXPECT_TRUE(other->open);
  EXPECT_EQ(consumers.client_ids_of("cg"), std::vector<std::string>{"two"});
}

TEST_F(ConsumerManagerTest, TakesNoHeartbeatOfAConnectionThatHasClosed) {
  channel->open = false;
  ASSERT_TRUE(consumers.register_consumer(client(channel, "one"), data({"T"})));
  EXPECT_FALSE(consumers.view_of("cg"));
}

TEST_F(ConsumerManagerTest, NamesAClientWithTwoConnectionsOnce) {
  ASSERT_TRUE(consumers.register_consumer(client(channel, "one"), data({"T"})));
  ASSERT_TRUE(consumers.register_consumer(client(other, "one"), data({"T"})));
  EXPECT_EQ(consumers.client_ids_of("cg"), std::vector<std::string>{"one"});
  consumers.channel_closed(channel);
  EXPECT_EQ(consumers.client_ids_of("cg"), std::vector<std::string>{"one"});
}

TEST_F(ConsumerManagerTest, AMemberIsReachedByItsNewestOpenConnection) {
  ASSERT_TRUE(consumers.register_consumer(client(channel, "one"), data({"T"})));
  clock.advance(1ms);
  ASSERT_TRUE(consumers.register_consumer(client(other, "one"), data({"T"})));
  EXPECT_EQ(find_member(consumers, "cg", "one", 0)->channel, other);
  clock.advance(1ms);
  ASSERT_TRUE(consumers.register_consumer(client(channel, "one"), data({"T"})));
  EXPECT_EQ(find_member(consumers, "cg", "one", 0)->channel, channel);
  channel->open = false;
  EXPECT_EQ(find_member(consumers, "cg", "one", 0)->channel, other);
}

class ProducerManagerTest : public BrokerFixture {
 protected:
  std::shared_ptr<FakeChannel> other = make_channel();
};

TEST_F(ProducerManagerTest, ChoosesTheMembersOfAGroupInTurn) {
  ASSERT_TRUE(producers.register_producer("pg", {.channel = channel, .client_id = "one"}));
  ASSERT_TRUE(producers.register_producer("pg", {.channel = other, .client_id = "two"}));
  const auto next = [this](std::string_view group) -> remoting::ChannelPtr {
    const auto member = producers.next_member_of(group);
    return member ? member->channel : nullptr;
  };
  const auto first = next("pg");
  const auto second = next("pg");
  EXPECT_NE(first, second);
  EXPECT_EQ(next("pg"), first);
  channel->open = false;
  EXPECT_EQ(next("pg"), other);
  EXPECT_EQ(next("pg"), other);
  EXPECT_EQ(next("unknown"), nullptr);
}

TEST_F(ProducerManagerTest, KnowsAClientUntilItsLastMembershipIsGone) {
  ASSERT_TRUE(producers.register_producer("pg", {.channel = channel, .client_id = "one"}));
  ASSERT_TRUE(producers.register_producer("qg", {.channel = channel, .client_id = "one"}));
  producers.unregister_producer("pg", channel);
  EXPECT_EQ(producers.channel_of_client("one"), channel);
  EXPECT_TRUE(producers.members_of("pg").empty());
  producers.channel_closed(channel);
  EXPECT_EQ(producers.channel_of_client("one"), nullptr);
}

TEST_F(ProducerManagerTest, AClientIsReachedByTheNewestOfItsOpenConnections) {
  ASSERT_TRUE(producers.register_producer("pg", {.channel = channel, .client_id = "one"}));
  ASSERT_TRUE(producers.register_producer("pg", {.channel = other, .client_id = "one"}));
  EXPECT_EQ(producers.channel_of_client("one"), other);

  producers.channel_closed(other);
  EXPECT_EQ(producers.channel_of_client("one"), channel) << "the older one lives";

  ASSERT_TRUE(producers.register_producer("pg", {.channel = other, .client_id = "one"}));
  ASSERT_TRUE(producers.register_producer("pg", {.channel = channel, .client_id = "one"}));
  EXPECT_EQ(producers.channel_of_client("one"), channel);
  channel->open = false;
  EXPECT_EQ(producers.channel_of_client("one"), other) << "its end has not been handled yet";
  producers.channel_closed(channel);
  producers.channel_closed(other);
  EXPECT_EQ(producers.channel_of_client("one"), nullptr);
}

TEST_F(ProducerManagerTest, ForgetsAMemberThatHasBeenSilentForTwoMinutes) {
  ASSERT_TRUE(producers.register_producer("pg", {.channel = channel, .client_id = "one"}));
  clock.advance(120s + 1ms);
  producers.scan_silent_channels();
  EXPECT_FALSE(channel->open);
  EXPECT_TRUE(producers.all().empty());
}

}  // namespace
}  // namespace rocketmq::broker::test
