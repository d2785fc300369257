#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "instance/client_instance.hpp"
#include "producer/broker_latency.hpp"
#include "producer/producer_settings.hpp"
#include "producer/send_limiter.hpp"
#include "producer/send_request.hpp"
#include "rocketmq/client/failure.hpp"
#include "rocketmq/common/log_limiter.hpp"
#include "rocketmq/common/unique_function.hpp"
#include "trace/trace_log.hpp"

namespace rocketmq::client {

/// Gets the outcome of an asynchronous send, on a callback thread. The outcome is the callee's
/// until it returns.
using SendDone = UniqueFunction<void(Outcome<SendResult>&)>;

/// Sends prepared messages: chooses queues, tries again, abandons. Safe on any thread. Messages
/// have been checked before.
///
/// An asynchronous send takes three locks on the sending thread: of the spare sends, of the limit
/// on sends under way, and of the connection. One that finds the connection's reactor asleep takes
/// those of waking it as well. The topic's route, the broker's address and the connection are found
/// again without one (RouteTable::publish_info, BrokerHandle, remoting::Client).
class Sender : public std::enable_shared_from_this<Sender> {
 public:
  /// An asynchronous send (async_send.hpp). One that is released while it is under way ends with
  /// ShutDown.
  class AsyncSend;
  struct Recycle {
    void operator()(AsyncSend* send) const;
  };
  using AsyncSendPtr = std::unique_ptr<AsyncSend, Recycle>;

  /// `trace` may be null.
  Sender(std::shared_ptr<ClientInstance> instance, ProducerSettings settings,
         std::shared_ptr<TraceLog> trace = nullptr);
  ~Sender();
  Sender(const Sender&) = delete;
  Sender& operator=(const Sender&) = delete;

  /// Where messages of a topic can go.
  Outcome<TopicPublishInfoPtr> publish_info(const std::string& topic);

  /// Sends to a queue in turn; after a failure tries again, on another broker if there is one,
  /// while time is left.
  Outcome<SendResult> send(const OutgoingMessage& message, milliseconds timeout);
  /// Sends to this queue, once.
  Outcome<SendResult> send_to(const MessageQueue& queue, const OutgoingMessage& message,
                              milliseconds timeout);

  /// An asynchronous send whose message is to be filled in, with whatever an earlier one has left
  /// there.
  AsyncSendPtr begin_async();
  static OutgoingMessage& message_of(AsyncSend& send);
  /// Which threads may run what ends a send. Any: it never waits, as that of a future, for which a
  /// callback may be waiting.
  enum class DoneOn { CallbackThread, AnyThread };
  /// Sends without waiting for the response. With a queue only that one is tried. When this fails,
  /// `done` is left alone. `may_wait`: whether it waits for room when too many sends are under way.
  Outcome<void> send_async(AsyncSendPtr send, const MessageQueue* queue, milliseconds timeout,
                           SendDone& done, bool may_wait = true,
                           DoneOn done_on = DoneOn::CallbackThread);

  Outcome<void> send_oneway(const OutgoingMessage& message, const MessageQueue* queue);

  /// What it returns counts as an asynchronous send under way as long as it lives: for what is done
  /// before a send can begin.
  std::shared_ptr<void> count_preparation();

  /// Waits until every asynchronous send has ended, its callback included; false when the time was
  /// over before. Not in such a callback.
  bool wait_until_idle(milliseconds timeout) { return limiter_.wait_until_idle(timeout); }

 private:
  using Deadline = std::chrono::steady_clock::time_point;
  /// The next queue in turn, if possible of another broker than `failed_broker`, and with
  /// sendLatencyFaultEnable of one that responds fast. One of `info`'s.
  const MessageQueue& choose(const TopicPublishInfo& info, std::string_view failed_broker = {});
  /// The master of a queue's broker: the handle's where `info`, or else the topic's known one, has
  /// it; else it is requested.
  Outcome<std::string> address_of(const MessageQueue& queue, const std::string& topic,
                                  const TopicPublishInfo* info);
  void trace(const Outcome<SendResult>& outcome, const OutgoingMessage& message,
             const std::string& address, std::int64_t begun_ms) const;
  void note_latency(const std::string& broker, Deadline begun, bool failed);
  /// Logs why a send failed: one line a second at most.
  void note_failure(std::string_view topic, const Failure& failure);
  Outcome<SendResult> send_with_retries(const OutgoingMessage& message, milliseconds timeout);
  Outcome<void> begin_oneway(const OutgoingMessage& message, const MessageQueue* queue);
  Outcome<SendResult> send_once(const MessageQueue& queue, const OutgoingMessage& message,
                                milliseconds timeout);

  static milliseconds time_left(Deadline deadline);
  static Failure no_time_left(const char* where);

  const std::shared_ptr<ClientInstance> instance_;
  const ProducerSettings settings_;
  SendLimiter limiter_;
  const std::shared_ptr<TraceLog> trace_;
  BrokerLatency latency_;
  LogLimiter failures_;
  std::mutex spare_mutex_;
  std::vector<std::unique_ptr<AsyncSend>> spare_;  // guarded by spare_mutex_
};

}  // namespace rocketmq::client
