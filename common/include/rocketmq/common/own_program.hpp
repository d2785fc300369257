#pragma once

#include <filesystem>

namespace rocketmq {

/// The file that this process executes; empty when the system does not tell. Programs of one
/// installation lie beside each other.
std::filesystem::path own_program();

}  // namespace rocketmq
