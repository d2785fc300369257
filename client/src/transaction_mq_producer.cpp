#include <utility>

#include "rocketmq/TransactionMQProducer.h"
#include "settings.hpp"
#include "transaction_producer_impl.hpp"

namespace rocketmq {
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
  transaction_impl_->transaction.listener = std::move(listener);
}
void TransactionMQProducer::setTransactionCheckListener(TransactionCheckListener* listener) {
  transaction_impl_->transaction.check_listener = listener;
}

TransactionSendResult TransactionMQProducer::sendMessageInTransaction(Message& message, void* arg) {
  const auto listener = transaction_impl_->transaction.listener;
  if (listener == nullptr) throw MQClientException("TransactionListener is null");
  return transaction_impl_->send_in_transaction(
      message, [&](const Message& sent) { return listener->executeLocalTransaction(sent, arg); });
}

TransactionSendResult TransactionMQProducer::sendMessageInTransaction(
    Message& message, LocalTransactionExecuter* executer, void* arg) {
  if (transaction_impl_->transaction.check_listener == nullptr) {
    throw MQClientException("localTransactionBranchCheckListener is null");
  }
  if (executer == nullptr) throw MQClientException("the local transaction executer is null");
  return transaction_impl_->send_in_transaction(message, [&](const Message& sent) {
    return executer->executeLocalTransactionBranch(sent, arg);
  });
}

void TransactionMQProducer::setCheckThreadPoolMinSize(int threads) {
  transaction_impl_->transaction.check_threads_min = threads;
}
int TransactionMQProducer::getCheckThreadPoolMinSize() const {
  return transaction_impl_->transaction.check_threads_min;
}
void TransactionMQProducer::setCheckThreadPoolMaxSize(int threads) {
  transaction_impl_->transaction.check_threads_max = threads;
}
int TransactionMQProducer::getCheckThreadPoolMaxSize() const {
  return transaction_impl_->transaction.check_threads_max;
}
void TransactionMQProducer::setCheckRequestHoldMax(int requests) {
  transaction_impl_->transaction.check_hold_max = requests;
}
int TransactionMQProducer::getCheckRequestHoldMax() const {
  return transaction_impl_->transaction.check_hold_max;
}

}  // namespace rocketmq
