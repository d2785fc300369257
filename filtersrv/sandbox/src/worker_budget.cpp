#include "worker_budget.hpp"

#include <string>

namespace rocketmq::filtersrv {

Result<WorkerBudget::Share> WorkerBudget::take(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  if (workers_ >= workers_max_) {
    return Error{ResponseCode::SystemBusy,
                 "too many filters: all " + std::to_string(workers_max_) + " workers are in use"};
  }
  if (bytes > bytes_max_ - bytes_) {
    return Error{ResponseCode::SystemBusy, "too many filters: a worker of " +
                                               std::to_string(bytes) + " bytes would exceed the " +
                                               std::to_string(bytes_max_) + " of all workers"};
  }
  ++workers_;
  bytes_ += bytes;
  return Share(*this, bytes);
}

std::size_t WorkerBudget::workers() const {
  const std::lock_guard lock(mutex_);
  return workers_;
}

void WorkerBudget::give_back(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  --workers_;
  bytes_ -= bytes;
}

}  // namespace rocketmq::filtersrv
