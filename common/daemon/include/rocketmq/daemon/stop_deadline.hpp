#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace rocketmq {

/// Ends a stop that does not end by itself: the thread `stop-deadline` calls `give_up` when `limit`
/// has passed and the object still exists. A limit of 0 never passes.
class StopDeadline {
 public:
  StopDeadline(std::chrono::milliseconds limit, std::function<void()> give_up);
  /// Of a daemon: one line on standard error and in the log, then the process ends with 255. The
  /// store's mark of a running broker stays, so that the next start checks it as after a crash.
  StopDeadline(const std::string& program, std::chrono::seconds limit);
  ~StopDeadline();
  StopDeadline(const StopDeadline&) = delete;
  StopDeadline& operator=(const StopDeadline&) = delete;

 private:
  std::mutex mutex_;
  std::condition_variable ended_;
  bool is_over_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace rocketmq
