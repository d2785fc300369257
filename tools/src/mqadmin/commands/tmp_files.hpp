#pragma once

#include <string>
#include <string_view>

#include "rocketmq/client/failure.hpp"

namespace rocketmq::mqadmin {

/// Writes a file below /tmp/rocketmq/FOLDER, where users of the Java tool look for it, and returns
/// its path. Where that directory is not this user's own, below /tmp/rocketmq-UID/FOLDER. Follows
/// no link: every user may create files in /tmp.
client::Outcome<std::string> write_tmp_file(const std::string& folder, const std::string& name,
                                            std::string_view bytes);

}  // namespace rocketmq::mqadmin
