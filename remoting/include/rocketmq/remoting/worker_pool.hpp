#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "rocketmq/common/unique_function.hpp"

namespace rocketmq::remoting {

/// Threads for work that may block. Named "<name>-<k>". post() is safe on any thread; stop() runs what was posted and
/// joins; posting afterwards is refused.
class WorkerPool {
 public:
  /// At most `queue_max` tasks wait; more are refused.
  WorkerPool(std::string name, std::size_t threads, std::size_t queue_max);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// False when the queue is full or the pool has stopped; the task is not run then.
  bool post(UniqueFunction<void()> task);
  void stop();

  std::size_t queue_size() const;
  std::size_t queue_capacity() const;
  const std::string& name() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rocketmq::remoting
