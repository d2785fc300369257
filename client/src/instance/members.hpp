#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>

#include "rocketmq/MessageExt.h"
#include "rocketmq/MessageQueue.h"
#include "rocketmq/common/result.hpp"
#include "rocketmq/protocol/heartbeat_data.hpp"
#include "rocketmq/protocol/send_headers.hpp"

namespace rocketmq::client {

/// A consumer group as its instance sees it. All calls may come at any time, until the consumer has
/// left the instance and shortly after.
class ConsumerMember {
 public:
  virtual ~ConsumerMember() = default;
  virtual const std::string& group() const = 0;
  virtual remoting::ConsumerData heartbeat_data() const = 0;
  /// Topics whose routes it needs.
  virtual std::set<std::string> topics() const = 0;

  /// Decides again which queues are its own. Runs on the instance's work thread; may wait for
  /// brokers.
  virtual void rebalance() = 0;
  /// Stores its offsets without waiting for responses. Runs on the instance's work thread.
  virtual void persist_offsets() = 0;

  /// Brings its filter classes to the filter servers: to all of them after a round of heartbeats,
  /// otherwise to those that a route has brought. Does not wait.
  virtual void upload_filter_classes(bool /*only_new*/) {}

  /// Returns the response to GET_CONSUMER_RUNNING_INFO, a JSON text. Runs on an I/O thread.
  virtual std::string running_info() const = 0;
  /// Returns the response to GET_CONSUMER_STATUS_FROM_CLIENT. Runs on an I/O thread.
  virtual std::map<MessageQueue, std::int64_t> consume_status(const std::string& topic) const = 0;
  /// Serves RESET_CONSUMER_CLIENT_OFFSET. Runs on an I/O thread and does not wait.
  virtual void reset_offsets(const std::string& topic,
                             std::map<MessageQueue, std::int64_t> offsets) = 0;
  /// Serves CONSUME_MESSAGE_DIRECTLY: runs the listener on one message and hands a JSON text to
  /// `done`, later, on another thread.
  virtual void consume_directly(MessageExt message,
                                std::function<void(Result<std::string>)> done) = 0;
};

/// A producer group as its instance sees it.
class ProducerMember {
 public:
  virtual ~ProducerMember() = default;
  virtual const std::string& group() const = 0;
  /// Serves CHECK_TRANSACTION_STATE from the broker at `address`. Runs on an I/O thread and does
  /// not wait.
  virtual void check_transaction(const std::string& address, MessageExt message,
                                 const remoting::CheckTransactionStateRequestHeader& header) = 0;
};

}  // namespace rocketmq::client
