#pragma once

#include "mqadmin/frame/context.hpp"
#include "rocketmq/MessageExt.h"

namespace rocketmq::mqadmin {

/// Sends a stored message once more, with its properties.
Outcome<void> resend(Context& context, const MessageExt& message);

}  // namespace rocketmq::mqadmin
