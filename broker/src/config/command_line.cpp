#include "config/command_line.hpp"

#include <CLI/CLI.hpp>

#include "rocketmq/common/properties_file.hpp"
#include "rocketmq/common/version.hpp"

namespace rocketmq::broker {
namespace {

constexpr const char* usage =
    "usage: mqbroker [-c <arg>] [-h] [-m] [-n <arg>] [-p] [-v]\n"
    " -c,--configFile <arg>       Broker config properties file\n"
    " -h,--help                   Print help\n"
    " -m,--printImportantConfig   Print important config item\n"
    " -n,--namesrvAddr <arg>      Name server address list, eg: "
    "'192.168.0.1:9876;192.168.0.2:9876'\n"
    " -p,--printConfigItem        Print all config item\n"
    " -v,--version                Print version\n";

}  // namespace

CommandLine parse_command_line(int argc, const char* const* argv) {
  CommandLine result;
  CLI::App app;
  app.set_help_flag();
  bool help = false;
  bool print_version = false;
  bool print_all = false;
  bool print_important = false;
  std::string namesrv_addr;
  app.add_option("-c,--configFile", result.config_file);
  const auto* namesrv = app.add_option("-n,--namesrvAddr", namesrv_addr);
  app.add_flag("-p,--printConfigItem", print_all);
  app.add_flag("-m,--printImportantConfig", print_important);
  app.add_flag("-h,--help", help);
  app.add_flag("-v,--version", print_version);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    result.exit_code = 1;
    result.output = std::string(error.what()) + "\n" + usage;
    return result;
  }
  if (help) {
    result.exit_code = 0;
    result.output = usage;
  } else if (print_version) {
    result.exit_code = 0;
    result.output = "mqbroker " + std::string(version()) + "\n";
  }
  if (namesrv->count() > 0) result.namesrv_addr = namesrv_addr;
  if (print_all) {
    result.print = CommandLine::Print::All;
  } else if (print_important) {
    result.print = CommandLine::Print::Important;
  }
  return result;
}

Result<void> apply_command_line(const CommandLine& command_line, BrokerSettings& settings,
                                std::vector<std::string>& warnings) {
  if (!command_line.config_file.empty()) {
    settings.file = command_line.config_file;
    const auto properties = load_properties(settings.file);
    if (!properties) return properties.error();
    auto applied =
        settings.table.apply(*properties, command_line.config_file,
                             [&](std::string warning) { warnings.push_back(std::move(warning)); });
    if (!applied) return applied;
  }
  if (command_line.namesrv_addr) settings.broker.namesrv_addr = *command_line.namesrv_addr;
  return {};
}

}  // namespace rocketmq::broker
