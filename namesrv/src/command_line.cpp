#include "command_line.hpp"

#include <CLI/CLI.hpp>

namespace rocketmq::namesrv {

std::string_view usage() {
  return "usage: mqnamesrv [-c <arg>] [-h] [-n <arg>] [-p] [-v]\n"
         " -c,--configFile <arg>    Name server config properties file\n"
         " -h,--help                Print help\n"
         " -n,--namesrvAddr <arg>   Name server address list, eg: "
         "'192.168.0.1:9876;192.168.0.2:9876'\n"
         " -p,--printConfigItem     Print all config items\n"
         " -v,--version             Print version\n";
}

Result<CommandLine> parse_command_line(int argc, const char* const* argv) {
  CommandLine asked;
  CLI::App app;
  app.set_help_flag();  // -h is an option like the others: the usage text is ours
  app.add_option("-c,--configFile", asked.config_file);
  app.add_option("-n,--namesrvAddr", asked.namesrv_addr);
  app.add_flag("-p,--printConfigItem", asked.print_config);
  app.add_flag("-h,--help", asked.help);
  app.add_flag("-v,--version", asked.version);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return Error{ResponseCode::SystemError, error.what()};
  }
  return asked;
}

}  // namespace rocketmq::namesrv
