#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "consume_queue_store.hpp"
#include "mapped_file_queue.hpp"
#include "prepared_record.hpp"
#include "rocketmq/common/clock.hpp"
#include "rocketmq/store/put_batch.hpp"
#include "staged_bytes.hpp"
#include "write_gate.hpp"

namespace rocketmq::store {

/// The one log of all topics: gives records their places, gathers them in memory, and writes what
/// has come together by one system call. Readers see what has been committed, through the files'
/// mappings.
///
///    stage()            commit()                     sync (flush service)
///    append_mutex_      commit_mutex_
///    ───────▶ staged ─────────▶ committed (readable) ─────────▶ flushed (on disk)
///
/// Any thread. Order of locks: commit_mutex_ before append_mutex_.
class CommitLog {
 public:
  CommitLog(MappedFileQueue& files, ConsumeQueueStore& queues, const Clock& clock, WriteGate& gate);

  /// Where the log continues after recovery.
  void begin_at(std::int64_t physical_offset, std::int64_t last_store_timestamp_ms);
  /// Called after each commit and each flush, on the thread that did it. Set once, before anything
  /// is staged.
  void on_progress(std::function<void()> listener) { progress_listener_ = std::move(listener); }

  using Ticket = LogTicket;
  struct Staged {
    Ticket ticket;
    std::int64_t physical_offset = 0;
    std::int64_t queue_offset = 0;
    std::int64_t store_timestamp_ms = 0;
    std::int64_t bytes = 0;
  };
  /// Gives the records of one queue their places, one behind the other in one file, and copies
  /// them. With `counts_in_queue` they get consecutive queue offsets, else 0. False: the log is
  /// closed, or a write has just failed. Waits for no disk.
  /// `queue` is what the caller knows of it, or null.
  bool stage(std::span<const PreparedRecord> records, std::int32_t queue_id, bool counts_in_queue,
             ConsumeQueueStore::QueuePtr queue, Staged& staged,
             std::vector<std::int64_t>* positions);
  /// Writes what is staged, at least up to the ticket's end, unless another thread has done so.
  void commit(const Ticket& ticket);
  /// True when nothing is left to be done by commit().
  bool is_settled(const Ticket& ticket) const {
    return committed_.load(std::memory_order_acquire) >= ticket.end ||
           failure_count_.load(std::memory_order_acquire) != ticket.failures_before;
  }
  /// After commit(): true when the ticket's records are in the log.
  bool is_committed(const Ticket& ticket) const;
  /// True while one commit has been going on for longer than `limit_ms`, or too much has been
  /// staged behind it.
  bool is_busy(std::int64_t limit_ms) const;
  struct TakenTopic {
    std::vector<ConsumeQueueStore::QueuePtr> queues;
    /// End of the log: the records of the queues lie before it, and no later one does.
    std::int64_t physical_end = 0;
  };
  /// Takes a deleted topic's queues out of the tables; the next put of the topic begins with entry
  /// 0. Writes what is staged: waits for the disk.
  TakenTopic take_topic(std::string_view topic);
  /// Commits what is staged and takes nothing more.
  void close();
  /// Takes nothing more and writes nothing more: what a kill leaves.
  void abandon();

  /// A slave's log is written from outside, by ReplicaLog; nothing is staged then. This one, which
  /// has no files yet, is to begin at `physical_offset`.
  void begin_empty_at(std::int64_t physical_offset);
  /// What lies before `end`, where a record ends, has been written.
  void extend_to(std::int64_t end, std::int64_t last_store_timestamp_ms);

  std::int64_t min_offset() const;
  std::int64_t committed_offset() const { return committed_.load(std::memory_order_acquire); }
  std::int64_t flushed_offset() const { return flushed_.load(std::memory_order_acquire); }
  std::int64_t flushed_timestamp_ms() const { return flushed_timestamp_ms_.load(); }
  std::int64_t last_store_timestamp_ms() const { return committed_timestamp_ms_.load(); }

  /// Makes what is committed durable. After a failure the log takes no more writes, and no later
  /// flush succeeds.
  IoResult<void> flush();
  /// Gives a fresh try after a full disk.
  void retry_after_out_of_space();

  /// Bytes in one file, below the committed end; empty when they are not there.
  struct Slice {
    std::string_view bytes;
    std::shared_ptr<MappedFile> file;
  };
  Slice read(std::int64_t physical_offset, std::int64_t count) const;
  /// From `physical_offset` to the committed end or the end of its file.
  Slice read_to_end_of_file(std::int64_t physical_offset) const;

  MappedFileQueue& files() { return files_; }
  const MappedFileQueue& files() const { return files_; }
  /// Why the last write failed.
  std::string failure_text() const;
  PutStatus failure_status() const;

 private:
  struct Batch {
    StagedBytes bytes;
    std::int64_t last_store_timestamp_ms = 0;
  };

  void make_room(std::int64_t bytes);
  IoResult<void> write(const Batch& batch);
  void fail(const IoError& error, bool creating);
  void take_back(const Batch& batch);
  bool zero_from(std::int64_t offset, const Batch& batch);

  MappedFileQueue& files_;
  ConsumeQueueStore& queues_;
  const Clock& clock_;
  WriteGate& gate_;
  std::function<void()> progress_listener_;

  mutable std::mutex append_mutex_;
  Batch staging_;                   // guarded by append_mutex_
  std::int64_t append_offset_ = 0;  // guarded by append_mutex_
  bool closed_ = false;             // guarded by append_mutex_
  bool failing_ = false;            // guarded by append_mutex_; takes nothing meanwhile
  std::vector<std::int64_t>
      failed_from_;           // guarded by append_mutex_; where the log ended at each failure
  std::string failure_text_;  // guarded by append_mutex_
  PutStatus failure_status_ = PutStatus::ServiceNotAvailable;  // guarded by append_mutex_

  std::mutex commit_mutex_;
  Batch writing_;               // guarded by commit_mutex_
  bool creating_file_ = false;  // guarded by commit_mutex_

  std::mutex flush_mutex_;
  std::optional<IoError> flush_failure_;  // guarded by flush_mutex_

  std::atomic<std::size_t> failure_count_{0};
  std::atomic<std::size_t> staged_bytes_{0};
  std::atomic<std::int64_t> commit_began_ms_{0};
  std::atomic<std::int64_t> committed_{0};
  std::atomic<std::int64_t> committed_timestamp_ms_{0};
  std::atomic<std::int64_t> flushed_{0};
  std::atomic<std::int64_t> flushed_timestamp_ms_{0};
};

}  // namespace rocketmq::store
