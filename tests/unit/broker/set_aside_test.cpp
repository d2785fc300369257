#include "messages/set_aside.hpp"

#include "fixture.hpp"

namespace rocketmq::broker::test {
namespace {

using SetAsideTest = BrokerFixture;

TEST_F(SetAsideTest, KeepsADeadLetterThoughTheTableHasNoRoomForItsTopic) {
  fill_topic_table();
  ASSERT_TRUE(set_aside.keep(MessageRecord{.body = "dead", .topic = "T"}, "%DLQ%g", "too often"));
  EXPECT_FALSE(topics.shape_of("%DLQ%g"));
  ASSERT_EQ(store.messages_of(set_aside_topic).size(), 1U);
  EXPECT_EQ(store.messages_of(set_aside_topic).front()->record().body, "dead");
}

}  // namespace
}  // namespace rocketmq::broker::test
