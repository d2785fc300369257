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

}  // namespace rocketmq
