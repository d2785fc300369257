#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>

#include "commit_log.hpp"
#include "log_cursor.hpp"
#include "log_end.hpp"
#include "record_dispatcher.hpp"
#include "rocketmq/store/message_arrival.hpp"

namespace rocketmq::store {

/// Follows the CommitLog and gives each record to the dispatcher, then calls the listener. Under
/// SYNC_FLUSH it follows what is on disk, so that nothing is read that a loss of power could take
/// back. Runs on: its own thread `store-dispatch`; the calls on any thread.
class DispatchService {
 public:
  using Listener = std::function<void(const MessageArrival&)>;

  /// `end` is that of what may be read. All must outlive the service.
  DispatchService(const CommitLog& log, LogEnd& end, RecordDispatcher& dispatcher, WriteGate& gate);
  ~DispatchService() { stop(); }

  /// Before start().
  void begin_at(std::int64_t physical_offset, std::int64_t last_store_timestamp_ms) {
    dispatched_ = physical_offset;
    cursor_.seek(physical_offset);
    dispatched_timestamp_ms_ = last_store_timestamp_ms;
  }
  void listen(Listener listener) { listener_ = std::move(listener); }
  void start();
  void stop();

  std::int64_t dispatched_offset() const { return dispatched_.load(std::memory_order_acquire); }
  /// Store time of the last record that was dispatched.
  std::int64_t dispatched_timestamp_ms() const { return dispatched_timestamp_ms_.load(); }
  /// End of what may be read.
  std::int64_t readable_end() const { return end_.position(); }
  /// Waits until `physical_offset` has been dispatched, or the service stops or cannot continue.
  void wait_for(std::int64_t physical_offset);
  /// Runs `action` while nothing is being dispatched.
  void run_paused(const std::function<void()>& action);

 private:
  void run();
  void dispatch_some();
  void advance_to(std::int64_t physical_offset);
  bool dispatch_one(const MessageRecord& record);
  void rest();
  void look_at_failures();
  void try_again();
  void close_gate(const std::string& why);
  void pause_after_failure(const std::string& why);

  const CommitLog& log_;
  LogEnd& end_;
  RecordDispatcher& dispatcher_;
  WriteGate& gate_;
  Listener listener_;  // set before start()

  std::mutex work_mutex_;
  LogCursor cursor_;  // guarded by work_mutex_
  std::atomic<int> pauses_wanted_{0};
  std::atomic<std::int64_t> dispatched_{0};
  std::atomic<std::int64_t> dispatched_timestamp_ms_{0};
  std::atomic<bool> stopping_{false};
  std::atomic<bool> stuck_{false};

  std::mutex sleep_mutex_;
  std::condition_variable wake_;
  std::condition_variable progress_;
  bool has_more_ = false;  // guarded by sleep_mutex_
  std::atomic<int> waiters_{0};
  std::chrono::steady_clock::time_point window_begin_{};  // store-dispatch
  int sleeps_in_window_ = 0;                              // store-dispatch
  std::chrono::steady_clock::time_point try_again_at_{};  // store-dispatch
  LogEnd::Follower follower_;
  std::thread thread_;
};

}  // namespace rocketmq::store
