#include "rocketmq/daemon/daemon.hpp"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <chrono>
#include <exception>
#include <iostream>
#include <utility>

#include "rocketmq/common/descriptors.hpp"
#include "rocketmq/common/log_files.hpp"
#include "rocketmq/common/version.hpp"
#include "rocketmq/daemon/signals.hpp"
#include "rocketmq/daemon/stop_deadline.hpp"

namespace rocketmq {
namespace {

/// Below the 90 s after which systemd kills.
constexpr std::chrono::seconds stop_limit{80};

/// One run of a daemon, with the texts that its name is in.
class Run {
 public:
  Run(const DaemonText& text, const Clock& clock, Daemon& daemon)
      : text_(text), clock_(clock), daemon_(daemon) {}

  int operator()(const DaemonOptions& options) {
    if (!options.error_output.empty()) warnings_.push_back(options.error_output);
    const auto configured = daemon_.configure(
        options, [this](std::string warning) { warnings_.push_back(std::move(warning)); });
    if (options.print != DaemonOptions::Print::Nothing) return print(options.print, configured);
    start_logging(daemon_.log_options());
    spdlog::info("{} {} starts, process {}", text_.program, version(), ::getpid());
    for (const auto& warning : warnings_) warn(warning);
    if (!configured) return refuse({exit_start_failed, configured.error().remark});
    if (const auto refusal = daemon_.prepare([this](const std::string& line) { warn(line); }))
      return refuse(*refusal);
    return serve();
  }

  int refuse(const Refusal& refusal) const {
    report_failure(text_.prefix + refusal.reason);
    return refusal.exit_code;
  }

 private:
  void warn(const std::string& line) const { warn_operator(text_.prefix + line); }

  int print(DaemonOptions::Print what, const Result<void>& configured) const {
    for (const auto& warning : warnings_) std::cerr << text_.prefix << warning << std::endl;
    if (!configured) {
      std::cerr << text_.prefix << configured.error().remark << std::endl;
      return exit_start_failed;
    }
    std::cout << daemon_.print_configuration(what == DaemonOptions::Print::Important) << std::flush;
    return exit_ok;
  }

  int serve() {
    // Before any file is opened of those that are as many as the limit allows.
    const RaisedLimit limit = raise_descriptor_limit();
    spdlog::info("limit of open files: {} (was {}), {} of them for connections", limit.now,
                 limit.before, share_descriptors(limit.now).connections);
    if (const auto refusal = daemon_.start(clock_)) return refuse(*refusal);
    for (const auto& line : daemon_.boot_lines()) announce(line);
    const int signal = wait_for_stop_signal(
        {.on_quit = [this] { spdlog::info("state: {}", daemon_.state_line()); },
         .on_hang_up =
             [] {
               reopen_logs();
               spdlog::info("the files of the log were opened again");
             }});
    const StopDeadline deadline(text_.program, stop_limit);
    daemon_.stop(signal);
    return exit_ok;
  }

  const DaemonText& text_;
  const Clock& clock_;
  Daemon& daemon_;
  std::vector<std::string> warnings_;  // of the file, which come before the log is open
};

int run(const DaemonText& text, const std::function<std::unique_ptr<Daemon>()>& make, int argc,
        const char* const* argv) {
  const DaemonOptions options = parse_options(text, argc, argv);
  if (options.exit_code) {
    std::cerr << options.error_output << std::flush;
    std::cout << options.output << std::flush;
    return *options.exit_code;
  }
  const SystemClock clock;
  const auto daemon = make();
  return Run(text, clock, *daemon)(options);
}

}  // namespace

int run_daemon(const DaemonText& text, const std::function<std::unique_ptr<Daemon>()>& make,
               int argc, const char* const* argv) {
  block_stop_signals();
  return_large_blocks();
  int status = exit_start_failed;
  try {
    status = run(text, make, argc, argv);
  } catch (const std::exception& failure) {
    report_failure(text.prefix + failure.what());
  }
  stop_logging();
  return status;
}

}  // namespace rocketmq
