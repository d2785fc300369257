// mqbroker: the table of contents of the broker daemon.

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "config/command_line.hpp"
#include "rocketmq/broker/broker.hpp"
#include "rocketmq/common/clock.hpp"
#include "rocketmq/common/daemon.hpp"
#include "rocketmq/common/descriptors.hpp"
#include "rocketmq/common/logging.hpp"
#include "rocketmq/common/version.hpp"

namespace {

using namespace rocketmq;
using namespace rocketmq::broker;

/// spec/config.md §5.2
enum ExitCode : int { ok = 0, start_failed = 255, not_initialised = 253 };

int refuse(int exit_code, const std::string& reason) {
  report_failure(reason);
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

int print(const CommandLine& command_line, const BrokerSettings& settings,
          const Result<void>& applied, const std::vector<std::string>& warnings) {
  for (const auto& warning : warnings) std::cerr << warning << std::endl;
  if (!applied) {
    std::cerr << applied.error().remark << std::endl;
    return start_failed;
  }
  std::cout << settings.table.print(command_line.print == CommandLine::Print::Important);
  return ok;
}

/// Before the store is opened, which keeps as many files open as the limit allows.
void raise_descriptors() {
  const RaisedLimit limit = raise_descriptor_limit();
  spdlog::info("limit of open files: {} (was {}), {} of them for connections", limit.now,
               limit.before, share_descriptors(limit.now).connections);
}

int serve(BrokerSettings& settings) {
  raise_descriptors();
  const SystemClock clock;
  Broker::Refusal refusal;
  const auto broker = Broker::open(settings, clock, refusal);
  if (broker == nullptr || !broker->start(refusal))
    return refuse(exit_code_of(refusal.failure), refusal.reason);
  announce(boot_line(settings.broker));

  const int signal =
      wait_for_stop_signal([&broker] { spdlog::info("state: {}", broker->state_line()); });
  spdlog::info("signal {}, stopping", signal);
  broker->stop();
  spdlog::info("stopped");
  return ok;
}

int run(int argc, char** argv) {
  const CommandLine command_line = parse_command_line(argc, argv);
  if (command_line.exit_code) {
    std::cout << command_line.output;
    return *command_line.exit_code;
  }
  BrokerSettings settings;
  std::vector<std::string> warnings;
  const auto applied = apply_command_line(command_line, settings, warnings);
  if (command_line.print != CommandLine::Print::Nothing)
    return print(command_line, settings, applied, warnings);
  // What a refused file says about the log before its malformed line is respected.
  start_logging(settings.log);
  spdlog::info("mqbroker {} starts, process {}", version(), ::getpid());
  for (const auto& warning : warnings) warn_operator(warning);
  if (!applied) return refuse(start_failed, applied.error().remark);
  if (const auto checked = settings.finish(); !checked)
    return refuse(not_initialised, checked.error().remark);
  for (const auto& caution : settings.cautions()) warn_operator(caution);
  spdlog::info("configuration:\n{}", settings.table.print());
  return serve(settings);
}

}  // namespace

int main(int argc, char** argv) {
  block_stop_signals();
  return_large_blocks();
  int status = start_failed;
  try {
    status = run(argc, argv);
  } catch (const std::exception& failure) {
    status = refuse(start_failed, failure.what());
  }
  stop_logging();
  return status;
}
