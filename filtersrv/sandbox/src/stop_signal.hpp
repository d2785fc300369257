#pragma once

#include <sys/eventfd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <system_error>

#include "rocketmq/common/descriptor.hpp"

namespace rocketmq::filtersrv {

/// Ends everything that waits for a process. Set once; any thread.
class StopSignal {
 public:
  /// Throws std::system_error when there is no descriptor left.
  StopSignal() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (!event_) throw std::system_error(errno, std::generic_category(), "eventfd");
  }

  void set() {
    is_set_ = true;
    (void)::eventfd_write(event_.get(), 1);
  }
  bool is_set() const { return is_set_; }
  /// Readable from set() on, for poll().
  int descriptor() const { return event_.get(); }

 private:
  const Descriptor event_;
  std::atomic<bool> is_set_{false};
};

}  // namespace rocketmq::filtersrv
