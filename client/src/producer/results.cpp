#include <ostream>

#include "rocketmq/ConsumeType.h"
#include "rocketmq/MessageExt.h"
#include "rocketmq/MessageListener.h"
#include "rocketmq/MessageQueue.h"
#include "rocketmq/PullResult.h"
#include "rocketmq/SendResult.h"
#include "rocketmq/TransactionMQProducer.h"

namespace rocketmq {

std::string MessageQueue::toString() const {
  return "MessageQueue [topic=" + topic_ + ", brokerName=" + brokerName_ +
         ", queueId=" + std::to_string(queueId_) + "]";
}

const char* toString(SendStatus status) {
  switch (status) {
    case SEND_OK: return "SEND_OK";
    case SEND_FLUSH_DISK_TIMEOUT: return "FLUSH_DISK_TIMEOUT";
    case SEND_FLUSH_SLAVE_TIMEOUT: return "FLUSH_SLAVE_TIMEOUT";
    case SEND_SLAVE_NOT_AVAILABLE: return "SLAVE_NOT_AVAILABLE";
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
    case FOUND: return "FOUND";
    case NO_NEW_MSG: return "NO_NEW_MSG";
    case NO_MATCHED_MSG: return "NO_MATCHED_MSG";
    case OFFSET_ILLEGAL: return "OFFSET_ILLEGAL";
  }
  return "UNKNOWN";
}

std::string PullResult::toString() const {
  return std::string("PullResult [pullStatus=") + rocketmq::toString(pullStatus_) +
         ", nextBeginOffset=" + std::to_string(nextBeginOffset_) +
         ", minOffset=" + std::to_string(minOffset_) + ", maxOffset=" + std::to_string(maxOffset_) +
         ", msgFoundList=" + std::to_string(msgFoundList_.size()) + "]";
}

std::string TransactionSendResult::toString() const {
  return "TransactionSendResult [" + SendResult::toString() +
         ", localTransactionState=" + rocketmq::toString(localTransactionState_) + "]";
}

const char* toString(LocalTransactionState state) {
  switch (state) {
    case COMMIT_MESSAGE: return "COMMIT_MESSAGE";
    case ROLLBACK_MESSAGE: return "ROLLBACK_MESSAGE";
    case UNKNOWN: break;
  }
  return "UNKNOW";
}

const char* toString(ConsumeStatus status) {
  return status == CONSUME_SUCCESS ? "CONSUME_SUCCESS" : "RECONSUME_LATER";
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

const char* toString(MessageModel model) {
  return model == BROADCASTING ? "BROADCASTING" : "CLUSTERING";
}

const char* toString(ConsumeFromWhere where) {
  switch (where) {
    case CONSUME_FROM_LAST_OFFSET: return "CONSUME_FROM_LAST_OFFSET";
    case CONSUME_FROM_LAST_OFFSET_AND_FROM_MIN_WHEN_BOOT_FIRST:
      return "CONSUME_FROM_LAST_OFFSET_AND_FROM_MIN_WHEN_BOOT_FIRST";
    case CONSUME_FROM_MIN_OFFSET: return "CONSUME_FROM_MIN_OFFSET";
    case CONSUME_FROM_MAX_OFFSET: return "CONSUME_FROM_MAX_OFFSET";
    case CONSUME_FROM_FIRST_OFFSET: return "CONSUME_FROM_FIRST_OFFSET";
    case CONSUME_FROM_TIMESTAMP: return "CONSUME_FROM_TIMESTAMP";
  }
  return "UNKNOWN";
}

std::ostream& operator<<(std::ostream& out, const MessageQueue& queue) {
  return out << queue.toString();
}
std::ostream& operator<<(std::ostream& out, const Message& message) {
  return out << message.toString();
}
std::ostream& operator<<(std::ostream& out, const MessageExt& message) {
  return out << message.toString();
}
std::ostream& operator<<(std::ostream& out, const SendResult& result) {
  return out << result.toString();
}
std::ostream& operator<<(std::ostream& out, const TransactionSendResult& result) {
  return out << result.toString();
}
std::ostream& operator<<(std::ostream& out, const PullResult& result) {
  return out << result.toString();
}
std::ostream& operator<<(std::ostream& out, SendStatus status) { return out << toString(status); }
std::ostream& operator<<(std::ostream& out, PullStatus status) { return out << toString(status); }
std::ostream& operator<<(std::ostream& out, LocalTransactionState state) {
  return out << toString(state);
}
std::ostream& operator<<(std::ostream& out, ConsumeStatus status) {
  return out << toString(status);
}
std::ostream& operator<<(std::ostream& out, ConsumeOrderlyStatus status) {
  return out << toString(status);
}
std::ostream& operator<<(std::ostream& out, MessageModel model) { return out << toString(model); }
std::ostream& operator<<(std::ostream& out, ConsumeFromWhere where) {
  return out << toString(where);
}

}  // namespace rocketmq
