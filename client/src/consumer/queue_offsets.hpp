#pragma once

#include <chrono>
#include <cstdint>

#include "instance/client_instance.hpp"
#include "rocketmq/MessageQueue.h"

namespace rocketmq::client {

/// How long a question about offsets waits for its answer.
inline constexpr std::chrono::milliseconds offset_timeout{5'000};

/// Questions to a queue's master. They wait for the answer (5 s at most).
Outcome<std::int64_t> ask_min_offset(ClientInstance& instance, const MessageQueue& queue);
Outcome<std::int64_t> ask_max_offset(ClientInstance& instance, const MessageQueue& queue);
/// The first message stored at `timestamp_ms` or later.
Outcome<std::int64_t> ask_offset_at(ClientInstance& instance, const MessageQueue& queue,
                                    std::int64_t timestamp_ms);

}  // namespace rocketmq::client
