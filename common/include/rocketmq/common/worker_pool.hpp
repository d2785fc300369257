#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "rocketmq/common/unique_function.hpp"

namespace rocketmq {

/// Threads for work that may block, named "<name>-<k>". post() is safe on any thread.
///
/// Tasks belong to lanes, for example one for each connection. Lanes take turns: a task waits for
/// one task of each other lane, not for all tasks that one of them has posted. Within a lane tasks
/// begin in the order in which they came. The work of a post is bounded, also when the queue is
/// full.
class WorkerPool {
 public:
  /// What a task is called for.
  enum class Fate {
    Run,
    /// It will not run: its place was given to another lane, or the pool has stopped. Called on the
    /// thread that posts the other task, or on one of the pool's threads.
    Refused,
  };
  using Task = UniqueFunction<void(Fate)>;

  /// At most `queue_max` tasks wait. When they do, the longest lane loses its newest task to a lane
  /// that has at least two fewer; otherwise the new task is refused. Throws std::runtime_error that
  /// names the thread when one cannot be made.
  WorkerPool(std::string name, std::size_t threads, std::size_t queue_max);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// False when the task is refused immediately, because there is no room or the pool has stopped;
  /// it is not called then.
  bool post(std::uint64_t lane, Task task);
  /// A task of the pool's owner, in the owner's lane; nothing happens when it is refused later.
  template <std::invocable F>
  bool post(F&& work) {
    return post(owners_lane, Task([work = std::forward<F>(work)](Fate fate) mutable {
                  if (fate == Fate::Run) work();
                }));
  }
  static constexpr std::uint64_t owners_lane = 0;

  /// Runs what was posted, for `limit` at most, refuses the rest, and joins. Posting afterwards is
  /// refused. A task that has begun is waited for.
  void stop(std::chrono::milliseconds limit = std::chrono::hours(1));

  std::size_t queue_size() const;
  std::size_t queue_capacity() const;
  const std::string& name() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rocketmq
