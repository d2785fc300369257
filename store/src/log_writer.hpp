#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "commit_log.hpp"
#include "rocketmq/common/clock.hpp"
#include "rocketmq/store/put_batch.hpp"

namespace rocketmq::store {

/// Writes the log for batches whose threads may not wait for a disk (PutThread).
///
/// One thread writes at a time: it has the pen. A batch's own thread takes it when it is free,
/// which costs no hop to another thread; another one takes over that thread's work while a write
/// hangs. What comes while the pen is taken waits in a queue, and the thread that has the pen
/// writes that as well. After a write that was slow, `store-write` has the pen until the disk is
/// quick again.
///
///    write() ──pen is free──▶ commit here ──▶ complete() on the batch's thread
///            ──else──▶ queue ──▶ commit by the pen's owner ──post──▶ the batch's thread
///
/// Bounded by what the log stages (CommitLog::is_busy()), by `waiting_puts_max` puts in the queue,
/// and by each sender's share (PutBatch).
/// Runs on: write() on a batch's thread; `store-write`.
class LogWriter {
 public:
  LogWriter(CommitLog& log, const Clock& clock);
  ~LogWriter() { stop(); }

  void start();
  /// Ends the thread when all that waits has been written. Later batches are written where they
  /// are.
  void stop();

  /// Writes what the batch has gathered, or leaves it to another thread. False: the calling thread
  /// has lost its work to another one meanwhile, and must not touch the batch.
  bool write(PutBatch& batch);
  bool is_full() const { return waiting_puts_.load(std::memory_order_relaxed) > waiting_puts_max; }

  static constexpr std::size_t waiting_puts_max = 262'144;

 private:
  using Job = PutBatch::Job;

  bool take_pen();
  void drop_pen();
  void pass_pen();
  bool write_here(Job& job) noexcept;
  void leave(Job& job);
  void write_left();
  void post(Job& job);
  void run();
  void write_all_left();

  CommitLog& log_;
  const Clock& clock_;

  std::atomic<bool> is_running_{false};  // changed under mutex_
  std::atomic<bool> is_pen_taken_{false};
  std::atomic<bool> is_slow_{false};
  std::atomic<std::size_t> waiting_puts_{0};
  std::atomic<std::size_t> waiting_jobs_{0};

  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Job*> left_;       // guarded by mutex_
  bool has_thread_pen_ = false;  // guarded by mutex_

  // Of the thread that has the pen.
  std::vector<Job*> taken_;
  std::chrono::steady_clock::time_point last_slow_{};

  std::thread thread_;
};

}  // namespace rocketmq::store
