// mqbroker: the table of contents of the broker daemon.

#include <spdlog/spdlog.h>

#include <exception>
#include <iostream>

#include "command_line.hpp"
#include "rocketmq/broker/broker.hpp"
#include "rocketmq/common/clock.hpp"
#include "rocketmq/common/daemon.hpp"
#include "rocketmq/common/logging.hpp"

namespace {

using namespace rocketmq;
using namespace rocketmq::broker;

/// config.md §5.2
enum ExitCode : int { ok = 0, start_failed = 255, not_initialised = 253 };

int fail(int exit_code, const std::string& reason) {
  std::cerr << reason << std::endl;
  spdlog::error("{}", reason);
  stop_logging();
  return exit_code;
}

int exit_code_of(Broker::Failure failure) {
  return failure == Broker::Failure::Initialise ? not_initialised : start_failed;
}

std::string boot_line(const BrokerConfig& config) {
  std::string line = "The broker[" + config.broker_name + ", " + config.address() +
                     "] boot success. serializeType=JSON";
  if (!config.namesrv_addr.empty()) line += " and name server is " + config.namesrv_addr;
  return line;
}

int run(BrokerSettings& settings) {
  const SystemClock clock;
  Broker::Refusal refusal;
  const auto broker = Broker::open(settings, clock, refusal);
  if (broker == nullptr || !broker->start(refusal))
    return fail(exit_code_of(refusal.failure), refusal.reason);

  const std::string line = boot_line(settings.broker);
  std::cout << line << std::endl;
  spdlog::info("{}", line);

  const int signal =
      wait_for_stop_signal([&broker] { spdlog::info("state: {}", broker->state_line()); });
  spdlog::info("signal {}, stopping", signal);
  broker->stop();
  spdlog::info("stopped");
  stop_logging();
  return ok;
}

}  // namespace

int main(int argc, char** argv) try {
  block_stop_signals();
  BrokerSettings settings;
  const CommandLine command_line = parse_command_line(argc, argv);
  if (command_line.exit_code) {
    std::cout << command_line.output;
    return *command_line.exit_code;
  }
  std::vector<std::string> warnings;
  const auto applied = apply_command_line(command_line, settings, warnings);
  if (!applied) {
    std::cerr << applied.error().remark << std::endl;
    return start_failed;
  }
  if (command_line.print != CommandLine::Print::Nothing) {
    std::cout << settings.table.print(command_line.print == CommandLine::Print::Important);
    return ok;
  }
  if (const auto checked = settings.finish(); !checked) {
    std::cerr << checked.error().remark << std::endl;
    return not_initialised;
  }
  start_logging({.name = "broker"});
  for (const auto& warning : warnings) spdlog::warn("{}", warning);
  spdlog::info("configuration:\n{}", settings.table.print());
  return run(settings);
} catch (const std::exception& failure) {
  std::cerr << failure.what() << std::endl;
  return start_failed;
}
