#include <ostream>

#include "rocketmq/MessageQueue.h"

namespace rocketmq {

std::string MessageQueue::toString() const {
  return "MessageQueue [topic=" + topic_ + ", brokerName=" + brokerName_ +
         ", queueId=" + std::to_string(queueId_) + "]";
}

std::ostream& operator<<(std::ostream& out, const MessageQueue& queue) {
  return out << queue.toString();
}

}  // namespace rocketmq
