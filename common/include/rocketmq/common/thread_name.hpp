#pragma once

#include <string>
#include <thread>

#include "rocketmq/common/unique_function.hpp"

namespace rocketmq {

/// Names the calling thread as debuggers and `top -H` show it; the kernel keeps 15 characters.
void set_thread_name(const std::string& name);

/// Starts a thread of that name. Throws std::runtime_error that names the thread when a limit of
/// the system keeps it from being made.
std::thread named_thread(std::string name, UniqueFunction<void()> body);

}  // namespace rocketmq
