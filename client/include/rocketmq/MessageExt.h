#pragma once

#include "rocketmq/RequiresCpp20.h"

#include <array>
#include <cstdint>
#include <iosfwd>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "rocketmq/Message.h"

namespace rocketmq {

/// A message as a consumer gets it: what was sent, and what the broker knows of it. Bodies arrive
/// decompressed.
class MessageExt : public Message {
 public:
  /// The sender's unique id when the message has one, else the broker's (getOffsetMsgId).
  std::string getMsgId() const;
  /// Where the message lies: hex of the broker's address and the position in its log.
  std::string getOffsetMsgId() const;

  const std::string& getBrokerName() const { return brokerName_; }
  int getQueueId() const { return queueId_; }
  /// The message's number in its queue, from 0.
  std::int64_t getQueueOffset() const { return queueOffset_; }
  /// Byte position in the broker's log.
  std::int64_t getCommitLogOffset() const { return commitLogOffset_; }
  /// Bits that the system sets: 0x1 the body travelled compressed, 0xC kind of transaction message.
  int getSysFlag() const { return sysFlag_; }
  /// When the producer made the message, ms since 1970.
  std::int64_t getBornTimestamp() const { return bornTimestamp_; }
  /// When the broker stored it, ms since 1970.
  std::int64_t getStoreTimestamp() const { return storeTimestamp_; }
  /// "ip:port" of the producer.
  std::string getBornHost() const;
  /// "ip:port" of the broker.
  std::string getStoreHost() const;
  int getBodyCRC() const { return bodyCrc_; }
  /// Bytes of the whole stored record.
  int getStoreSize() const { return storeSize_; }
  /// How often it was consumed without success before.
  int getReconsumeTimes() const { return reconsumeTimes_; }
  std::int64_t getPreparedTransactionOffset() const { return preparedTransactionOffset_; }

  /// As Message::getProperty; knows MIN_OFFSET, MAX_OFFSET and CONSUME_START_TIME of a pulled
  /// message as well.
  std::string getProperty(std::string_view name) const;
  std::map<std::string, std::string> getProperties() const;

  /// All members in one line.
  std::string toString() const;

 private:
  friend struct client::MessageAccess;

  /// An address and port in binary form; text is made on demand.
  struct Host {
    std::array<unsigned char, 16> ip{};
    unsigned char ipBytes = 4;
    int port = 0;
  };

  std::string brokerName_;
  Host bornHost_;
  Host storeHost_;
  std::int64_t queueOffset_ = 0;
  std::int64_t commitLogOffset_ = 0;
  std::int64_t bornTimestamp_ = 0;
  std::int64_t storeTimestamp_ = 0;
  std::int64_t preparedTransactionOffset_ = 0;
  std::int64_t minOffset_ = -1;
  std::int64_t maxOffset_ = -1;
  std::int64_t consumeStartTimestamp_ = -1;
  /// Why the body is still compressed; null for every message that a program gets.
  std::shared_ptr<const std::string> bodyError_;
  int queueId_ = 0;
  int sysFlag_ = 0;
  int bodyCrc_ = 0;
  int storeSize_ = 0;
  int reconsumeTimes_ = 0;
};

std::ostream& operator<<(std::ostream& out, const MessageExt& message);

using MQMessageExt = MessageExt;

}  // namespace rocketmq
