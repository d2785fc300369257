#include <ostream>

#include "rocketmq/MessageListener.h"

namespace rocketmq {

ConsumeConcurrentlyStatus MessageListenerConcurrently::consumeMessage(
    const std::vector<MessageExt>& messages, ConsumeConcurrentlyContext&) {
  return consumeMessage(messages);
}

// A listener that overrides neither form fails visibly: its messages come again and end in the
// dead-letter queue.
ConsumeConcurrentlyStatus MessageListenerConcurrently::consumeMessage(
    const std::vector<MessageExt>&) {
  return RECONSUME_LATER;
}

ConsumeOrderlyStatus MessageListenerOrderly::consumeMessage(const std::vector<MessageExt>& messages,
                                                            ConsumeOrderlyContext&) {
  return consumeMessage(messages) == CONSUME_SUCCESS
             ? ConsumeOrderlyStatus::SUCCESS
             : ConsumeOrderlyStatus::SUSPEND_CURRENT_QUEUE_A_MOMENT;
}

ConsumeStatus MessageListenerOrderly::consumeMessage(const std::vector<MessageExt>&) {
  return RECONSUME_LATER;
}

const char* toString(ConsumeStatus status) {
  return status == CONSUME_SUCCESS ? "CONSUME_SUCCESS" : "RECONSUME_LATER";
}

std::ostream& operator<<(std::ostream& out, ConsumeStatus status) {
  return out << toString(status);
}

const char* toString(ConsumeOrderlyStatus status) {
  switch (status) {
    case ConsumeOrderlyStatus::SUCCESS: return "SUCCESS";
    case ConsumeOrderlyStatus::ROLLBACK: return "ROLLBACK";
    case ConsumeOrderlyStatus::COMMIT: return "COMMIT";
    case ConsumeOrderlyStatus::SUSPEND_CURRENT_QUEUE_A_MOMENT:
      return "SUSPEND_CURRENT_QUEUE_A_MOMENT";
  }
  return "UNKNOWN";
}

std::ostream& operator<<(std::ostream& out, ConsumeOrderlyStatus status) {
  return out << toString(status);
}

}  // namespace rocketmq
