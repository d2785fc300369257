#pragma once

#include <cstdint>

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
  /// Whether they have left so much that no further session is to have a turn before commit().
  virtual bool has_enough() const = 0;
  /// Does the work that they have left, or hands it to another thread. Called when the reactor has
  /// done a piece of work and has nothing else in its hands. What may wait for a disk stands
  /// between BatchReactor's begin_wait() and end_wait(); at no time do the batches of two reactors
  /// wait there. False when end_wait() was false.
  virtual bool commit() = 0;
  /// After commit() has returned true: finishes the requests whose work it has done. Their replies
  /// leave when this returns.
  virtual void complete() = 0;
  /// Whether requests are still unfinished whose work another thread does. The reactor does not end
  /// before they are.
  virtual bool is_waiting() const = 0;
};

/// The reactor, as its batch sees it. Outlives the batch.
class BatchReactor {
 public:
  /// Runs `task` on the reactor's thread. Any thread. False after the reactor's end: the task is
  /// left with the caller.
  virtual bool post(UniqueFunction<void()>& task) = 0;

  using Wait = std::uint64_t;
  /// The calling thread may wait for a disk from here on: when that takes long, another thread
  /// continues the reactor.
  virtual Wait begin_wait() = 0;
  /// False when another thread has done so: the caller must touch nothing of the reactor, save by
  /// post().
  virtual bool end_wait(Wait wait) = 0;

 protected:
  ~BatchReactor() = default;
};

}  // namespace rocketmq::net
