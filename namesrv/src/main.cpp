// mqnamesrv: the table of contents of the name server daemon.

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "command_line.hpp"
#include "rocketmq/common/clock.hpp"
#include "rocketmq/common/daemon.hpp"
#include "rocketmq/common/descriptors.hpp"
#include "rocketmq/common/home.hpp"
#include "rocketmq/common/logging.hpp"
#include "rocketmq/common/version.hpp"
#include "rocketmq/namesrv/name_server.hpp"
#include "rocketmq/namesrv/namesrv_settings.hpp"

namespace {

using namespace rocketmq;
using namespace rocketmq::namesrv;

constexpr int exit_usage = 1;
constexpr int exit_start_failed = 255;

int start_failed(const std::string& reason) {
  report_failure("mqnamesrv: " + reason);
  return exit_start_failed;
}

void log_every_key(const NamesrvSettings& settings) {
  std::istringstream lines(settings.print());
  for (std::string line; std::getline(lines, line);) spdlog::info("{}", line);
}

int print(const NamesrvSettings& settings, const Result<void>& loaded,
          const std::vector<std::string>& warnings) {
  for (const auto& warning : warnings) std::cerr << "mqnamesrv: " << warning << std::endl;
  if (!loaded) {
    std::cerr << "mqnamesrv: " << loaded.error().remark << std::endl;
    return exit_start_failed;
  }
  std::cout << settings.print() << std::flush;
  return EXIT_SUCCESS;
}

int serve(const CommandLine& asked, NamesrvSettings& settings) {
  if (asked.config_file) announce("load config properties file OK, " + *asked.config_file);
  log_every_key(settings);
  const RaisedLimit limit = raise_descriptor_limit();
  spdlog::info("limit of open files: {} (was {}), {} of them for connections", limit.now,
               limit.before, share_descriptors(limit.now).connections);
  const SystemClock clock;
  NameServer name_server(settings, clock);
  if (auto started = name_server.start(); !started) return start_failed(started.error().remark);
  announce("The Name Server boot success. serializeType=JSON");
  if (settings.config().listen_port == 0) {
    announce("listening on " + settings.config().bind_address + ":" +
             std::to_string(name_server.port()));
  }

  wait_for_stop_signal([&] { spdlog::info("state: {}", name_server.state_line()); });
  spdlog::info("shutdown hook was invoked, 1 times.");
  const auto begin = clock.steady_now();
  name_server.stop();
  const auto took =
      std::chrono::duration_cast<std::chrono::milliseconds>(clock.steady_now() - begin);
  spdlog::info("shutdown hook over, consuming total time(ms): {}", took.count());
  return EXIT_SUCCESS;
}

int run(int argc, char** argv) {
  const auto asked = parse_command_line(argc, argv);
  if (!asked) {
    std::cerr << "mqnamesrv: " << asked.error().remark << std::endl;
    std::cout << usage() << std::flush;
    return exit_usage;
  }
  if (asked->help) {
    std::cout << usage() << std::flush;
    return EXIT_SUCCESS;
  }
  if (asked->version) {
    std::cout << "mqnamesrv " << version() << std::endl;
    return EXIT_SUCCESS;
  }
  NamesrvSettings settings(home_directory(), installation_root());
  std::vector<std::string> warnings;
  Result<void> loaded;
  if (asked->config_file) {
    loaded = settings.load(*asked->config_file,
                           [&warnings](std::string text) { warnings.push_back(std::move(text)); });
  }
  if (asked->print_config) return print(settings, loaded, warnings);
  // What a refused file says about the log before its malformed line is respected.
  start_logging(settings.config().log);
  spdlog::info("mqnamesrv {} starts, process {}", version(), ::getpid());
  for (const auto& warning : warnings) warn_operator("mqnamesrv: " + warning);
  if (!loaded) return start_failed(loaded.error().remark);
  return serve(*asked, settings);
}

}  // namespace

int main(int argc, char** argv) {
  block_stop_signals();
  return_large_blocks();
  int status = exit_start_failed;
  try {
    status = run(argc, argv);
  } catch (const std::exception& error) {
    status = start_failed(error.what());
  }
  stop_logging();
  return status;
}
