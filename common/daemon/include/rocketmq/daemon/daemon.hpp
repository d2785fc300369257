#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rocketmq/common/clock.hpp"
#include "rocketmq/common/logging.hpp"
#include "rocketmq/common/result.hpp"
#include "rocketmq/daemon/options.hpp"

namespace rocketmq {

/// spec/config.md §5.2
enum ExitCode : int {
  exit_ok = 0,
  exit_usage = 1,
  exit_not_initialised = 253,
  exit_start_failed = 255
};

/// Why a daemon does not start.
struct Refusal {
  int exit_code = exit_start_failed;
  std::string reason;
};

/// What is specific to one daemon; run_daemon() does what all have in common. The calls come on the
/// main thread, in the order in which they stand here.
class Daemon {
 public:
  using Warn = std::function<void(std::string)>;

  virtual ~Daemon() = default;

  /// Applies the options: the file of -c, then -n, which wins. `warn` gets a line for what has no
  /// effect. Error: the file cannot be read, or has a malformed value.
  virtual Result<void> configure(const DaemonOptions& options, const Warn& warn) = 0;
  /// "key=value" lines, for -p and -m.
  virtual std::string print_configuration(bool important_only) const = 0;
  /// Also valid after configure() has failed: what a refused file says of the log before its
  /// malformed line is respected.
  virtual const LogOptions& log_options() const = 0;
  /// Checks the configuration as a whole and logs it. The log is open.
  virtual std::optional<Refusal> prepare(const Warn& warn) = 0;
  /// Makes the object tree and starts it. The limit of open files is raised.
  virtual std::optional<Refusal> start(const Clock& clock) = 0;
  /// What the console and the log get once the daemon is up.
  virtual std::vector<std::string> boot_lines() const = 0;
  /// One line of figures, which SIGQUIT has logged.
  virtual std::string state_line() const = 0;
  /// After the stop signal of this number.
  virtual void stop(int signal) = 0;
};

/// The life of a daemon: options, configuration, log, start, stop signal, stop. Returns the exit
/// code of main. What `make` or the daemon throws is a refusal to start.
int run_daemon(const DaemonText& text, const std::function<std::unique_ptr<Daemon>()>& make,
               int argc, const char* const* argv);

}  // namespace rocketmq
