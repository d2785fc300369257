#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <string>

#include "rocketmq/common/clock.hpp"
#include "rocketmq/common/result.hpp"

namespace rocketmq::broker {

/// Saves a table's file after changes without spending more than a tenth of the time on it: a lone
/// change is on disk when changed() returns; in a burst (ten thousand groups that appear at once)
/// the file is written now and then, at the latest by the next tick(). All calls are safe on any
/// thread; `write` runs on the calling thread, one at a time.
class DeferredWriter {
 public:
  /// `write` takes a snapshot of the table and saves it; `what` names it in logs. `clock` must
  /// outlive the writer.
  DeferredWriter(std::string what, const Clock& clock, std::function<Result<void>()> write);

  /// Call after the table has changed, without holding the table's lock.
  void changed();
  /// Saves what is unsaved. Call it every 100 ms or so.
  void tick();
  /// Saves what is unsaved and tells whether that worked.
  Result<void> flush();

 private:
  Result<void> write_locked();

  const std::string what_;
  const Clock& clock_;
  const std::function<Result<void>()> write_;
  std::atomic<bool> dirty_{false};
  std::mutex mutex_;
  std::chrono::steady_clock::time_point not_before_;  // guarded by mutex_
};

}  // namespace rocketmq::broker
