#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "rocketmq/store/message_writer.hpp"

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
  /// Refused before it got a place: `result` says why.
  bool is_refused = false;
  bool wait_store_ok = true;
};

/// Gathers puts, to be written by one system call. Handed to MessageWriter::put().
///
/// Used by one thread at a time. Bounded: a batch that has grown to 256 KiB is written early; its
/// callbacks still run in commit().
class PutBatch {
 public:
  /// `writer` must outlive the batch, unless it is empty by then.
  explicit PutBatch(MessageWriter& writer) : writer_(writer) {}
  ~PutBatch() { commit(); }
  PutBatch(const PutBatch&) = delete;
  PutBatch& operator=(const PutBatch&) = delete;

  bool is_empty() const { return puts_.empty(); }
  /// Writes what was gathered and runs the callbacks, in the order of the puts; under SYNC_FLUSH
  /// they run on store-flush. A callback may put into the batch again: that is for the next
  /// commit().
  void commit() {
    if (!is_empty()) writer_.commit(*this);
  }

 private:
  friend class DefaultMessageStore;

  MessageWriter& writer_;
  std::vector<PendingPut> puts_;
  std::int64_t uncommitted_bytes_ = 0;
  /// When the first of `puts_` was taken.
  std::chrono::steady_clock::time_point began_;
};

}  // namespace rocketmq::store
