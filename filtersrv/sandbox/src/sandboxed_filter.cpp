#include "sandboxed_filter.hpp"

#include <spdlog/spdlog.h>

#include <utility>

namespace rocketmq::filtersrv {
namespace {

std::string name_of(const FilterSource& source) {
  // An installed one belongs to no group.
  if (source.group.empty()) return printable_lines(source.class_name);
  return printable_lines(source.class_name) + " of group " + printable_lines(source.group) +
         ", topic " + printable_lines(source.topic);
}

/// For a log: what a compiler or a filter has written may have many lines.
std::string first_line_of(const std::string& text) { return text.substr(0, text.find('\n')); }

}  // namespace

Result<std::unique_ptr<Filter>> SandboxedFilter::make(SandboxParts& sandbox,
                                                      const FilterSource& source,
                                                      const WorkerLimits& limits, MakePlan plan) {
  if (auto checked = sandbox.check_source(source); !checked) return checked.error();
  auto share = sandbox.budget().take(limits.memory_bytes);
  if (!share) return share.error();
  std::unique_ptr<SandboxedFilter> filter(
      new SandboxedFilter(sandbox, source, limits, std::move(*share), std::move(plan)));
  auto worker = filter->start_worker();
  if (!worker) return Error{worker.error().code, filter->name_ + ": " + worker.error().remark};
  filter->worker_ = std::move(*worker);
  filter->policy_.started();
  return std::unique_ptr<Filter>(std::move(filter));
}

SandboxedFilter::SandboxedFilter(SandboxParts& sandbox, const FilterSource& source,
                                 const WorkerLimits& limits, WorkerBudget::Share share,
                                 MakePlan plan)
    : sandbox_(sandbox),
      name_(name_of(source)),
      source_{.group = source.group,
              .topic = source.topic,
              .class_name = source.class_name,
              .text = without_mark(source.text)},
      limits_(limits),
      plan_(std::move(plan)),
      share_(std::move(share)),
      policy_(sandbox.settings().restart, sandbox.clock()) {}

Result<std::unique_ptr<Worker>> SandboxedFilter::start_worker() {
  auto plan = plan_();
  if (!plan) return plan.error();
  auto worker = Worker::start(sandbox_.spawner(), *plan);
  if (!worker) return worker.error();
  if (auto loaded = (*worker)->load(source_); !loaded) return loaded.error();
  return worker;
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
    auto worker = start_worker();
    if (!worker) return failed(worker.error());
    worker_ = std::move(*worker);
  }
  Worker::Judged judged = worker_->judge(messages, has_failed_);
  if (judged.failure) {
    worker_.reset();
    Error error = failed(*judged.failure);
    has_failed_ = true;
    // What was judged is delivered; the next pull begins with the message that it failed on. When
    // that has ended a worker before, the filter has failed on it, and the pull continues behind
    // it.
    if (judged.has_failed_on_next && fatal_messages_.note(messages[judged.verdicts.size()]))
      judged.verdicts.push_back(Verdict::kFailed);
    if (judged.verdicts.empty()) return error;
    return std::move(judged.verdicts);
  }
  if (judged.verdicts.size() == messages.size()) has_failed_ = false;
  const std::lock_guard policy_lock(policy_mutex_);
  policy_.succeeded();
  return std::move(judged.verdicts);
}

bool SandboxedFilter::lock_in_time(std::unique_lock<TimedMutex>& lock) {
  if (lock.try_lock()) return true;
  bool is_locked = false;
  if (waiting_.fetch_add(1) < sandbox_.settings().waiting_max)
    is_locked = lock.try_lock_for(limits_.batch_deadline);
  waiting_.fetch_sub(1);
  return is_locked;
}

Error SandboxedFilter::failed(const Error& error) {
  if (sandbox_.is_stopped()) return {error.code, "filter " + name_ + ": " + error.remark};
  std::string next_step;
  {
    const std::lock_guard lock(policy_mutex_);
    policy_.failed(error.remark);
    next_step = policy_.next_step();
  }
  if (const auto held_back = sandbox_.failures_log().admit()) {
    spdlog::warn("filter {} failed: {}; {} ({} failures of filters were not logged before)", name_,
                 first_line_of(error.remark), next_step, *held_back);
  }
  return {error.code, "filter " + name_ + " failed: " + error.remark};
}

std::string SandboxedFilter::state() const {
  const std::lock_guard lock(policy_mutex_);
  return policy_.state();
}

}  // namespace rocketmq::filtersrv
