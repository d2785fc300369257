#pragma once

#include <atomic>
#include <concepts>
#include <utility>

#include "rocketmq/common/worker_pool.hpp"

namespace rocketmq {

/// A task that is posted again and again, and of which one at most waits or runs: where it hangs,
/// on a disk for example, it holds one thread of the pool and not all of them. Must outlive its
/// task. post() is safe on any thread.
class OneTask {
 public:
  /// Posts to the lane of the pool's owner, unless the task before has not ended. The next post()
  /// tries again when the pool refuses it.
  template <std::invocable F>
  void post(WorkerPool& pool, F&& work) {
    if (is_under_way_.exchange(true)) return;
    const bool posted =
        pool.post(WorkerPool::owners_lane,
                  [this, work = std::forward<F>(work)](WorkerPool::Fate fate) mutable {
                    const Ended ended{is_under_way_};
                    if (fate == WorkerPool::Fate::Run) work();
                  });
    if (!posted) is_under_way_ = false;
  }

 private:
  struct Ended {
    ~Ended() { is_under_way = false; }
    std::atomic<bool>& is_under_way;
  };

  std::atomic<bool> is_under_way_{false};
};

}  // namespace rocketmq
