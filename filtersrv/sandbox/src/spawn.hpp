#pragma once

#include <sys/types.h>

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "rocketmq/common/descriptor.hpp"
#include "rocketmq/common/result.hpp"

namespace rocketmq::filtersrv {

struct SpawnPlan {
  std::string program;
  /// CLONE_NEW…
  std::uint32_t namespaces = 0;
  /// Become progress_fd and payload_fd; -1: /dev/null.
  int progress = -1;
  int payload = -1;
};

/// A process that was just started, and this side of its socket (non-blocking).
struct SpawnedProcess {
  pid_t pid = -1;
  Descriptor pidfd;
  Descriptor socket;
};

/// Starts a program by its path: without a shell, with an empty environment, in a session of its
/// own, with no descriptors but /dev/null as 0 to 2 and those of frames.hpp.
Result<SpawnedProcess> spawn(const SpawnPlan& plan);

/// Starts processes on a thread that lives as long as this object. A process is killed when the
/// thread that has made it ends (PR_SET_PDEATHSIG), and threads of pools come and go.
class SpawnThread {
 public:
  SpawnThread();
  ~SpawnThread();
  SpawnThread(const SpawnThread&) = delete;
  SpawnThread& operator=(const SpawnThread&) = delete;

  /// Any thread; returns when the process exists.
  Result<SpawnedProcess> spawn(const SpawnPlan& plan);

 private:
  struct Request {
    const SpawnPlan& plan;
    std::optional<Result<SpawnedProcess>> result;
  };
  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Request*> requests_;  // guarded by mutex_; one for each waiting caller
  bool stops_ = false;             // guarded by mutex_
  std::thread thread_;
};

}  // namespace rocketmq::filtersrv
