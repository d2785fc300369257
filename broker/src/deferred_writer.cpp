#include "deferred_writer.hpp"

#include <spdlog/spdlog.h>

#include <utility>

namespace rocketmq::broker {

DeferredWriter::DeferredWriter(std::string what, const Clock& clock,
                               std::function<Result<void>()> write)
    : what_(std::move(what)), clock_(clock), write_(std::move(write)) {}

void DeferredWriter::changed() {
  dirty_ = true;
  // Another thread that is writing at the moment may have taken its snapshot before our change:
  // dirty_ stays set then, and the next tick saves it.
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (lock.owns_lock() && clock_.steady_now() >= not_before_) (void)write_locked();
}

void DeferredWriter::tick() { (void)flush(); }

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
    spdlog::error("cannot save {}: {}", what_, written.error().remark);
  }
  return written;
}

}  // namespace rocketmq::broker
