#pragma once

#include <string_view>

namespace rocketmq {

/// The version of this suite, such as "0.1.0".
std::string_view version();

}  // namespace rocketmq
