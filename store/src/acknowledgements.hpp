#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <span>
#include <string_view>
#include <thread>

#include "acknowledgement_table.hpp"
#include "put_clock.hpp"
#include "rocketmq/common/clock.hpp"

namespace rocketmq::store {

/// Completes puts that wait for more than their write: an AcknowledgementTable with a lock, a clock
/// and a thread for the deadlines, so that a disk that hangs delays no outcome beyond its time.
///
/// Runs on: `store-flush-due`, which completes overdue puts. Other callbacks run on the thread that
/// reports what has come true: wait() when nothing is left to wait for, flushed_to() and
/// flush_failed() on `store-flush`, slaves_at() on the thread of the slaves' links. None runs under
/// the lock.
class Acknowledgements {
 public:
  /// Adds the time of each put to `put_clock`. Both must outlive it.
  Acknowledgements(const Clock& clock, PutClock& put_clock,
                   const AcknowledgementTable::Options& options = {})
      : clock_(clock), put_clock_(put_clock), options_(options), table_(options) {}
  ~Acknowledgements() { stop("the store stopped before the message was on disk"); }

  /// Before start().
  void begin_at(std::int64_t end) { table_.begin_at(end); }
  /// Starts the thread for the deadlines.
  void start();
  /// Ends the thread and completes whatever still waits: flushes as failed, for the reason given.
  /// Later puts are completed in the same way, unless what they need has come true. Idempotent.
  void stop(std::string_view why);

  /// Completes the put when all it needs has come true, or will not come true in time. Bounded:
  /// see AcknowledgementTable.
  void wait(AcknowledgementTable::Put put, const AcknowledgementNeeds& needs);
  void flushed_to(std::int64_t end);
  void flush_failed(std::string_view why);
  /// The slaves that follow now, each with the end of what it has, in any order, which changes. No
  /// end is beyond `log_end`, where the log ends.
  void slaves_at(std::span<std::int64_t> ends, std::int64_t log_end);
  /// Whether a put that ends at `end` needs not wait for a slave's pace. Any thread, no lock.
  bool pace_allows(std::int64_t end) const { return table_.pace().allows(end); }
  /// Completes overdue puts.
  void expire();

 private:
  void run();
  /// Applies `change` to the table and runs the callbacks of the puts that it completes.
  template <class Change>
  void complete(AcknowledgementTable::Completed& completed, Change&& change);

  const Clock& clock_;
  PutClock& put_clock_;
  const AcknowledgementTable::Options options_;

  std::mutex mutex_;
  std::condition_variable stop_wanted_;
  AcknowledgementTable table_;  // guarded by mutex_, but for pace().allows()
  bool is_stopping_ = false;    // guarded by mutex_
  /// Kept between calls for its memory; used by flushed_to() alone, which one thread at a time
  /// calls.
  AcknowledgementTable::Completed flushed_puts_;
  std::thread thread_;
};

}  // namespace rocketmq::store
