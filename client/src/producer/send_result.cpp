#include <ostream>

#include "rocketmq/SendResult.h"
#include "rocketmq/TransactionMQProducer.h"

namespace rocketmq {

const char* toString(SendStatus status) {
  switch (status) {
    case SEND_OK: return "SEND_OK";
    case SEND_FLUSH_DISK_TIMEOUT: return "FLUSH_DISK_TIMEOUT";
    case SEND_FLUSH_SLAVE_TIMEOUT: return "FLUSH_SLAVE_TIMEOUT";
    case SEND_SLAVE_NOT_AVAILABLE: return "SLAVE_NOT_AVAILABLE";
  }
  return "UNKNOWN";
}

std::ostream& operator<<(std::ostream& out, SendStatus status) { return out << toString(status); }

std::string SendResult::toString() const {
  return std::string("SendResult [sendStatus=") + rocketmq::toString(sendStatus_) +
         ", msgId=" + msgId_ + ", offsetMsgId=" + offsetMsgId_ +
         ", messageQueue=" + messageQueue_.toString() +
         ", queueOffset=" + std::to_string(queueOffset_) + "]";
}

std::ostream& operator<<(std::ostream& out, const SendResult& result) {
  return out << result.toString();
}

const char* toString(LocalTransactionState state) {
  switch (state) {
    case COMMIT_MESSAGE: return "COMMIT_MESSAGE";
    case ROLLBACK_MESSAGE: return "ROLLBACK_MESSAGE";
    case UNKNOWN: break;
  }
  return "UNKNOW";
}

std::ostream& operator<<(std::ostream& out, LocalTransactionState state) {
  return out << toString(state);
}

std::string TransactionSendResult::toString() const {
  return "TransactionSendResult [" + SendResult::toString() +
         ", localTransactionState=" + rocketmq::toString(localTransactionState_) + "]";
}

std::ostream& operator<<(std::ostream& out, const TransactionSendResult& result) {
  return out << result.toString();
}

}  // namespace rocketmq
