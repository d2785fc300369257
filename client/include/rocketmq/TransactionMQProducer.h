#pragma once

#include "rocketmq/RequiresCpp20.h"

#include <iosfwd>
#include <memory>
#include <string>

#include "rocketmq/DefaultMQProducer.h"
#include "rocketmq/TransactionListener.h"

namespace rocketmq {

namespace client {
class TransactionProducerImpl;
struct TransactionSettings;
}  // namespace client

/// The result of a transactional send: the held-back message, and the outcome of the local
/// transaction.
class TransactionSendResult : public SendResult {
 public:
  TransactionSendResult() = default;
  TransactionSendResult(const SendResult& result, LocalTransactionState state)
      : SendResult(result), localTransactionState_(state) {}
  LocalTransactionState getLocalTransactionState() const { return localTransactionState_; }
  void setLocalTransactionState(LocalTransactionState state) { localTransactionState_ = state; }
  /// `TransactionSendResult [SendResult […], localTransactionState=COMMIT_MESSAGE]`
  std::string toString() const;

 private:
  LocalTransactionState localTransactionState_ = UNKNOWN;
};

std::ostream& operator<<(std::ostream& out, const TransactionSendResult& result);

/// Sends messages that consumers see only when a local transaction has committed. Brokers ask the
/// group for transactions that stay undecided, so the producer has to run for a while after its
/// last send.
///
/// shutdown() takes as long as DefaultMQProducer's, and waits for a transaction check under way.
class TransactionMQProducer : public DefaultMQProducer {
 public:
  explicit TransactionMQProducer(const std::string& producerGroup);

  /// The listeners must live until shutdown() has returned.
  void setTransactionListener(TransactionListener* listener);
  void setTransactionListener(std::shared_ptr<TransactionListener> listener);
  void setTransactionListener(LocalTransactionFunction execute, TransactionCheckFunction check);
  void setTransactionListener(LocalTransactionByFunction execute, TransactionCheckFunction check);
  /// Preferred over the TransactionListener for checks when both are set.
  void setTransactionCheckListener(TransactionCheckListener* listener);

  /// Sends the message so that it is held back, runs the local transaction in this thread and sends
  /// the broker its outcome. Without SEND_OK the local transaction is not run and the message is
  /// rolled back. Throws only when the message could not be sent.
  TransactionSendResult sendMessageInTransaction(MessageToSend message, void* arg = nullptr);
  TransactionSendResult sendMessageInTransaction(MessageToSend message,
                                                 LocalTransactionExecuter* executer, void* arg);
  /// With a local transaction for this message only; checks go to the listener that is set.
  TransactionSendResult sendMessageInTransaction(MessageToSend message,
                                                 const LocalTransactionFunction& execute);

  /// Threads that check transactions. Defaults 1 and 1; the pool has the larger number.
  void setCheckThreadPoolMinSize(int threads);
  int getCheckThreadPoolMinSize() const;
  void setCheckThreadPoolMaxSize(int threads);
  int getCheckThreadPoolMaxSize() const;
  /// Checks that may wait; more are ignored, and the broker asks again. Default 2000.
  void setCheckRequestHoldMax(int requests);
  int getCheckRequestHoldMax() const;

 private:
  explicit TransactionMQProducer(std::shared_ptr<client::TransactionProducerImpl> impl,
                                 const std::string& group);

  std::shared_ptr<client::TransactionProducerImpl> transaction_impl_;
};

}  // namespace rocketmq
