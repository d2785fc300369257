#pragma once

#include <memory>
#include <string>

#include "producer/producer_impl.hpp"
#include "rocketmq/TransactionMQProducer.h"
#include "rocketmq/common/worker_pool.hpp"

namespace rocketmq::client {

/// What a transactional producer needs beyond ProducerSettings. Unchanged after start.
struct TransactionSettings {
  std::shared_ptr<TransactionListener> listener;
  TransactionCheckListener* check_listener = nullptr;
  int check_threads_min = 1;
  int check_threads_max = 1;
  int check_hold_max = 2000;
};

/// A transactional producer behind its public face. Safe on any thread.
class TransactionProducerImpl final : public ProducerImpl {
 public:
  TransactionSettings transaction;  // before start()

  void start(const ProducerSettings& settings) override;
  void shutdown() override;
  /// `execute` is the local transaction.
  TransactionSendResult send_in_transaction(
      Message& message, const std::function<LocalTransactionState(const Message&)>& execute);
  void check_transaction(const std::string& address, MessageExt message,
                         const remoting::CheckTransactionStateRequestHeader& header) override;

 private:
  void check(const std::string& address, const MessageExt& message,
             const remoting::CheckTransactionStateRequestHeader& header);
  void end_transaction(ClientInstance& client, const std::string& address,
                       remoting::EndTransactionRequestHeader header, LocalTransactionState state,
                       const std::string& remark);

  std::unique_ptr<WorkerPool> check_pool_;  // of start() and shutdown()
};

}  // namespace rocketmq::client
