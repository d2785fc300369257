#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "commit_log.hpp"
#include "rocketmq/store/message_store.hpp"

namespace rocketmq::store {

/// A put that has its place and waits for the write.
struct PendingPut {
  PutCallback done;
  PutResult result;
  CommitLog::Ticket ticket;
  /// Refused before it got a place: `result` says why.
  bool is_refused = false;
  bool wait_store_ok = true;
};

/// The puts that this thread gathers for one store.
struct PutGathering {
  std::uint64_t store_serial = 0;
  bool is_open = false;
  std::vector<PendingPut> pending;
  std::int64_t uncommitted_bytes = 0;
  /// When the first of `pending` was taken.
  std::chrono::steady_clock::time_point began;

  /// The calling thread's gathering for a store; null when none is open.
  static PutGathering* find(std::uint64_t store_serial);
  /// Opens one for the calling thread.
  static PutGathering& open(std::uint64_t store_serial);
};

}  // namespace rocketmq::store
