#pragma once

#include <vector>

#include "rocketmq/Message.h"
#include "rocketmq/client/failure.hpp"

namespace rocketmq::client {

/// A topic that may be sent to, a body of 1…`body_bytes_max` bytes, and properties that fit. The
/// failure says what is wrong.
Outcome<void> check_message(const Message& message, int body_bytes_max);
/// One topic, equal wait flags, no delay, no retry topic, not empty, and each message by
/// check_message.
Outcome<void> check_batch(const std::vector<Message>& messages, int body_bytes_max);

}  // namespace rocketmq::client
