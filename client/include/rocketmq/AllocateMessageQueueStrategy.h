#pragma once

#include <string>
#include <utility>
#include <vector>

#include "rocketmq/MessageQueue.h"

namespace rocketmq {

/// Divides a topic's queues among the members of a group. Each member runs it for itself, so all
/// members must use the same strategy, and its answer must depend on the arguments only.
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

}  // namespace rocketmq
