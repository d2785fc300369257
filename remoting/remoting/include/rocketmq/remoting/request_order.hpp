#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>

#include "rocketmq/common/unique_function.hpp"
#include "rocketmq/common/worker_pool.hpp"

namespace rocketmq::remoting {

/// Keeps the requests of one connection in order, where a large one goes to a pool: those that
/// follow it go there as well, one at a time, until none is left.
///
/// Runs on: post() on the connection's thread; the pool's threads. Bounded by the pool, in which
/// each request takes one place of the connection's lane.
class RequestOrder : public std::enable_shared_from_this<RequestOrder> {
 public:
  using Job = WorkerPool::Task;

  /// Whether requests are left in the pool, or being processed there. The connection's thread.
  bool is_busy() const { return unfinished_.load(std::memory_order_acquire) > 0; }
  /// Runs `job` on the pool when those before it have ended. When the pool has no room, the newest
  /// one is called with Fate::Refused.
  void post(WorkerPool& pool, std::uint64_t lane, Job job);

 private:
  void on_turn(WorkerPool::Fate fate);
  void refuse_newest();
  void run_next() noexcept;

  std::atomic<std::size_t> unfinished_{0};
  std::mutex mutex_;
  std::deque<Job> waiting_;      // guarded by mutex_; in their order
  bool is_running_ = false;      // guarded by mutex_
  std::size_t turns_saved_ = 0;  // guarded by mutex_; came while another job was running
};

}  // namespace rocketmq::remoting
