#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "fatal_messages.hpp"
#include "restart_policy.hpp"
#include "rocketmq/common/timed_mutex.hpp"
#include "sandbox_parts.hpp"

namespace rocketmq::filtersrv {

/// A filter whose code runs in a worker: one worker at a time, which is replaced when it fails.
class SandboxedFilter final : public Filter {
 public:
  /// How a worker of the filter is started. Called by one thread at a time.
  using MakePlan = std::function<Result<WorkerPlan>()>;

  /// A filter with a worker that has the source and is ready to judge. An error names the filter,
  /// or says why none is tried: the source is too long, or there are too many filters.
  static Result<std::unique_ptr<Filter>> make(SandboxParts& sandbox, const FilterSource& source,
                                              const WorkerLimits& limits, MakePlan plan);

  Result<std::vector<Verdict>> match(std::span<const FilterMessage> messages) override;
  bool judges_one_batch_at_a_time() const override { return true; }
  std::string state() const override;

 private:
  SandboxedFilter(SandboxParts& sandbox, const FilterSource& source, const WorkerLimits& limits,
                  WorkerBudget::Share share, MakePlan plan);
  /// A worker that is ready to judge.
  Result<std::unique_ptr<Worker>> start_worker();
  /// Has the lock or has waited too long for it.
  bool lock_in_time(std::unique_lock<TimedMutex>& lock);
  /// Counts the failure, and tells the operator.
  Error failed(const Error& error);

  SandboxParts& sandbox_;
  /// For errors: class, group and topic.
  const std::string name_;
  const SourceFrame source_;
  const WorkerLimits limits_;
  const MakePlan plan_;
  WorkerBudget::Share share_;
  std::atomic<std::size_t> waiting_{0};
  TimedMutex mutex_;
  std::unique_ptr<Worker> worker_;   // guarded by mutex_
  bool has_failed_ = false;          // guarded by mutex_; since the last batch that was whole
  FatalMessages fatal_messages_;     // guarded by mutex_
  mutable std::mutex policy_mutex_;  // taken last; held briefly, so that state() does not wait
  RestartPolicy policy_;             // guarded by policy_mutex_
};

}  // namespace rocketmq::filtersrv
