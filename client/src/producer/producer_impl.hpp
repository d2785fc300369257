#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "instance/client_instance.hpp"
#include "instance/members.hpp"
#include "instance/service_state.hpp"
#include "producer/producer_settings.hpp"
#include "producer/sender.hpp"
#include "rocketmq/MessageQueueSelector.h"
#include "rocketmq/MessageToSend.h"

namespace rocketmq::client {

/// Where a message goes: any queue, one queue, or the one that a function chooses.
struct Target {
  const MessageQueue* queue = nullptr;
  const SelectQueueFunction* select = nullptr;
};

/// A producer behind its public face. Safe on any thread.
class ProducerImpl : public ProducerMember, public std::enable_shared_from_this<ProducerImpl> {
 public:
  virtual void start(const ProducerSettings& settings);
  virtual void shutdown();

  SendResult send(const MessageToSend& message, const Target& target, milliseconds timeout);
  SendResult send_batch(std::vector<Message>& messages, const MessageQueue* queue,
                        milliseconds timeout);
  void send_async(const MessageToSend& message, const Target& target, milliseconds timeout,
                  SendDone done, Sender::DoneOn done_on = Sender::DoneOn::CallbackThread);
  /// Never waits and never throws: every failure goes to `done`.
  void send_no_wait(Message message, SendDone done);
  void send_batch_async(std::vector<Message>& messages, milliseconds timeout, SendDone done,
                        Sender::DoneOn done_on = Sender::DoneOn::CallbackThread);
  /// Sends, and waits for the reply of the message's consumer.
  MessageExt request(const MessageToSend& message, const Target& target, milliseconds timeout);
  /// The same without waiting. `done` runs on a thread that must not be held up.
  void request_async(const MessageToSend& message, const Target& target, milliseconds timeout,
                     ReplyDone done);
  void send_oneway(const MessageToSend& message, const Target& target);
  std::vector<MessageQueue> fetch_publish_queues(const std::string& topic);

  /// Throws unless running.
  const std::shared_ptr<ClientInstance>& instance() const;
  /// The settings of start(). Only while running.
  const ProducerSettings& settings() const { return settings_; }
  const ServiceState& state() const { return state_; }
  bool was_started_before_fork() const { return state_.get() == ServiceState::Value::LeftToParent; }
  /// Whether the calling thread runs a callback of this producer, or one that a shutdown would wait
  /// for as well: that of another client where this one is the last of its instance.
  bool is_in_own_code() const;
  /// Runs a user's callback on a callback thread, as code of this producer's own. While running.
  void post_callback(UniqueFunction<void()> callback) const;
  /// Null unless tracing is enabled.
  TraceLog* trace() const { return trace_.get(); }

  const std::string& group() const override { return settings_.group; }
  void check_transaction(const std::string& address, MessageExt message,
                         const remoting::CheckTransactionStateRequestHeader& header) override;

 protected:
  /// For OwnCode.
  const void* own_code() const { return sender_.get(); }

 private:
  Outcome<void> join_instance();
  /// The queue that a target's function chooses; nothing for a target without one.
  std::optional<MessageQueue> resolve(const Message& message, const Target& target);

  ServiceState state_;
  // Written by start() before the state says Running; unchanged afterwards.
  ProducerSettings settings_;
  std::shared_ptr<ClientInstance> instance_;
  std::shared_ptr<TraceLog> trace_;  // null unless it is enabled
  std::shared_ptr<Sender> sender_;
};

}  // namespace rocketmq::client
