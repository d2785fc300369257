#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "rocketmq/common/clock.hpp"
#include "rocketmq/common/result.hpp"
#include "rocketmq/common/unique_function.hpp"

namespace rocketmq {

/// A table in memory that is kept in a file. The thread that changes the table never waits for the
/// disk: changed() says that there is something to save, and a TableSaver saves it. A caller that
/// must know passes a function to when_saved(). Before a TableSaver has the table, and after that
/// one has stopped, when_saved() saves on the calling thread.
///
/// All calls are safe on any thread. `write` runs on one thread at a time, with no lock held that
/// changed() or when_saved() takes.
class SavedTable {
 public:
  /// Called with how the save ended.
  using Done = UniqueFunction<void(const Result<void>&)>;

  /// Callers that wait for one save; further ones get an error immediately.
  static constexpr std::size_t waiting_max = 10'000;
  /// What tick() returns when nothing is unsaved.
  static constexpr std::chrono::milliseconds idle_period{1'000};

  /// A table that is saved soon after each change. A lone change is on disk a moment later; in a
  /// burst (ten thousand groups that appear at the same time) saving takes no more than a tenth of
  /// the saver's time. `write` copies the table and saves the copy; `what` names it in logs.
  /// `clock` must outlive the object.
  SavedTable(std::string what, const Clock& clock, std::function<Result<void>()> write);
  /// A table that changes all the time and is saved at an interval, which TableSaver knows.
  SavedTable(std::string what, std::function<Result<void>()> write);

  /// Call after the table has changed. Never waits.
  void changed();
  /// Calls `done` once everything that has changed up to now is saved, or could not be: on the
  /// saver's thread, where it must not take long, or on the calling one when there is no saver.
  void when_saved(Done done);
  /// Saves what is unsaved and returns whether that worked. Waits for the disk.
  Result<void> flush();
  /// The table is as the file has it, after it was loaded.
  void is_as_saved() { dirty_ = false; }

  // For TableSaver and tests.

  /// From now on `wake` has tick() run soon: it is called when something is unsaved that is not to
  /// wait. Before there are other threads.
  void attach(std::function<void()> wake);
  /// No more tick() will be called: when_saved() saves from now on.
  void detach();
  /// Saves what is unsaved, unless it is too early for that. Returns the time after which it is to
  /// be called again.
  std::chrono::milliseconds tick();
  bool is_saved_soon() const { return clock_ != nullptr; }
  const std::string& what() const { return what_; }

 private:
  struct Ended {
    Result<void> result;
    std::vector<Done> waiting;
    /// With no lock held.
    void tell();
  };
  bool is_waited_for();
  /// Of the clock; its beginning, when there is none.
  std::chrono::steady_clock::time_point now() const;
  // Under write_mutex_.
  bool is_too_early() const;
  std::chrono::milliseconds until_next_write() const;
  Ended write();

  const std::string what_;
  const Clock* const clock_;  // null: saved at an interval
  const std::function<Result<void>()> write_;
  std::atomic<bool> dirty_{false};
  std::mutex write_mutex_;                            // one write at a time; taken before mutex_
  std::chrono::steady_clock::time_point not_before_;  // guarded by write_mutex_
  std::mutex mutex_;
  std::vector<Done> waiting_;   // guarded by mutex_
  std::function<void()> wake_;  // guarded by mutex_; null without a saver
};

}  // namespace rocketmq
