#pragma once

#include <chrono>
#include <cstdint>

#include "rocketmq/MessageQueue.h"
#include "rocketmq/client/client_core.hpp"

namespace rocketmq::client {

/// How long a request about offsets waits for its response.
inline constexpr std::chrono::milliseconds offset_timeout{5'000};

/// Requests to a queue's master. They wait for the response (5 s at most).
Outcome<std::int64_t> ask_min_offset(ClientCore& core, const MessageQueue& queue);
Outcome<std::int64_t> ask_max_offset(ClientCore& core, const MessageQueue& queue);
/// The first message stored at `timestamp_ms` or later.
Outcome<std::int64_t> ask_offset_at(ClientCore& core, const MessageQueue& queue,
                                    std::int64_t timestamp_ms);

}  // namespace rocketmq::client
