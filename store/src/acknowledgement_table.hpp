#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rocketmq/common/live.hpp"
#include "rocketmq/store/message_writer.hpp"
#include "slave_pace.hpp"

namespace rocketmq::store {

/// What a put waits for after its record has been written. What has no timeout is not waited for.
struct AcknowledgementNeeds {
  /// SYNC_FLUSH: the record is on this machine's disk.
  std::optional<std::chrono::milliseconds> flush_timeout;
  /// SYNC_MASTER: a slave has the record.
  std::optional<std::chrono::milliseconds> replication_timeout;
  /// ASYNC_MASTER: a slave that is in step is near enough.
  std::optional<std::chrono::milliseconds> pace_timeout;

  bool any() const { return flush_timeout || replication_timeout || pace_timeout; }
};

/// The end of what `needed` of these slaves have, 1 or more; nothing when they are fewer. Reorders
/// them.
std::optional<std::int64_t> end_of_enough(std::span<std::int64_t> ends, std::size_t needed);

/// The puts that are written and wait for more, and how far the log has got: the end of what is on
/// disk, and of what enough slaves have. Both watermarks only grow.
///
///    what is waited for      comes true                 otherwise
///    flush                   flushed_to() reaches it    FlushDiskTimeout; ServiceNotAvailable
///                                                       when the disk has failed
///    replication             slaves_at() says that      FlushSlaveTimeout; SlaveNotAvailable when
///                            enough slaves have it      too few slaves are close enough
///    a slave's pace          SlavePace allows it        complete all the same; the slave is no
///                                                       longer in step
///
/// The waits run side by side. A put is complete when all have ended, and a failed disk
/// completes it immediately. What replication says wins over FlushDiskTimeout.
///
/// Pure: no threads, no clock, no disk; times are passed in. Completed puts are added to a vector
/// of the caller's, who runs their callbacks. Bounded: at most `waiting_max` puts wait; further
/// ones are completed as if their time were over. One thread at a time.
class AcknowledgementTable {
 public:
  using Time = std::chrono::steady_clock::time_point;

  struct Options {
    std::size_t waiting_max = 262'144;
    /// A slave that is this many bytes or more behind a put is not waited for
    /// (haSlaveFallbehindMax). Must outlive the table; null: however far behind it is.
    const Live<std::int64_t>* slave_lag_max_bytes = nullptr;
    /// Slaves that a put that needs replication waits for, 1 or more (inSyncReplicas - 1).
    std::size_t slaves_needed = 1;
    /// See SlavePace (asyncSlaveLagMax); 0: no put waits for a slave's pace.
    std::int64_t async_slave_lag_max_bytes = 0;
  };
  /// A put whose record ends at `end` in the log.
  struct Put {
    std::int64_t end = 0;
    /// When the put began, for its figures.
    Time began;
    PutResult result;
    PutCallback done;
  };
  using Completed = std::vector<Put>;

  AcknowledgementTable() : AcknowledgementTable(Options()) {}
  explicit AcknowledgementTable(const Options& options)
      : options_(options), pace_(options.async_slave_lag_max_bytes) {}

  /// What lies before `end` is on the disk and needs no slave: the log was opened there.
  void begin_at(std::int64_t end);

  /// Takes a put, or completes it when there is nothing to wait for.
  void add(Put put, const AcknowledgementNeeds& needs, Time now, Completed& completed);

  void flushed_to(std::int64_t end, Completed& completed);
  /// The disk has failed: what is not flushed yet never will be, nor will later puts.
  void flush_failed(std::string_view why, Completed& completed);
  /// What as many slaves as are needed have now, of those that follow; nothing when fewer do. It is
  /// not beyond `log_end`, where the log ends. A put that already waits for replication keeps
  /// waiting when a slave is lost.
  void slaves_at(std::optional<std::int64_t> slaves_end, std::int64_t log_end,
                 Completed& completed);
  /// Ends what is overdue. A slave that a put has waited for too long is in step no more. A wait
  /// may end late, with an earlier record's that has more time.
  void expire(Time now, Completed& completed);
  /// Ends all waits, and those of later puts: a flush as failed, for the reason given, a
  /// replication as overdue.
  void close(std::string_view why, Completed& completed);

  std::size_t waiting() const { return entries_.size() - free_.size(); }
  std::int64_t flushed() const { return flushed_; }
  std::int64_t replicated() const { return replicated_; }
  /// Its allows() may be called on any thread.
  const SlavePace& pace() const { return pace_; }

 private:
  /// A put that waits; in as many Waits as it has parts left.
  struct Entry {
    Put put;
    int parts = 0;
  };
  /// One thing that one put waits for.
  struct Wait {
    std::int64_t end = 0;
    Time deadline;
    std::chrono::milliseconds timeout{0};
    Entry* entry = nullptr;
  };
  /// By position in the log; nearly by deadline, since puts come nearly in that order.
  using Waits = std::deque<Wait>;

  static void insert(Waits& waits, const Wait& wait);
  void wait_for_flush(Entry& entry, std::chrono::milliseconds timeout, Time now);
  void wait_for_replication(Entry& entry, std::chrono::milliseconds timeout, Time now);
  void wait_for_pace(Entry& entry, std::chrono::milliseconds timeout, Time now);
  /// Completes those that SlavePace allows.
  void keep_pace(Completed& completed);
  bool is_full() const { return waiting() > options_.waiting_max; }
  static void flush_is_late(PutResult& result, std::string remark);
  static void replication_is_late(PutResult& result, std::string remark);
  void fail(Entry& entry, Completed& completed);
  void finish_part(Entry& entry, Completed& completed);
  void release(Entry& entry, Completed& completed);
  Entry& take_entry();

  const Options options_;
  std::int64_t flushed_ = 0;
  std::int64_t replicated_ = 0;
  /// What as many slaves as are needed have at present; nothing when fewer follow.
  std::optional<std::int64_t> slaves_end_;
  /// Why no flush will succeed any more.
  std::optional<std::string> flush_failure_;
  bool is_closed_ = false;
  Waits flush_waits_;
  Waits replication_waits_;
  Waits pace_waits_;
  SlavePace pace_;
  /// Entries are used again: their memory is not taken and given back for each put.
  std::deque<Entry> entries_;
  std::vector<Entry*> free_;
};

}  // namespace rocketmq::store
