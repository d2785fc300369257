#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "rocketmq/common/live.hpp"
#include "rocketmq/common/result.hpp"

namespace rocketmq::remoting {

/// How long a request may wait before it is processed, by settings that may change at any time and
/// that must outlive the limit. Without settings it may wait forever.
struct WaitLimit {
  const Live<bool>* is_on = nullptr;
  const Live<std::int64_t>* limit_ms = nullptr;

  bool is_exceeded_by(std::chrono::steady_clock::duration waited) const {
    return limit_ms != nullptr && waited > std::chrono::milliseconds(limit_ms->get()) &&
           is_on->get();
  }
};

/// What a request that has waited too long gets: SystemBusy, with the remark that operators
/// look for. `queue_size` is what still waits behind it; 0 where requests wait in no queue of their
/// own.
Error waited_too_long(std::chrono::steady_clock::duration waited, std::size_t queue_size);

}  // namespace rocketmq::remoting
