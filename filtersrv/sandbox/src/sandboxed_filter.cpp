#include "sandboxed_filter.hpp"

#include <utility>

namespace rocketmq::filtersrv {

SandboxedFilter::SandboxedFilter(SandboxParts& sandbox, std::string name,
                                 const WorkerLimits& limits, WorkerBudget::Share share,
                                 StartWorker start, std::unique_ptr<Worker> worker)
    : name_(std::move(name)),
      limits_(limits),
      waiting_max_(sandbox.settings().waiting_max),
      start_(std::move(start)),
      share_(std::move(share)),
      worker_(std::move(worker)),
      policy_(sandbox.settings().restart, sandbox.clock()) {
  policy_.started();
}

Result<std::vector<Verdict>> SandboxedFilter::match(std::span<const FilterMessage> messages) {
  std::unique_lock lock(mutex_, std::defer_lock);
  if (!lock_in_time(lock)) {
    return Error{ResponseCode::SystemBusy,
                 "filter " + name_ + " is busy: other pulls wait for it already"};
  }
  if (worker_ != nullptr && worker_->busy() * 2 > limits_.processor_time) worker_.reset();
  if (worker_ == nullptr) {
    {
      const std::lock_guard policy_lock(policy_mutex_);
      if (const auto reason = policy_.reason_to_wait()) {
        return Error{ResponseCode::SystemError, "filter " + name_ + " " + *reason};
      }
      policy_.started();
    }
    auto worker = start_();
    if (!worker) return failed(worker.error());
    worker_ = std::move(*worker);
  }
  auto verdicts = worker_->judge(messages);
  if (!verdicts) {
    worker_.reset();
    return failed(verdicts.error());
  }
  const std::lock_guard policy_lock(policy_mutex_);
  policy_.succeeded();
  return verdicts;
}

bool SandboxedFilter::lock_in_time(std::unique_lock<TimedMutex>& lock) {
  if (lock.try_lock()) return true;
  bool is_locked = false;
  if (waiting_.fetch_add(1) < waiting_max_) is_locked = lock.try_lock_for(limits_.batch_deadline);
  waiting_.fetch_sub(1);
  return is_locked;
}

Error SandboxedFilter::failed(const Error& error) {
  const std::lock_guard lock(policy_mutex_);
  policy_.failed(error.remark);
  return {error.code, "filter " + name_ + " failed: " + error.remark};
}

std::string SandboxedFilter::state() const {
  const std::lock_guard lock(policy_mutex_);
  return policy_.state();
}

std::string name_of(const FilterSource& source) {
  return printable(source.class_name) + " of group " + printable(source.group) + ", topic " +
         printable(source.topic);
}

SourceFrame frame_of(const FilterSource& source) {
  return {.group = source.group,
          .topic = source.topic,
          .class_name = source.class_name,
          .text = without_mark(source.text)};
}

}  // namespace rocketmq::filtersrv
