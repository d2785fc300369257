#pragma once

#include "rocketmq/RequiresCpp20.h"

#include <cstdint>
#include <iosfwd>
#include <string>
#include <utility>

#include "rocketmq/MessageQueue.h"

namespace rocketmq {

namespace client {
struct SendResultAccess;
}

/// What became of a message that the broker has stored. Other values than SEND_OK are no failure of
/// the send: the message is stored, but flush or replication was not as safe as the broker is
/// configured for.
enum SendStatus {
  SEND_OK,
  SEND_FLUSH_DISK_TIMEOUT,
  SEND_FLUSH_SLAVE_TIMEOUT,
  SEND_SLAVE_NOT_AVAILABLE,
};

/// "SEND_OK", "FLUSH_DISK_TIMEOUT", "FLUSH_SLAVE_TIMEOUT", "SLAVE_NOT_AVAILABLE".
const char* toString(SendStatus status);
std::ostream& operator<<(std::ostream& out, SendStatus status);

/// The result of a send.
class SendResult {
 public:
  SendResult() = default;
  SendResult(SendStatus status, std::string msgId, std::string offsetMsgId, MessageQueue queue,
             std::int64_t queueOffset)
      : sendStatus_(status),
        msgId_(std::move(msgId)),
        offsetMsgId_(std::move(offsetMsgId)),
        messageQueue_(std::move(queue)),
        queueOffset_(queueOffset) {}

  SendStatus getSendStatus() const { return sendStatus_; }
  /// The unique id that the client gave the message; comma-joined for a batch.
  const std::string& getMsgId() const { return msgId_; }
  /// The id by which the broker finds it; comma-joined for a batch.
  const std::string& getOffsetMsgId() const { return offsetMsgId_; }
  const MessageQueue& getMessageQueue() const { return messageQueue_; }
  /// Its number in the queue; the first one's for a batch.
  std::int64_t getQueueOffset() const { return queueOffset_; }
  const std::string& getTransactionId() const { return transactionId_; }
  void setTransactionId(std::string id) { transactionId_ = std::move(id); }
  const std::string& getRegionId() const { return regionId_; }
  void setRegionId(std::string region) { regionId_ = std::move(region); }
  bool isTraceOn() const { return traceOn_; }
  void setTraceOn(bool on) { traceOn_ = on; }

  /// `SendResult [sendStatus=SEND_OK, msgId=…, offsetMsgId=…, messageQueue=MessageQueue [topic=…,
  /// brokerName=…, queueId=n], queueOffset=n]`
  std::string toString() const;

 private:
  friend struct client::SendResultAccess;

  SendStatus sendStatus_ = SEND_OK;
  std::string msgId_;
  std::string offsetMsgId_;
  MessageQueue messageQueue_;
  std::int64_t queueOffset_ = 0;
  std::string transactionId_;
  std::string regionId_;
  bool traceOn_ = true;
};

std::ostream& operator<<(std::ostream& out, const SendResult& result);

}  // namespace rocketmq
