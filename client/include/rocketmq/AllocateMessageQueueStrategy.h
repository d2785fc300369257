#pragma once

#include "rocketmq/RequiresCpp20.h"

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "rocketmq/MessageQueue.h"

namespace rocketmq {

/// Divides a topic's queues among the members of a group. Each member runs it for itself, so all
/// members must use the same strategy, and its result must depend on the arguments only.
class AllocateMessageQueueStrategy {
 public:
  virtual ~AllocateMessageQueueStrategy() = default;
  /// The queues of `currentClientId`. `queues` and `clientIds` are sorted; an id that is not in the
  /// list gets nothing.
  virtual std::vector<MessageQueue> allocate(const std::string& consumerGroup,
                                             const std::string& currentClientId,
                                             const std::vector<MessageQueue>& queues,
                                             const std::vector<std::string>& clientIds) const = 0;
  /// Its short name, e.g. "AVG".
  virtual std::string getName() const = 0;
};

/// Contiguous blocks, whose sizes differ by one at most. Name AVG; the default.
class AllocateMessageQueueAveragely final : public AllocateMessageQueueStrategy {
 public:
  std::vector<MessageQueue> allocate(const std::string& consumerGroup,
                                     const std::string& currentClientId,
                                     const std::vector<MessageQueue>& queues,
                                     const std::vector<std::string>& clientIds) const override;
  std::string getName() const override { return "AVG"; }
};

/// Queue i goes to member i modulo the number of members. Name AVG_BY_CIRCLE.
class AllocateMessageQueueAveragelyByCircle final : public AllocateMessageQueueStrategy {
 public:
  std::vector<MessageQueue> allocate(const std::string& consumerGroup,
                                     const std::string& currentClientId,
                                     const std::vector<MessageQueue>& queues,
                                     const std::vector<std::string>& clientIds) const override;
  std::string getName() const override { return "AVG_BY_CIRCLE"; }
};

/// The queues that the user fixes. Name CONFIG.
class AllocateMessageQueueByConfig final : public AllocateMessageQueueStrategy {
 public:
  explicit AllocateMessageQueueByConfig(std::vector<MessageQueue> queues)
      : queues_(std::move(queues)) {}
  std::vector<MessageQueue> allocate(const std::string& consumerGroup,
                                     const std::string& currentClientId,
                                     const std::vector<MessageQueue>& queues,
                                     const std::vector<std::string>& clientIds) const override;
  std::string getName() const override { return "CONFIG"; }

 private:
  std::vector<MessageQueue> queues_;
};

/// Of the queues whose broker name is "<room>@<name>" with a room of the given ones: contiguous
/// blocks of equal size, and of the rest one queue each to the first members. Other queues belong
/// unassigned. Name MACHINE_ROOM.
class AllocateMessageQueueByMachineRoom final : public AllocateMessageQueueStrategy {
 public:
  explicit AllocateMessageQueueByMachineRoom(std::set<std::string> rooms)
      : rooms_(std::move(rooms)) {}
  std::vector<MessageQueue> allocate(const std::string& consumerGroup,
                                     const std::string& currentClientId,
                                     const std::vector<MessageQueue>& queues,
                                     const std::vector<std::string>& clientIds) const override;
  std::string getName() const override { return "MACHINE_ROOM"; }

 private:
  std::set<std::string> rooms_;
};

/// Returns in which machine room brokers and members are. Both accept every argument, and return an
/// empty name for one that they do not know.
class MachineRoomResolver {
 public:
  virtual ~MachineRoomResolver() = default;
  virtual std::string brokerDeployIn(const MessageQueue& queue) const = 0;
  virtual std::string consumerDeployIn(const std::string& clientId) const = 0;
};

/// The queues of each room among the room's members, those of rooms without a member among all, by
/// another strategy. Name "MACHINE_ROOM_NEARBY-<inner name>".
class AllocateMachineRoomNearby final : public AllocateMessageQueueStrategy {
 public:
  /// Neither may be null: MQClientException.
  AllocateMachineRoomNearby(std::shared_ptr<const AllocateMessageQueueStrategy> inner,
                            std::shared_ptr<const MachineRoomResolver> resolver);
  std::vector<MessageQueue> allocate(const std::string& consumerGroup,
                                     const std::string& currentClientId,
                                     const std::vector<MessageQueue>& queues,
                                     const std::vector<std::string>& clientIds) const override;
  std::string getName() const override { return "MACHINE_ROOM_NEARBY-" + inner_->getName(); }

 private:
  std::shared_ptr<const AllocateMessageQueueStrategy> inner_;
  std::shared_ptr<const MachineRoomResolver> resolver_;
};

/// By consistent hashing: a member that comes or goes moves few queues. Name CONSISTENT_HASH.
class AllocateMessageQueueConsistentHash final : public AllocateMessageQueueStrategy {
 public:
  /// Points of each member on the ring; at least 1, else MQClientException.
  explicit AllocateMessageQueueConsistentHash(int virtualNodes = 10);
  std::vector<MessageQueue> allocate(const std::string& consumerGroup,
                                     const std::string& currentClientId,
                                     const std::vector<MessageQueue>& queues,
                                     const std::vector<std::string>& clientIds) const override;
  std::string getName() const override { return "CONSISTENT_HASH"; }

 private:
  int virtual_nodes_;
};

}  // namespace rocketmq
