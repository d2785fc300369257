#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rocketmq/AllocateMessageQueueStrategy.h"

namespace rocketmq {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<MessageQueue> queues(int count) {
  std::vector<MessageQueue> all;
  for (int i = 0; i < count; ++i) all.emplace_back("T", "b", i);
  return all;
}

std::vector<int> ids_of(const std::vector<MessageQueue>& queues) {
  std::vector<int> ids;
  for (const MessageQueue& queue : queues) ids.push_back(queue.getQueueId());
  return ids;
}

std::vector<int> share(const AllocateMessageQueueStrategy& strategy, int queue_count,
                       const std::vector<std::string>& members, const std::string& own) {
  return ids_of(strategy.allocate("g", own, queues(queue_count), members));
}

TEST(AllocateMessageQueueAveragely, CutsEightQueuesForThreeMembersIntoBlocks) {
  const AllocateMessageQueueAveragely strategy;
  EXPECT_THAT(share(strategy, 8, {"c1", "c2", "c3"}, "c1"), ElementsAre(0, 1, 2));
  EXPECT_THAT(share(strategy, 8, {"c1", "c2", "c3"}, "c2"), ElementsAre(3, 4, 5));
  EXPECT_THAT(share(strategy, 8, {"c1", "c2", "c3"}, "c3"), ElementsAre(6, 7));
}

TEST(AllocateMessageQueueAveragely, CutsTenQueuesForFourMembersIntoBlocks) {
  const AllocateMessageQueueAveragely strategy;
  const std::vector<std::string> members{"a", "b", "c", "d"};
  EXPECT_THAT(share(strategy, 10, members, "a"), ElementsAre(0, 1, 2));
  EXPECT_THAT(share(strategy, 10, members, "b"), ElementsAre(3, 4, 5));
  EXPECT_THAT(share(strategy, 10, members, "c"), ElementsAre(6, 7));
  EXPECT_THAT(share(strategy, 10, members, "d"), ElementsAre(8, 9));
}

TEST(AllocateMessageQueueAveragely, GivesNothingToTheLastMembersWhenThereAreMoreMembersThanQueues) {
  const AllocateMessageQueueAveragely strategy;
  EXPECT_THAT(share(strategy, 2, {"a", "b", "c"}, "a"), ElementsAre(0));
  EXPECT_THAT(share(strategy, 2, {"a", "b", "c"}, "b"), ElementsAre(1));
  EXPECT_THAT(share(strategy, 2, {"a", "b", "c"}, "c"), IsEmpty());
}

TEST(AllocateMessageQueueAveragely, GivesNothingToAClientThatIsNoMember) {
  EXPECT_THAT(share(AllocateMessageQueueAveragely(), 4, {"a"}, "x"), IsEmpty());
  EXPECT_THAT(share(AllocateMessageQueueAveragely(), 4, {}, "x"), IsEmpty());
}

TEST(AllocateMessageQueueAveragelyByCircle, DealsQueuesOutInTurn) {
  const AllocateMessageQueueAveragelyByCircle strategy;
  EXPECT_THAT(share(strategy, 8, {"a", "b", "c"}, "a"), ElementsAre(0, 3, 6));
  EXPECT_THAT(share(strategy, 8, {"a", "b", "c"}, "c"), ElementsAre(2, 5));
  EXPECT_THAT(share(strategy, 8, {"a"}, "x"), IsEmpty());
}

TEST(AllocateMessageQueueByConfig, GivesWhatTheUserFixed) {
  const AllocateMessageQueueByConfig strategy(queues(2));
  EXPECT_THAT(share(strategy, 8, {"a", "b"}, "b"), ElementsAre(0, 1));
}

}  // namespace
}  // namespace rocketmq
