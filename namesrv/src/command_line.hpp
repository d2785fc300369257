#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "rocketmq/common/result.hpp"

namespace rocketmq::namesrv {

/// What mqnamesrv was asked to do.
struct CommandLine {
  std::optional<std::string> config_file;
  /// Accepted because start scripts give it to every daemon; name servers do not talk to each
  /// other.
  std::optional<std::string> namesrv_addr;
  bool print_config = false;
  bool help = false;
  bool version = false;
};

/// The usage text, as operators know it.
std::string_view usage();

/// Error: an unknown option or a missing argument.
Result<CommandLine> parse_command_line(int argc, const char* const* argv);

}  // namespace rocketmq::namesrv
