#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <string>

#include "rocketmq/common/clock.hpp"
#include "rocketmq/common/result.hpp"

namespace rocketmq::broker {

/// Saves a table's file after changes. The thread that changes the table never waits for the disk:
/// changed() wakes the saver, whose tick() writes the file. A lone change is on disk a moment
/// later; in a burst (ten thousand groups that appear at the same time) saving takes no more than a
/// tenth of the saver's time. All calls are safe on any thread; `write` runs on the thread that
/// calls tick() or flush(), one at a time.
class DeferredWriter {
 public:
  /// `write` takes a snapshot of the table and saves it; `what` names it in logs. `clock` must
  /// outlive the writer.
  DeferredWriter(std::string what, const Clock& clock, std::function<Result<void>()> write);

  /// `wake` is called by the first change after a save, on the changing thread, and has tick() run
  /// soon. Set before start.
  void when_unsaved(std::function<void()> wake) { wake_ = std::move(wake); }

  /// Call after the table has changed. Never waits.
  void changed();
  /// Saves what is unsaved, unless it is too early for that. Returns the time after which it wants
  /// to be called again.
  std::chrono::milliseconds tick();
  /// Saves what is unsaved and returns whether that worked. Waits for the disk.
  Result<void> flush();

  /// What tick() returns when nothing is unsaved.
  static constexpr std::chrono::milliseconds idle_period{1'000};

 private:
  Result<void> write_locked();

  const std::string what_;
  const Clock& clock_;
  const std::function<Result<void>()> write_;
  std::function<void()> wake_;
  std::atomic<bool> dirty_{false};
  std::mutex mutex_;
  std::chrono::steady_clock::time_point not_before_;  // guarded by mutex_
};

}  // namespace rocketmq::broker
