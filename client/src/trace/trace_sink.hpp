#pragma once

#include "rocketmq/Message.h"

namespace rocketmq::client {

/// Where a TraceLog's messages go. Safe on any thread.
class TraceSink {
 public:
  virtual ~TraceSink() = default;
  /// Does not wait; a failure is logged.
  virtual void send(Message message) = 0;
  /// Waits for the sends under way. Idempotent.
  virtual void stop() = 0;
};

}  // namespace rocketmq::client
