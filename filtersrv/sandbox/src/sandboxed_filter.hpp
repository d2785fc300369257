#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "restart_policy.hpp"
#include "rocketmq/common/timed_mutex.hpp"
#include "sandbox_parts.hpp"

namespace rocketmq::filtersrv {

/// A filter whose code runs in a worker: one worker at a time, which is replaced when it fails.
class SandboxedFilter final : public Filter {
 public:
  /// A worker that is ready to judge. Called with the filter's lock held.
  using StartWorker = std::function<Result<std::unique_ptr<Worker>>()>;

  /// `name` is for errors: class, group and topic. `worker` is ready.
  SandboxedFilter(SandboxParts& sandbox, std::string name, const WorkerLimits& limits,
                  WorkerBudget::Share share, StartWorker start, std::unique_ptr<Worker> worker);

  Result<std::vector<Verdict>> match(std::span<const FilterMessage> messages) override;
  std::string state() const override;

 private:
  /// Has the lock or has waited too long for it.
  bool lock_in_time(std::unique_lock<TimedMutex>& lock);
  Error failed(const Error& error);

  const std::string name_;
  const WorkerLimits limits_;
  const std::size_t waiting_max_;
  const StartWorker start_;
  WorkerBudget::Share share_;
  std::atomic<std::size_t> waiting_{0};
  TimedMutex mutex_;
  std::unique_ptr<Worker> worker_;   // guarded by mutex_
  mutable std::mutex policy_mutex_;  // taken last; held briefly, so that state() does not wait
  RestartPolicy policy_;             // guarded by policy_mutex_
};

/// The name of a filter in errors and logs.
std::string name_of(const FilterSource& source);
SourceFrame frame_of(const FilterSource& source);

}  // namespace rocketmq::filtersrv
