#include "rocketmq/client/topic_publish_info.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace rocketmq::client {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

remoting::TopicRouteData route() {
  remoting::TopicRouteData data;
  data.queue_datas = {
      {"b", 2, 1, 6, 0}, {"a", 1, 2, 6, 0}, {"no-master", 1, 1, 6, 0}, {"read-only", 1, 1, 4, 0}};
  data.broker_datas = {{"c", "a", {{0, "1:1"}}},
                       {"c", "b", {{0, "1:2"}}},
                       {"c", "no-master", {{1, "1:3"}}},
                       {"c", "read-only", {{0, "1:4"}}}};
  return data;
}

TEST(WritableQueues, AreThoseOfWritableBrokersWithAMaster) {
  EXPECT_THAT(
      writable_queues("T", route()),
      ElementsAre(MessageQueue("T", "a", 0), MessageQueue("T", "a", 1), MessageQueue("T", "b", 0)));
}

TEST(WritableQueues, FollowTheOrderConfiguration) {
  auto ordered = route();
  ordered.order_topic_conf = "b:1;a:2";
  EXPECT_THAT(
      writable_queues("T", ordered),
      ElementsAre(MessageQueue("T", "b", 0), MessageQueue("T", "a", 0), MessageQueue("T", "a", 1)));
  ordered.order_topic_conf = ";nonsense;x:-1";
  EXPECT_THAT(writable_queues("T", ordered), IsEmpty());
}

TEST(ReadableQueues, NeedNoMaster) {
  EXPECT_THAT(
      readable_queues("T", route()),
      ElementsAre(MessageQueue("T", "a", 0), MessageQueue("T", "b", 0), MessageQueue("T", "b", 1),
                  MessageQueue("T", "no-master", 0), MessageQueue("T", "read-only", 0)));
}

TEST(TopicPublishInfo, TakesTheQueuesInTurn) {
  const TopicPublishInfo info(writable_queues("T", route()));
  std::set<MessageQueue> seen;
  for (int i = 0; i < 3; ++i) seen.insert(info.choose());
  EXPECT_EQ(seen.size(), 3U);
}

TEST(TopicPublishInfo, AvoidsTheBrokerThatFailed) {
  const TopicPublishInfo info(writable_queues("T", route()));
  for (int i = 0; i < 10; ++i) EXPECT_EQ(info.choose("a").getBrokerName(), "b");
}

TEST(TopicPublishInfo, TakesTheFailedBrokerWhenThereIsNoOther) {
  const TopicPublishInfo info({MessageQueue("T", "a", 0)});
  EXPECT_EQ(info.choose("a").getBrokerName(), "a");
}

}  // namespace
}  // namespace rocketmq::client
