// mqnamesrv: tells clients where topics live.
#include <pwd.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <sstream>
#include <string>

#include "command_line.hpp"
#include "rocketmq/common/clock.hpp"
#include "rocketmq/common/daemon.hpp"
#include "rocketmq/common/logging.hpp"
#include "rocketmq/namesrv/name_server.hpp"
#include "rocketmq/namesrv/namesrv_settings.hpp"

namespace {

using namespace rocketmq;
using namespace rocketmq::namesrv;

constexpr int exit_usage = 1;
constexpr int exit_start_failed = 255;

/// $HOME, or what the user database says, or the working directory.
std::filesystem::path home_directory() {
  if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0') return home;
  if (const passwd* user = ::getpwuid(::getuid()); user != nullptr && user->pw_dir != nullptr)
    return user->pw_dir;
  return ".";
}

/// $ROCKETMQ_HOME, or else the directory above the one with this executable: <root>/bin/mqnamesrv.
std::filesystem::path installation_root() {
  if (const char* root = std::getenv("ROCKETMQ_HOME"); root != nullptr && *root != '\0')
    return root;
  std::error_code failure;
  const auto executable = std::filesystem::read_symlink("/proc/self/exe", failure);
  return failure ? std::filesystem::path(".") : executable.parent_path().parent_path();
}

/// One line for the operator and for the log.
void announce(const std::string& line) {
  std::cout << line << std::endl;
  spdlog::info("{}", line);
}

int start_failed(const Error& error) {
  spdlog::error("start failed: {}", error.remark);
  std::cerr << "mqnamesrv: " << error.remark << std::endl;
  return exit_start_failed;
}

void log_every_key(const NamesrvSettings& settings) {
  std::istringstream lines(settings.print());
  for (std::string line; std::getline(lines, line);) spdlog::info("{}", line);
}

int serve(const CommandLine& asked, NamesrvSettings& settings) {
  if (asked.config_file) announce("load config properties file OK, " + *asked.config_file);
  log_every_key(settings);
  const SystemClock clock;
  NameServer name_server(settings, clock);
  if (auto started = name_server.start(); !started) return start_failed(started.error());
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
  NamesrvSettings settings(home_directory(), installation_root());
  if (!asked->print_config) {
    start_logging({.name = "namesrv", .file_bytes_max = 100 * 1024 * 1024, .files_max = 5});
  }
  if (asked->config_file) {
    const auto warn = [](const std::string& text) {
      std::cerr << "mqnamesrv: " << text << std::endl;
      spdlog::warn("{}", text);
    };
    if (auto loaded = settings.load(*asked->config_file, warn); !loaded)
      return start_failed(loaded.error());
  }
  if (asked->print_config) {
    std::cout << settings.print() << std::flush;
    return EXIT_SUCCESS;
  }
  return serve(*asked, settings);
}

}  // namespace

int main(int argc, char** argv) {
  block_stop_signals();
  int status = exit_start_failed;
  try {
    status = run(argc, argv);
  } catch (const std::exception& error) {
    status = start_failed({ResponseCode::SystemError, error.what()});
  }
  stop_logging();
  return status;
}
