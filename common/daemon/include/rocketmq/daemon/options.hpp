#pragma once

#include <optional>
#include <string>

namespace rocketmq {

/// What the options of one daemon say of it.
struct DaemonText {
  /// "mqbroker"
  std::string program;
  /// Of -c: "Broker config properties file".
  std::string config_file_help;
  /// Of -p.
  std::string print_help = "Print all config item";
  /// There is -m, which prints the important keys.
  bool has_important_keys = false;
  /// In front of every warning and refusal on the console.
  std::string prefix;
  /// An unknown option is reported on standard output, as the usage is; else on standard error.
  bool reports_options_on_output = false;
};

/// The options of a daemon's command line (spec/config.md §1).
struct DaemonOptions {
  enum class Print { Nothing, All, Important };

  std::optional<std::string> config_file;
  /// Wins over the file. Start scripts give it to every daemon.
  std::optional<std::string> namesrv_addr;
  Print print = Print::Nothing;
  /// Set when the program is to print what follows and end: help, the version, or an option that it
  /// does not know.
  std::optional<int> exit_code;
  std::string output;
  std::string error_output;
};

/// "usage: mqbroker [-c <arg>] …" and a line for each option.
std::string usage(const DaemonText& text);
DaemonOptions parse_options(const DaemonText& text, int argc, const char* const* argv);

}  // namespace rocketmq
