#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "rocketmq/common/result.hpp"

namespace rocketmq {

/// $HOME, or what the user database says, or the working directory.
std::filesystem::path home_directory();

/// $ROCKETMQ_HOME, or else the directory above the one with this executable: <root>/bin/mqbroker.
std::filesystem::path installation_root();

/// A path of a configuration file as shells and Java write it: a leading ~, and $HOME, ${HOME} or
/// ${user.home} anywhere, stand for the home directory. Error: another variable, or another user's
/// ~, which would be mistaken for a name.
Result<std::string> expand_path(std::string_view text);

}  // namespace rocketmq
