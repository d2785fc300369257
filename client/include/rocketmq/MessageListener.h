#pragma once

#include "rocketmq/RequiresCpp20.h"

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <limits>
#include <vector>

#include "rocketmq/MQException.h"
#include "rocketmq/MessageExt.h"
#include "rocketmq/MessageQueue.h"

namespace rocketmq {

enum ConsumeStatus {
  /// Done with the messages.
  CONSUME_SUCCESS,
  /// Deliver them again later.
  RECONSUME_LATER,
};
using ConsumeConcurrentlyStatus = ConsumeStatus;

/// "CONSUME_SUCCESS", "RECONSUME_LATER".
const char* toString(ConsumeStatus status);
std::ostream& operator<<(std::ostream& out, ConsumeStatus status);

/// What a concurrent listener may know and say beyond its result.
struct ConsumeConcurrentlyContext {
  MessageQueue messageQueue;
  /// For messages to be delivered again: 0 the broker chooses by the number of retries, 1…18 that
  /// delay level, -1 straight to the dead-letter queue.
  int delayLevelWhenNextConsume = 0;
  /// With CONSUME_SUCCESS: index of the last message that succeeded; those after it are delivered
  /// again.
  int ackIndex = std::numeric_limits<int>::max();
};

// A listener is meant to override one form and to hide the other one.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverloaded-virtual"
#endif

/// Consumes messages, several calls at a time on the consumer's threads. An exception counts as
/// RECONSUME_LATER. It must not shut its own consumer down. Override one of the two.
class MessageListenerConcurrently {
 public:
  virtual ~MessageListenerConcurrently() = default;
  virtual ConsumeConcurrentlyStatus consumeMessage(const std::vector<MessageExt>& messages,
                                                   ConsumeConcurrentlyContext& context);
  virtual ConsumeConcurrentlyStatus consumeMessage(const std::vector<MessageExt>& messages);
};

enum class ConsumeOrderlyStatus {
  SUCCESS,
  /// With autoCommit=false: the messages since the last COMMIT are to be delivered again.
  ROLLBACK,
  /// With autoCommit=false: done with everything since the last COMMIT.
  COMMIT,
  /// Deliver the messages again after a moment; the queue waits.
  SUSPEND_CURRENT_QUEUE_A_MOMENT,
};

/// "SUCCESS", "ROLLBACK", "COMMIT", "SUSPEND_CURRENT_QUEUE_A_MOMENT".
const char* toString(ConsumeOrderlyStatus status);
std::ostream& operator<<(std::ostream& out, ConsumeOrderlyStatus status);

struct ConsumeOrderlyContext {
  MessageQueue messageQueue;
  bool autoCommit = true;
  /// How long the queue waits after SUSPEND_CURRENT_QUEUE_A_MOMENT, ms (10…30000); -1 for the
  /// consumer's setting.
  std::int64_t suspendCurrentQueueTimeMillis = -1;

  void setAutoCommit(bool commit) { autoCommit = commit; }
  bool isAutoCommit() const { return autoCommit; }
};

/// Consumes the messages of a queue one call after the other, in their order. An exception counts
/// as SUSPEND_CURRENT_QUEUE_A_MOMENT. It must not shut its own consumer down. Override one of the
/// two; the short form's RECONSUME_LATER means SUSPEND_CURRENT_QUEUE_A_MOMENT.
class MessageListenerOrderly {
 public:
  virtual ~MessageListenerOrderly() = default;
  virtual ConsumeOrderlyStatus consumeMessage(const std::vector<MessageExt>& messages,
                                              ConsumeOrderlyContext& context);
  virtual ConsumeStatus consumeMessage(const std::vector<MessageExt>& messages);
};

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

/// Listeners as functions; lambdas will do. The short forms see no context.
using ConsumeConcurrentlyFunction = std::function<ConsumeConcurrentlyStatus(
    const std::vector<MessageExt>&, ConsumeConcurrentlyContext&)>;
using ConsumeFunction = std::function<ConsumeStatus(const std::vector<MessageExt>&)>;
/// One's CONSUME_SUCCESS means SUCCESS, its RECONSUME_LATER SUSPEND_CURRENT_QUEUE_A_MOMENT.
using ConsumeOrderlyFunction =
    std::function<ConsumeOrderlyStatus(const std::vector<MessageExt>&, ConsumeOrderlyContext&)>;
using ConsumeStatusOrderlyFunction =
    std::function<ConsumeStatus(const std::vector<MessageExt>&, ConsumeOrderlyContext&)>;
using ConsumeOrderlyShortFunction =
    std::function<ConsumeOrderlyStatus(const std::vector<MessageExt>&)>;

/// Gets failures of a consumer that no call of the program can throw: a message whose body cannot
/// be read, a subscription that a broker refuses later. On a callback thread; what it throws is
/// logged and dropped.
using ConsumerErrorFunction = std::function<void(const MQException&)>;

}  // namespace rocketmq
