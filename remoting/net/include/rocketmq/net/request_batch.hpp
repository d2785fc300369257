#pragma once

#include "rocketmq/common/unique_function.hpp"

namespace rocketmq::net {

/// What the requests of one reactor leave to be finished together, such as one write of all
/// messages that came with a read. A server makes one for each of its reactors; processors find it
/// in their RequestContext.
///
/// Runs on: its reactor's thread.
class RequestBatch {
 public:
  virtual ~RequestBatch() = default;
  /// Whether requests have left something since the last commit().
  virtual bool has_work() const = 0;
  /// Finishes what they have left. Called when the reactor has done a piece of work and has nothing
  /// else in its hands; replies made here leave when it returns.
  virtual void commit() = 0;
};

/// The reactor, as its batch sees it. Outlives the batch.
class BatchReactor {
 public:
  /// Runs `task` on the reactor's thread. Any thread. False after the reactor's end: the task is
  /// left with the caller.
  virtual bool post(UniqueFunction<void()>& task) = 0;

 protected:
  ~BatchReactor() = default;
};

}  // namespace rocketmq::net
