#pragma once

#include <chrono>
#include <vector>

#include "rocketmq/common/periodic_tasks.hpp"
#include "rocketmq/daemon/saved_table.hpp"

namespace rocketmq {

/// The thread `saver`, which saves all tables of a daemon, one after the other: a disk that is slow
/// or does not respond at all delays no other work.
class TableSaver {
 public:
  TableSaver() = default;
  TableSaver(const TableSaver&) = delete;
  TableSaver& operator=(const TableSaver&) = delete;
  ~TableSaver();

  /// A table that is saved soon after each change. Before start(). `table` must outlive the saver,
  /// and has a name of its own.
  void add(SavedTable& table);
  /// A table that is saved at this interval.
  void add(SavedTable& table, std::chrono::milliseconds interval);
  void start() { thread_.start(); }
  /// Waits for the save under way, then saves what is unsaved on the calling thread; what cannot be
  /// saved is logged. Idempotent. Without it, the destructor ends the thread and saves nothing: a
  /// daemon that does not start leaves its files alone.
  void stop();

 private:
  void attach(SavedTable& table);

  PeriodicTasks thread_{"saver"};
  std::vector<SavedTable*> tables_;
};

}  // namespace rocketmq
