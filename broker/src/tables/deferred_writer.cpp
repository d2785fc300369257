#include "tables/deferred_writer.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace rocketmq::broker {
namespace {

/// What could not be saved is tried again after this time.
constexpr std::chrono::seconds pause_after_failure{1};

}  // namespace

DeferredWriter::DeferredWriter(std::string what, const Clock& clock,
                               std::function<Result<void>()> write)
    : what_(std::move(what)), clock_(clock), write_(std::move(write)) {}

void DeferredWriter::changed() {
  if (!dirty_.exchange(true) && wake_) wake_();
}

std::chrono::milliseconds DeferredWriter::tick() {
  const std::lock_guard lock(mutex_);
  if (clock_.steady_now() >= not_before_) (void)write_locked();
  if (!dirty_) return idle_period;
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(not_before_ - clock_.steady_now());
  return std::clamp(wait, std::chrono::milliseconds(0), idle_period);
}

Result<void> DeferredWriter::flush() {
  const std::lock_guard lock(mutex_);
  return write_locked();
}

Result<void> DeferredWriter::write_locked() {
  if (!dirty_.exchange(false)) return {};
  const auto began = clock_.steady_now();
  auto written = write_();
  const auto ended = clock_.steady_now();
  not_before_ = ended + 9 * (ended - began);
  if (!written) {
    dirty_ = true;
    not_before_ = std::max(not_before_, ended + pause_after_failure);
    spdlog::error("cannot save {}: {}", what_, written.error().remark);
  }
  return written;
}

}  // namespace rocketmq::broker
