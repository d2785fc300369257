#pragma once

#include "rocketmq/RequiresCpp20.h"

#include <functional>
#include <vector>

#include "rocketmq/Message.h"
#include "rocketmq/MessageQueue.h"

namespace rocketmq {

/// Chooses the queue of a message: messages for which the same queue is chosen are stored, and by
/// an orderly consumer consumed, in the order in which they were sent.
class MessageQueueSelector {
 public:
  virtual ~MessageQueueSelector() = default;
  /// `queues` are the topic's writable queues, sorted by broker name and queue id, never empty. The
  /// result must be one of them. Called in the sender's thread; what it throws makes the send fail.
  virtual MessageQueue select(const std::vector<MessageQueue>& queues, const Message& message,
                              void* arg) = 0;
};

using SelectQueueFunction =
    std::function<MessageQueue(const std::vector<MessageQueue>& queues, const Message& message)>;
/// With the argument that is given to the send.
using SelectQueueByFunction = std::function<MessageQueue(const std::vector<MessageQueue>& queues,
                                                         const Message& message, void* arg)>;

}  // namespace rocketmq
