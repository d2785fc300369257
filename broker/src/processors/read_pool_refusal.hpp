#pragma once

#include "rocketmq/common/result.hpp"

namespace rocketmq::broker {

/// The reply to a request that has to read from disk when the pool `read` has no room for it.
inline Error read_pool_is_full() {
  return {ResponseCode::SystemBusy,
          "[OVERLOAD]system busy, start flow control for a while: too many requests wait to read "
          "from disk"};
}

}  // namespace rocketmq::broker
