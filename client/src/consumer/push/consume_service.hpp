#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "consumer/process_queue.hpp"
#include "consumer/pulled_messages.hpp"
#include "rocketmq/MessageExt.h"
#include "rocketmq/common/result.hpp"

namespace rocketmq::client {

/// Hands pulled messages to a listener and settles its results.
class ConsumeService {
 public:
  virtual ~ConsumeService() = default;
  virtual bool is_orderly() const = 0;
  virtual void start() = 0;

  /// Takes over messages that were put into the process queue. Runs on an I/O or timer thread; does
  /// not wait.
  virtual void submit(const ProcessQueuePtr& queue, PulledMessages messages) = 0;
  /// True when the queue may be pulled now.
  virtual bool may_pull(const ProcessQueuePtr&) { return true; }
  /// True while the messages in memory, over all queues, are so many that none may be pulled.
  virtual bool has_too_much() const { return false; }
  /// Before this consumer takes a queue; false leaves it to the next rebalance. Runs on rmq-work.
  virtual bool acquire(const MessageQueue&) { return true; }
  /// Before a queue is pulled for the first time.
  virtual void adopt(ProcessQueue&) {}
  /// Everything of the queue before `offset` is done or was not wanted.
  virtual void advance(ProcessQueue& queue, std::int64_t offset) { queue.offset().raise(offset); }
  /// The queue resumes at `offset`, because it does not reach to where it was.
  virtual void reposition(ProcessQueue& queue, std::int64_t offset) { queue.offset().set(offset); }
  /// Drops a queue that goes to another member; false keeps it until the next rebalance. Runs on
  /// rmq-work.
  virtual bool release(const ProcessQueuePtr& queue) {
    queue->drop();
    return true;
  }
  /// After the last listener call at shutdown: releases what the brokers hold for this consumer.
  virtual void release_all() {}

  /// Runs the listener once on one message; `done` gets the JSON response of
  /// CONSUME_MESSAGE_DIRECTLY.
  virtual void consume_directly(MessageExt message,
                                std::function<void(Result<std::string>)> done) = 0;

  /// How many threads call the listener, if there is one.
  virtual void set_threads(int) {}
  virtual int threads() const { return 0; }

  /// Begins no further listener call, waits for those under way (0: as long as they take).
  virtual void stop_taking(std::chrono::milliseconds wait) = 0;
  /// Joins the threads. Idempotent. Not on one of them.
  virtual void stop() = 0;
  /// True in a listener call.
  virtual bool runs_this_thread() const = 0;
};

}  // namespace rocketmq::client
