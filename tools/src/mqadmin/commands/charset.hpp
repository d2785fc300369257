#pragma once

#include <string>
#include <string_view>

#include "rocketmq/client/failure.hpp"

namespace rocketmq::mqadmin {

/// Bytes in the named character set as UTF-8; what is malformed becomes '?'. Failure: the set is
/// not known.
client::Outcome<std::string> to_utf8(std::string_view bytes, const std::string& charset);

}  // namespace rocketmq::mqadmin
