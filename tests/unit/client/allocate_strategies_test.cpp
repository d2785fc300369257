#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>

#include "rocketmq/AllocateMessageQueueStrategy.h"
#include "rocketmq/MQException.h"

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

std::vector<MessageQueue> queues_of(const std::vector<std::string>& brokers, int per_broker) {
  std::vector<MessageQueue> all;
  for (const std::string& broker : brokers) {
    for (int i = 0; i < per_broker; ++i) all.emplace_back("T", broker, i);
  }
  return all;
}

TEST(AllocateMessageQueueByMachineRoom, DividesTheQueuesOfItsRoomsOnly) {
  const AllocateMessageQueueByMachineRoom strategy({"room1"});
  const auto all = queues_of({"plain", "room1@a", "room2@a"}, 5);
  const std::vector<std::string> members{"x", "y"};
  // Equal blocks, and the fifth queue to the first member.
  EXPECT_THAT(ids_of(strategy.allocate("g", "x", all, members)), ElementsAre(0, 1, 4));
  EXPECT_THAT(ids_of(strategy.allocate("g", "y", all, members)), ElementsAre(2, 3));
  EXPECT_THAT(strategy.allocate("g", "z", all, members), IsEmpty());
}

/// The room is what stands before "-".
class PrefixResolver final : public MachineRoomResolver {
 public:
  std::string brokerDeployIn(const MessageQueue& queue) const override {
    return before_dash(queue.getBrokerName());
  }
  std::string consumerDeployIn(const std::string& clientId) const override {
    return before_dash(clientId);
  }

 private:
  static std::string before_dash(const std::string& text) { return text.substr(0, text.find('-')); }
};

TEST(AllocateMachineRoomNearby, KeepsARoomsQueuesInTheRoomAndSharesThoseOfEmptyRooms) {
  const AllocateMachineRoomNearby strategy(std::make_shared<AllocateMessageQueueAveragely>(),
                                           std::make_shared<PrefixResolver>());
  EXPECT_EQ(strategy.getName(), "MACHINE_ROOM_NEARBY-AVG");
  const auto all = queues_of({"r1-a", "r2-a", "r3-a"}, 2);
  const std::vector<std::string> members{"r1-x", "r1-y", "r2-x"};
  const auto brokers_of = [&](const std::string& member) {
    std::vector<std::string> names;
    for (const MessageQueue& queue : strategy.allocate("g", member, all, members)) {
      names.push_back(queue.getBrokerName() + "/" + std::to_string(queue.getQueueId()));
    }
    return names;
  };
  EXPECT_THAT(brokers_of("r1-x"), ElementsAre("r1-a/0", "r3-a/0"));
  EXPECT_THAT(brokers_of("r1-y"), ElementsAre("r1-a/1", "r3-a/1"));
  EXPECT_THAT(brokers_of("r2-x"), ElementsAre("r2-a/0", "r2-a/1"));
  EXPECT_THROW(AllocateMachineRoomNearby(nullptr, std::make_shared<PrefixResolver>()),
               MQClientException);
}

TEST(AllocateMessageQueueConsistentHash, HashesByMd5AsAllMembersOfAGroupDo) {
  // Calculated from the first four bytes of each text's MD5.
  const AllocateMessageQueueConsistentHash strategy;
  const auto all = queues_of({"a", "b"}, 4);
  const std::vector<std::string> members{"m1", "m2", "m3"};
  EXPECT_THAT(ids_of(strategy.allocate("g", "m1", all, members)), ElementsAre(1, 2, 1, 2));
  EXPECT_THAT(ids_of(strategy.allocate("g", "m2", all, members)), ElementsAre(0, 3, 0, 3));
  EXPECT_THAT(ids_of(strategy.allocate("g", "m3", all, members)), ElementsAre());
}

TEST(AllocateMessageQueueConsistentHash, GivesEachQueueToOneMemberAndMovesFewWhenOneLeaves) {
  const AllocateMessageQueueConsistentHash strategy;
  const auto all = queues_of({"a", "b", "c"}, 16);
  const std::vector<std::string> four{"m1", "m2", "m3", "m4"};
  const std::vector<std::string> three{"m1", "m2", "m3"};
  std::map<MessageQueue, std::string> owner;
  for (const std::string& member : four) {
    for (const MessageQueue& queue : strategy.allocate("g", member, all, four)) {
      EXPECT_TRUE(owner.emplace(queue, member).second);
    }
  }
  EXPECT_EQ(owner.size(), all.size());
  for (const std::string& member : three) {
    for (const MessageQueue& queue : strategy.allocate("g", member, all, three)) {
      EXPECT_TRUE(owner[queue] == member || owner[queue] == "m4") << queue.toString();
    }
  }
  EXPECT_THROW(AllocateMessageQueueConsistentHash(0), MQClientException);
}

}  // namespace
}  // namespace rocketmq
