#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "rocketmq/store/message_writer.hpp"
#include "rocketmq/store/put_thread.hpp"

namespace rocketmq::store {

/// What the log has promised to a put; CommitLog::is_committed() says whether it was kept.
struct LogTicket {
  std::int64_t end = 0;
  std::size_t failures_before = 0;
};

/// A put that has its place and waits for the write.
struct PendingPut {
  PutCallback done;
  PutResult result;
  LogTicket ticket;
  std::uint64_t sender = 0;
  /// Refused before it got a place: `result` says why.
  bool is_refused = false;
  bool wait_store_ok = true;
};

/// Gathers puts, to be written by one system call. Handed to MessageWriter::put().
///
/// There are two kinds. That of a thread that may wait for the disk: commit() writes and runs the
/// callbacks. That of a PutThread: write() writes, or leaves the writing to another thread when the
/// disk is slow; the callbacks run on the PutThread, in complete() or in a task that is posted.
/// Callbacks run in the order of the puts; under SYNC_FLUSH on store-flush. A callback may put into
/// the batch again: that is for the next commit() or write().
///
/// Used by one thread at a time, which is the PutThread's. Bounded: a batch of the first kind is
/// written early when it has grown to 256 KiB; one of the second kind holds what its thread gathers
/// in one go, and of each sender at most a share waits for the disk.
class PutBatch {
 public:
  /// `writer` must outlive the batch, unless it is empty by then.
  explicit PutBatch(MessageWriter& writer) : writer_(writer) {}
  /// `thread` must outlive the batch.
  PutBatch(MessageWriter& writer, PutThread& thread) : writer_(writer), thread_(&thread) {}
  ~PutBatch() { commit(); }
  PutBatch(const PutBatch&) = delete;
  PutBatch& operator=(const PutBatch&) = delete;

  bool is_empty() const { return puts_.empty(); }
  void commit() {
    if (!is_empty() && write()) complete();
  }

  /// As much as is to be written at a time: a larger write delays those whose puts it has.
  static constexpr std::int64_t enough_bytes = 1024 * 1024;
  static constexpr std::size_t enough_puts = 1'024;
  bool has_enough() const {
    return uncommitted_bytes_ >= enough_bytes || puts_.size() >= enough_puts;
  }

  // Of a PutThread:

  /// Has what was gathered written. False: another thread has taken over this one's work, and the
  /// batch with it.
  bool write() { return writer_.write(*this); }
  /// After write() has returned true: runs the callbacks of what was written here.
  void complete();
  /// Whether callbacks are still to come of what write() has taken.
  bool is_waiting() const { return !under_way_.empty(); }

  /// What one sender may have waiting for a disk that takes long.
  static constexpr std::size_t share_puts_max = 16'384;
  static constexpr std::int64_t share_bytes_max = 16 * 1024 * 1024;
  bool has_full_share(std::uint64_t sender) const {
    if (shares_.empty()) [[likely]]
      return false;
    const auto share = shares_.find(sender);
    return share != shares_.end() &&
           (share->second.puts >= share_puts_max || share->second.bytes >= share_bytes_max);
  }

 private:
  friend class DefaultMessageStore;
  friend class LogWriter;

  /// What one write() has taken.
  struct Job {
    PutBatch& batch;
    std::vector<PendingPut> puts;
    /// When the first of them was taken.
    std::chrono::steady_clock::time_point began;
    /// Of the last put that has a place: covers the others.
    LogTicket ticket;
    bool has_place = false;
    /// Counted in the senders' shares.
    bool is_left = false;
    /// Written, or refused: what is left is to run the callbacks, in its turn.
    bool is_done = false;
  };
  struct Share {
    std::size_t puts = 0;
    std::int64_t bytes = 0;
  };

  Job& take_job();
  /// The job is done: runs the callbacks of those that may run theirs now.
  void finish(Job& job);
  void run_callbacks(Job& job);
  void count_shares(const Job& job, bool is_added);

  MessageWriter& writer_;
  PutThread* const thread_ = nullptr;
  std::vector<PendingPut> puts_;
  std::int64_t uncommitted_bytes_ = 0;
  /// When the first of `puts_` was taken.
  std::chrono::steady_clock::time_point began_;
  std::vector<std::unique_ptr<Job>> jobs_;
  std::vector<Job*> spare_;
  Job* written_ = nullptr;
  /// In the order in which they were taken. One that is written here may be done before one that
  /// was left.
  std::deque<Job*> under_way_;
  std::unordered_map<std::uint64_t, Share> shares_;
};

}  // namespace rocketmq::store
