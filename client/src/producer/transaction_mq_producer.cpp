#include <utility>

#include "producer/producer_settings.hpp"
#include "producer/transaction_producer_impl.hpp"
#include "rocketmq/TransactionMQProducer.h"

namespace rocketmq {
namespace {

/// A listener that consists of two functions.
class FunctionTransactionListener final : public TransactionListener {
 public:
  FunctionTransactionListener(LocalTransactionByFunction execute, TransactionCheckFunction check)
      : execute_(std::move(execute)), check_(std::move(check)) {}
  LocalTransactionState executeLocalTransaction(const Message& message, void* arg) override {
    return execute_(message, arg);
  }
  LocalTransactionState checkLocalTransaction(const MessageExt& message) override {
    return check_(message);
  }

 private:
  const LocalTransactionByFunction execute_;
  const TransactionCheckFunction check_;
};

}  // namespace

TransactionMQProducer::TransactionMQProducer(const std::string& producerGroup)
    : TransactionMQProducer(std::make_shared<client::TransactionProducerImpl>(), producerGroup) {}

TransactionMQProducer::TransactionMQProducer(std::shared_ptr<client::TransactionProducerImpl> impl,
                                             const std::string& group)
    : DefaultMQProducer(client::settings_for<client::ProducerSettings>(group), impl),
      transaction_impl_(std::move(impl)) {}

void TransactionMQProducer::setTransactionListener(TransactionListener* listener) {
  setTransactionListener(std::shared_ptr<TransactionListener>(std::shared_ptr<void>(), listener));
}
void TransactionMQProducer::setTransactionListener(std::shared_ptr<TransactionListener> listener) {
  checkNotStarted("setTransactionListener");
  transaction_impl_->transaction.listener = std::move(listener);
}
void TransactionMQProducer::setTransactionCheckListener(TransactionCheckListener* listener) {
  checkNotStarted("setTransactionCheckListener");
  transaction_impl_->transaction.check_listener = listener;
}

void TransactionMQProducer::setTransactionListener(LocalTransactionFunction execute,
                                                   TransactionCheckFunction check) {
  setTransactionListener(
      [execute = std::move(execute)](const Message& message, void*) { return execute(message); },
      std::move(check));
}
void TransactionMQProducer::setTransactionListener(LocalTransactionByFunction execute,
                                                   TransactionCheckFunction check) {
  setTransactionListener(
      std::make_shared<FunctionTransactionListener>(std::move(execute), std::move(check)));
}

TransactionSendResult TransactionMQProducer::sendMessageInTransaction(MessageToSend message,
                                                                      void* arg) {
  const auto listener = transaction_impl_->transaction.listener;
  if (listener == nullptr) throw MQClientException("TransactionListener is null");
  return transaction_impl_->send_in_transaction(message.message(), [&](const Message& sent) {
    return listener->executeLocalTransaction(sent, arg);
  });
}

TransactionSendResult TransactionMQProducer::sendMessageInTransaction(
    MessageToSend message, LocalTransactionExecuter* executer, void* arg) {
  if (transaction_impl_->transaction.check_listener == nullptr) {
    throw MQClientException("localTransactionBranchCheckListener is null");
  }
  if (executer == nullptr) throw MQClientException("the local transaction executer is null");
  return transaction_impl_->send_in_transaction(message.message(), [&](const Message& sent) {
    return executer->executeLocalTransactionBranch(sent, arg);
  });
}

TransactionSendResult TransactionMQProducer::sendMessageInTransaction(
    MessageToSend message, const LocalTransactionFunction& execute) {
  if (!execute) throw MQClientException("the local transaction is empty");
  return transaction_impl_->send_in_transaction(message.message(), execute);
}

void TransactionMQProducer::setCheckThreadPoolMinSize(int threads) {
  checkNotStarted("setCheckThreadPoolMinSize");
  transaction_impl_->transaction.check_threads_min = threads;
}
int TransactionMQProducer::getCheckThreadPoolMinSize() const {
  return transaction_impl_->transaction.check_threads_min;
}
void TransactionMQProducer::setCheckThreadPoolMaxSize(int threads) {
  checkNotStarted("setCheckThreadPoolMaxSize");
  transaction_impl_->transaction.check_threads_max = threads;
}
int TransactionMQProducer::getCheckThreadPoolMaxSize() const {
  return transaction_impl_->transaction.check_threads_max;
}
void TransactionMQProducer::setCheckRequestHoldMax(int requests) {
  checkNotStarted("setCheckRequestHoldMax");
  transaction_impl_->transaction.check_hold_max = requests;
}
int TransactionMQProducer::getCheckRequestHoldMax() const {
  return transaction_impl_->transaction.check_hold_max;
}

}  // namespace rocketmq
