#include "rocketmq/daemon/stop_deadline.hpp"

#include <unistd.h>

#include <utility>

#include "rocketmq/common/logging.hpp"
#include "rocketmq/common/thread_name.hpp"
#include "rocketmq/daemon/daemon.hpp"

namespace rocketmq {

StopDeadline::StopDeadline(std::chrono::milliseconds limit, std::function<void()> give_up) {
  if (limit <= std::chrono::milliseconds(0)) return;
  thread_ = named_thread("stop-deadline", [this, limit, give_up = std::move(give_up)] {
    std::unique_lock lock(mutex_);
    if (ended_.wait_for(lock, limit, [this] { return is_over_; })) return;
    lock.unlock();
    give_up();
  });
}

StopDeadline::StopDeadline(const std::string& program, std::chrono::seconds limit)
    : StopDeadline(std::chrono::milliseconds(limit), [program, limit] {
        report_failure(program + " has not stopped within " + std::to_string(limit.count()) +
                       " s and ends now; the next start checks the store");
        stop_logging();
        ::_exit(exit_start_failed);
      }) {}

StopDeadline::~StopDeadline() {
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  ended_.notify_all();
  if (thread_.joinable()) thread_.join();
}

}  // namespace rocketmq
