#pragma once

#include <string_view>

namespace rocketmq::store {

/// Touches every page of mapped bytes and answers whether they can be read.
///
/// A page of a mapping that the disk can not read, or that lies behind the end of a file which was
/// cut, raises SIGBUS, which ends the process. Bytes that have been touched here are in memory, and
/// safe to be read just after. Any thread.
///
/// The first call takes over SIGBUS; what it does not expect is handed on to whoever had it before.
bool is_readable(std::string_view mapped);

}  // namespace rocketmq::store
