#pragma once

#include <cstdint>

#include "rocketmq/common/unique_function.hpp"

namespace rocketmq::store {

/// The thread of a PutBatch, where that thread may not wait for a disk: a reactor's.
class PutThread {
 public:
  virtual ~PutThread() = default;

  /// Runs `task` on the thread. Any thread. False after its end: the task is left with the caller.
  virtual bool post(UniqueFunction<void()>& task) = 0;

  using Wait = std::uint64_t;
  /// Around what may wait for the disk. Meanwhile another thread may take over all that this one
  /// does.
  virtual Wait begin_wait() = 0;
  /// False when one has: the caller must touch nothing of this thread's but post().
  virtual bool end_wait(Wait wait) = 0;
};

}  // namespace rocketmq::store
