// mqfiltersrv: the table of contents of the filter server daemon.

#include <spdlog/spdlog.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/program_text.hpp"
#include "rocketmq/common/exposure.hpp"
#include "rocketmq/daemon/daemon.hpp"
#include "rocketmq/filtersrv/filter_server.hpp"
#include "rocketmq/filtersrv/filter_server_settings.hpp"

namespace rocketmq::filtersrv {
namespace {

/// A broker that has started this process takes it along when it ends, however it ends. False: it
/// is gone already.
bool follow_parent() {
  const char* const parent = std::getenv("ROCKETMQ_FILTERSRV_PARENT");
  if (parent == nullptr || parent != std::to_string(::getppid())) return parent == nullptr;
  return ::prctl(PR_SET_PDEATHSIG, SIGTERM) == 0 && parent == std::to_string(::getppid());
}

class FilterServerDaemon final : public Daemon {
 public:
  Result<void> configure(const DaemonOptions& options, const Warn& warn) override {
    return settings_.configure(options, warn);
  }
  std::string print_configuration(bool important_only) const override {
    return settings_.print(important_only);
  }
  const LogOptions& log_options() const override { return settings_.log; }

  std::optional<Refusal> prepare(const Warn&) override {
    if (const auto checked = settings_.check(); !checked)
      return Refusal{exit_not_initialised, checked.error().remark};
    spdlog::info("configuration:\n{}", settings_.print(false));
    return std::nullopt;
  }

  std::optional<Refusal> start(const Clock& clock) override {
    if (!follow_parent()) return Refusal{exit_start_failed, "the broker has ended"};
    auto server = FilterServer::open(settings_, clock);
    if (!server) return Refusal{exit_not_initialised, server.error().remark};
    server_ = std::move(*server);
    if (const auto started = server_->start(); !started)
      return Refusal{exit_start_failed, started.error().remark};
    return std::nullopt;
  }

  std::vector<std::string> boot_lines() const override {
    std::vector<std::string> lines{"The Filter Server boot success, " + server_->address()};
    lines.push_back(exposure_lines(settings_.config, server_->port()).front());
    return lines;
  }
  std::string state_line() const override { return server_->state_line(); }

  void stop(int signal) override {
    spdlog::info("signal {}, stopping", signal);
    server_->stop();
    spdlog::info("stopped");
  }

 private:
  FilterServerSettings settings_;
  std::unique_ptr<FilterServer> server_;
};

}  // namespace
}  // namespace rocketmq::filtersrv

int main(int argc, char** argv) {
  using namespace rocketmq;
  return run_daemon(
      filtersrv::program_text(), [] { return std::make_unique<filtersrv::FilterServerDaemon>(); },
      argc, argv);
}
