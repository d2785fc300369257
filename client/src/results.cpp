#include "rocketmq/MessageQueue.h"
#include "rocketmq/PullResult.h"
#include "rocketmq/SendResult.h"

namespace rocketmq {

std::string MessageQueue::toString() const {
  return "MessageQueue [topic=" + topic_ + ", brokerName=" + brokerName_ +
         ", queueId=" + std::to_string(queueId_) + "]";
}

const char* toString(SendStatus status) {
  switch (status) {
    case SEND_OK:
      return "SEND_OK";
    case SEND_FLUSH_DISK_TIMEOUT:
      return "FLUSH_DISK_TIMEOUT";
    case SEND_FLUSH_SLAVE_TIMEOUT:
      return "FLUSH_SLAVE_TIMEOUT";
    case SEND_SLAVE_NOT_AVAILABLE:
      return "SLAVE_NOT_AVAILABLE";
  }
  return "UNKNOWN";
}

std::string SendResult::toString() const {
  return std::string("SendResult [sendStatus=") + rocketmq::toString(sendStatus_) +
         ", msgId=" + msgId_ + ", offsetMsgId=" + offsetMsgId_ +
         ", messageQueue=" + messageQueue_.toString() +
         ", queueOffset=" + std::to_string(queueOffset_) + "]";
}

const char* toString(PullStatus status) {
  switch (status) {
    case FOUND:
      return "FOUND";
    case NO_NEW_MSG:
      return "NO_NEW_MSG";
    case NO_MATCHED_MSG:
      return "NO_MATCHED_MSG";
    case OFFSET_ILLEGAL:
      return "OFFSET_ILLEGAL";
  }
  return "UNKNOWN";
}

std::string PullResult::toString() const {
  return std::string("PullResult [pullStatus=") + rocketmq::toString(pullStatus_) +
         ", nextBeginOffset=" + std::to_string(nextBeginOffset_) +
         ", minOffset=" + std::to_string(minOffset_) + ", maxOffset=" + std::to_string(maxOffset_) +
         ", msgFoundList=" + std::to_string(msgFoundList_.size()) + "]";
}

}  // namespace rocketmq
