#pragma once

#include <string>

namespace rocketmq {

/// Names the calling thread as debuggers and `top -H` show it; the kernel keeps 15 characters.
void set_thread_name(const std::string& name);

}  // namespace rocketmq
