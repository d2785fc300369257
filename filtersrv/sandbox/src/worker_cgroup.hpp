#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>

#include "rocketmq/common/result.hpp"

namespace rocketmq::filtersrv {

/// A cgroup (version 2) of one worker. At its end what is left in it is killed, and it is removed,
/// which may take a second at most.
class WorkerCgroup {
 public:
  static Result<std::unique_ptr<WorkerCgroup>> make(const std::string& parent,
                                                    std::uint64_t memory_bytes,
                                                    std::uint64_t processes);
  explicit WorkerCgroup(std::string directory) : directory_(std::move(directory)) {}
  ~WorkerCgroup();
  WorkerCgroup(const WorkerCgroup&) = delete;
  WorkerCgroup& operator=(const WorkerCgroup&) = delete;

  Result<void> add(pid_t process);

 private:
  const std::string directory_;
};

}  // namespace rocketmq::filtersrv
