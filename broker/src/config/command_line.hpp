#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rocketmq/broker/broker_config.hpp"
#include "rocketmq/common/result.hpp"

namespace rocketmq::broker {

/// mqbroker's options (spec/config.md §1).
struct CommandLine {
  enum class Print { Nothing, All, Important };

  std::string config_file;
  std::optional<std::string> namesrv_addr;
  Print print = Print::Nothing;
  /// Set when the program is to print `output` and end: help, the version, or an option that it
  /// does not know.
  std::optional<int> exit_code;
  std::string output;
};

CommandLine parse_command_line(int argc, const char* const* argv);

/// Reads the file of -c into `settings`, then -n, which wins. `warnings` gets a text for each
/// unknown key. Error: the file cannot be read, or has a malformed value (file, line, key, reason).
Result<void> apply_command_line(const CommandLine& command_line, BrokerSettings& settings,
                                std::vector<std::string>& warnings);

}  // namespace rocketmq::broker
