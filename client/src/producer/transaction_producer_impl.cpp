#include "producer/transaction_producer_impl.hpp"

#include <spdlog/logger.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "rocketmq/client/client_log.hpp"
#include "rocketmq/client/message/message_access.hpp"
#include "rocketmq/client/own_code.hpp"
#include "rocketmq/client/setting_checks.hpp"
#include "rocketmq/common/message_id.hpp"
#include "rocketmq/common/message_properties.hpp"
#include "rocketmq/common/sys_flag.hpp"

namespace rocketmq::client {
namespace {

constexpr milliseconds end_timeout{3'000};

std::int32_t commit_or_rollback(LocalTransactionState state) {
  switch (state) {
    case COMMIT_MESSAGE: return sys_flag::transaction_commit;
    case ROLLBACK_MESSAGE: return sys_flag::transaction_rollback;
    case UNKNOWN: break;
  }
  return sys_flag::transaction_none;
}

Outcome<void> check_transactions(const TransactionSettings& settings) {
  return check_ranges({{"checkThreadPoolMinSize", settings.check_threads_min, 1, 1000},
                       {"checkThreadPoolMaxSize", settings.check_threads_max, 1, 1000},
                       {"checkRequestHoldMax", settings.check_hold_max, 1, int_setting_max}});
}

/// What the user's code says; an exception is UNKNOWN, and its text the remark.
template <class Ask>
LocalTransactionState ask_user(Ask&& ask, std::string& remark) {
  try {
    return ask();
  } catch (const std::exception& thrown) {
    remark = thrown.what();
  } catch (...) {
    remark = "an exception that is no std::exception";
  }
  client_log().warn("a local transaction threw and counts as unknown: {}", remark);
  return UNKNOWN;
}

}  // namespace

void TransactionProducerImpl::start(const ProducerSettings& settings) {
  if (state().get() != ServiceState::Value::CreateJust)
    throw_failure(state().cannot_start("producer"));
  value_or_throw(check_transactions(transaction));
  const int threads = std::max(transaction.check_threads_min, transaction.check_threads_max);
  check_pool_ = std::make_unique<WorkerPool>("rmq-check", static_cast<std::size_t>(threads),
                                             static_cast<std::size_t>(transaction.check_hold_max));
  ProducerImpl::start(settings);
}

void TransactionProducerImpl::shutdown() {
  if (OwnCode::runs_for(own_code())) {
    throw_failure(client_failure(
        "a producer cannot be shut down in its transaction listener or one of its callbacks"));
  }
  ProducerImpl::shutdown();
  if (check_pool_ != nullptr) check_pool_->stop();
}

TransactionSendResult TransactionProducerImpl::send_in_transaction(
    Message& message, const std::function<LocalTransactionState(const Message&)>& execute) {
  // Kept: the message and the local transaction stand, should the producer be shut down meanwhile.
  const std::shared_ptr<ClientInstance> client = instance();
  message.setDelayTimeLevel(0);
  MessageAccess::put(message, property::transaction_prepared, "true");
  MessageAccess::put(message, property::producer_group, settings().group);
  SendResult sent;
  try {
    sent = send(message, {}, settings().send_timeout);
  } catch (const MQException& failure) {
    throw MQClientException(std::string("send message Exception: ") + failure.what(),
                            failure.getError());
  }
  if (!sent.getTransactionId().empty()) {
    MessageAccess::put(message, property::transaction_id, sent.getTransactionId());
  }
  std::string remark;
  LocalTransactionState decided = ROLLBACK_MESSAGE;
  if (sent.getSendStatus() == SEND_OK) {
    decided = ask_user([&] { return execute(message); }, remark);
  }

  const auto id = decode_offset_message_id(sent.getOffsetMsgId());
  const auto address = client->routes().master_address(sent.getMessageQueue().getBrokerName());
  if (id && address) {
    remoting::EndTransactionRequestHeader header;
    header.tranStateTableOffset = sent.getQueueOffset();
    header.commitLogOffset = id->physical_offset;
    header.msgId = sent.getMsgId();
    header.transactionId = sent.getTransactionId();
    end_transaction(*client, *address, std::move(header), decided, remark);
    if (trace() != nullptr) {
      trace()->transaction_ended(message, sent.getMsgId(), *address, decided, false,
                                 client->clock().now_ms());
    }
  } else {
    client_log().warn("the outcome of message {} cannot be told: the broker will ask",
                      sent.getMsgId());
  }
  return {sent, decided};
}

void TransactionProducerImpl::end_transaction(ClientInstance& client, const std::string& address,
                                              remoting::EndTransactionRequestHeader header,
                                              LocalTransactionState decided,
                                              const std::string& remark) {
  header.producerGroup = settings().group;
  header.commitOrRollback = commit_or_rollback(decided);
  auto request = make_request(remoting::RequestCode::EndTransaction, header);
  request.remark = remark;
  client.network().invoke_oneway(address, std::move(request), end_timeout);
}

void TransactionProducerImpl::check_transaction(
    const std::string& address, MessageExt message,
    const remoting::CheckTransactionStateRequestHeader& header) {
  auto self = std::static_pointer_cast<TransactionProducerImpl>(shared_from_this());
  const bool is_taken = check_pool_->post([self, address, message = std::move(message), header] {
    const OwnCode own(self->own_code());
    self->check(address, message, header);
  });
  if (!is_taken) client_log().warn("too many transaction checks wait; the broker will ask again");
}

void TransactionProducerImpl::check(const std::string& address, const MessageExt& message,
                                    const remoting::CheckTransactionStateRequestHeader& asked) {
  if (!state().is_running()) return;
  std::string remark;
  const LocalTransactionState decided = ask_user(
      [&] {
        if (transaction.check_listener != nullptr) {
          return transaction.check_listener->checkLocalTransactionState(message);
        }
        if (transaction.listener != nullptr)
          return transaction.listener->checkLocalTransaction(message);
        return UNKNOWN;
      },
      remark);
  remoting::EndTransactionRequestHeader header;
  header.tranStateTableOffset = asked.tranStateTableOffset;
  header.commitLogOffset = asked.commitLogOffset;
  header.fromTransactionCheck = true;
  header.msgId = message.getMsgId();
  header.transactionId = asked.transactionId;
  try {
    end_transaction(*instance(), address, std::move(header), decided, remark);
    if (trace() != nullptr) {
      trace()->transaction_ended(message, message.getMsgId(), address, decided, true,
                                 instance()->clock().now_ms());
    }
  } catch (const MQException& failure) {
    client_log().warn("the answer to a transaction check is not sent: {}", failure.what());
  }
}

}  // namespace rocketmq::client
