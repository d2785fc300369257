#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "commit_log.hpp"

namespace rocketmq::store {

/// An end of the log that moves: of what is written, or of what is on the disk. Followers of the
/// log wait for it without a thread of their own, by a callback.
///
/// Any thread. moved() costs one load while no follower waits.
class LogEnd {
 public:
  /// `offset` is CommitLog::committed_offset or flushed_offset.
  LogEnd(const CommitLog& log, std::int64_t (CommitLog::*offset)() const)
      : log_(log), offset_(offset) {}
  LogEnd(const LogEnd&) = delete;
  LogEnd& operator=(const LogEnd&) = delete;

  std::int64_t position() const { return (log_.*offset_)(); }
  /// To be called after each move; calls the followers that wait for it.
  void moved();

  /// Somebody who follows. The end must outlive it.
  class Follower {
   public:
    /// `wake` runs on the thread that moves the end, under a lock: it hands on, and neither waits
    /// nor calls the follower.
    Follower(LogEnd& end, std::function<void()> wake) : end_(end), wake_(std::move(wake)) {}
    ~Follower() { cancel(); }
    Follower(const Follower&) = delete;
    Follower& operator=(const Follower&) = delete;

    /// Has `wake` called once, when the end is behind `position`. False, and no call, when it is
    /// already.
    bool wait_beyond(std::int64_t position);
    /// No call comes after this one has returned.
    void cancel();

   private:
    friend class LogEnd;
    LogEnd& end_;
    const std::function<void()> wake_;
    std::int64_t awaited_ = 0;  // guarded by LogEnd::mutex_
  };

 private:
  void forget(const Follower& follower);

  const CommitLog& log_;
  std::int64_t (CommitLog::*const offset_)() const;
  std::atomic<int> waiting_count_{0};
  std::mutex mutex_;
  std::vector<Follower*> waiting_;  // guarded by mutex_
};

}  // namespace rocketmq::store
