#include "rocketmq/daemon/saved_table.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace rocketmq {
namespace {

/// What could not be saved is tried again after this time.
constexpr std::chrono::seconds pause_after_failure{1};

}  // namespace

SavedTable::SavedTable(std::string what, const Clock& clock, std::function<Result<void>()> write)
    : what_(std::move(what)), clock_(&clock), write_(std::move(write)) {}

SavedTable::SavedTable(std::string what, std::function<Result<void>()> write)
    : what_(std::move(what)), clock_(nullptr), write_(std::move(write)) {}

void SavedTable::attach(std::function<void()> wake) {
  const std::lock_guard lock(mutex_);
  wake_ = std::move(wake);
}

void SavedTable::detach() {
  const std::lock_guard lock(mutex_);
  wake_ = nullptr;
}

void SavedTable::changed() {
  if (dirty_.exchange(true) || !is_saved_soon()) return;
  // Under the lock: once detach() has returned, the saver may be gone.
  const std::lock_guard lock(mutex_);
  if (wake_) wake_();
}

void SavedTable::when_saved(Done done) {
  std::unique_lock lock(mutex_);
  const bool is_attached = wake_ != nullptr;
  if (is_attached && waiting_.size() < waiting_max) {
    waiting_.push_back(std::move(done));
    return wake_();
  }
  lock.unlock();
  if (!is_attached) return done(flush());
  done(Error{ResponseCode::SystemError,
             what_ + " is changed but not saved yet: too many requests wait for the disk"});
}

bool SavedTable::is_waited_for() {
  const std::lock_guard lock(mutex_);
  return !waiting_.empty();
}

std::chrono::steady_clock::time_point SavedTable::now() const {
  return is_saved_soon() ? clock_->steady_now() : std::chrono::steady_clock::time_point();
}

bool SavedTable::is_too_early() const { return is_saved_soon() && now() < not_before_; }

std::chrono::milliseconds SavedTable::until_next_write() const {
  if (!dirty_ || !is_saved_soon()) return idle_period;
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(not_before_ - now());
  return std::clamp(wait, std::chrono::milliseconds(0), idle_period);
}

std::chrono::milliseconds SavedTable::tick() {
  Ended ended;
  std::chrono::milliseconds next{0};
  {
    const std::lock_guard lock(write_mutex_);
    if (!is_too_early() || is_waited_for()) ended = write();
    next = until_next_write();
  }
  ended.tell();
  return next;
}

Result<void> SavedTable::flush() {
  Ended ended;
  {
    const std::lock_guard lock(write_mutex_);
    ended = write();
  }
  ended.tell();
  return ended.result;
}

void SavedTable::Ended::tell() {
  for (Done& done : waiting) done(result);
}

SavedTable::Ended SavedTable::write() {
  Ended ended;
  {
    const std::lock_guard lock(mutex_);
    ended.waiting.swap(waiting_);
  }
  // After those that wait were taken: each of them has changed the table before.
  if (!dirty_.exchange(false)) return ended;
  const auto began = now();
  ended.result = write_();
  not_before_ = now() + 9 * (now() - began);
  if (!ended.result) {
    dirty_ = true;
    not_before_ = std::max(not_before_, now() + pause_after_failure);
    spdlog::error("cannot save {}: {}", what_, ended.result.error().remark);
  }
  return ended;
}

}  // namespace rocketmq
