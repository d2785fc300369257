#include "rocketmq/daemon/options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string_view>
#include <vector>

#include "rocketmq/common/version.hpp"
#include "rocketmq/daemon/daemon.hpp"

namespace rocketmq {
namespace {

struct Option {
  char letter;
  std::string_view name;
  bool takes_argument;
  std::string_view help;

  std::string letters() const {
    return std::string("-") + letter + (takes_argument ? " <arg>" : "");
  }
  std::string head() const {
    return std::string(" -") + letter + ",--" + std::string(name) +
           (takes_argument ? " <arg>" : "");
  }
  /// As CLI11 takes it.
  std::string names() const { return std::string("-") + letter + ",--" + std::string(name); }
};

/// In the order in which the usage lists them.
std::vector<Option> options_of(const DaemonText& text) {
  std::vector<Option> options{{'c', "configFile", true, text.config_file_help},
                              {'h', "help", false, "Print help"}};
  if (text.has_important_keys)
    options.push_back({'m', "printImportantConfig", false, "Print important config item"});
  options.push_back({'n', "namesrvAddr", true,
                     "Name server address list, eg: '192.168.0.1:9876;192.168.0.2:9876'"});
  options.push_back({'p', "printConfigItem", false, text.print_help});
  options.push_back({'v', "version", false, "Print version"});
  return options;
}

}  // namespace

std::string usage(const DaemonText& text) {
  const std::vector<Option> options = options_of(text);
  std::string all = "usage: " + text.program;
  std::size_t width = 0;
  for (const Option& option : options) {
    all += " [" + option.letters() + "]";
    width = std::max(width, option.head().size());
  }
  all += "\n";
  for (const Option& option : options) {
    std::string line = option.head();
    line.resize(width + 3, ' ');
    all += line.append(option.help) + "\n";
  }
  return all;
}

DaemonOptions parse_options(const DaemonText& text, int argc, const char* const* argv) {
  DaemonOptions asked;
  CLI::App app;
  app.set_help_flag();  // -h is an option like the others: the usage is our own
  for (const Option& option : options_of(text)) {
    if (option.takes_argument) {
      app.add_option(option.names(), option.letter == 'c' ? asked.config_file : asked.namesrv_addr);
    } else {
      app.add_flag(option.names());
    }
  }
  std::vector<std::string> words;
  app.add_option("words", words);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    asked.exit_code = exit_usage;
    std::string& report = text.reports_options_on_output ? asked.output : asked.error_output;
    report = text.prefix + error.what() + "\n";
    asked.output += usage(text);
    return asked;
  }
  if (app.count("--help") > 0) {
    asked.exit_code = exit_ok;
    asked.output = usage(text);
  } else if (app.count("--version") > 0) {
    asked.exit_code = exit_ok;
    asked.output = text.program + " " + std::string(version()) + "\n";
  }
  if (!words.empty() && !asked.exit_code) {
    // Such as the key=value of some tutorials, which Java ignores silently.
    asked.error_output = "the argument '" + words.front() +
                         "' has no effect: keys belong into the file that -c names";
  }
  if (app.count("--printConfigItem") > 0) {
    asked.print = DaemonOptions::Print::All;
  } else if (text.has_important_keys && app.count("--printImportantConfig") > 0) {
    asked.print = DaemonOptions::Print::Important;
  }
  return asked;
}

}  // namespace rocketmq
