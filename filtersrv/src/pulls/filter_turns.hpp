#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "rocketmq/common/clock.hpp"
#include "rocketmq/common/lane_queue.hpp"
#include "rocketmq/common/worker_pool.hpp"
#include "rocketmq/filtersrv/filter_engine.hpp"

namespace rocketmq::filtersrv {

/// Batches for filters that judge one at a time: while one is judged, the others of that filter
/// wait here and not on a thread of the pool, which other filters need. The groups that share a
/// filter take turns; those of a group are in the order in which they came. Batches for other
/// filters go to the pool immediately.
///
/// Runs on: post() on any thread (mutex_); tasks on the pool's threads. Bounded: `waiting_max` wait
/// for one filter, each no longer than `wait_max` and one batch; what is beyond is refused, of the
/// group that has most. The pool's threads have ended before this does.
class FilterTurns {
 public:
  static constexpr std::size_t waiting_max = 256;
  /// A consumer waits 30 s for its response, most of which the broker may have used up.
  static constexpr std::chrono::seconds wait_max{10};

  FilterTurns(WorkerPool& pool, const Clock& clock) : pool_(pool), clock_(clock) {}

  struct Lane {
    /// A hash of its name.
    std::uint64_t group = 0;
    /// Lane of the pool.
    std::uint64_t connection = 0;
  };
  /// As WorkerPool::post: false when there is no room, and the task is not called then; Refused as
  /// well when it has waited for too long.
  bool post(std::shared_ptr<const Filter> filter, const Lane& lane, WorkerPool::Task task);

  /// Batches that wait for their filter's turn.
  std::size_t waiting() const;

 private:
  struct Waiting {
    std::uint64_t connection = 0;
    WorkerPool::Task task;
    std::chrono::steady_clock::time_point since;
  };
  using FilterPtr = std::shared_ptr<const Filter>;

  /// To the pool; when the task has ended or thrown, the filter's next one follows. False when
  /// refused.
  bool run(FilterPtr filter, std::uint64_t connection, WorkerPool::Task& task);
  /// A batch of the filter has ended.
  void next(FilterPtr filter);

  WorkerPool& pool_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  /// Of each filter that judges a batch, what waits for it. Guarded by mutex_.
  std::unordered_map<const Filter*, LaneQueue<Waiting>> waiting_;
  std::size_t waiting_count_ = 0;  // guarded by mutex_
};

}  // namespace rocketmq::filtersrv
