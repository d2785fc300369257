// mqnamesrv: the table of contents of the name server daemon.

#include <spdlog/spdlog.h>

#include <chrono>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "program_text.hpp"
#include "rocketmq/common/exposure.hpp"
#include "rocketmq/common/home.hpp"
#include "rocketmq/daemon/daemon.hpp"
#include "rocketmq/daemon/metrics.hpp"
#include "rocketmq/namesrv/name_server.hpp"
#include "rocketmq/namesrv/namesrv_settings.hpp"

namespace rocketmq::namesrv {
namespace {

class NameServerDaemon final : public Daemon {
 public:
  Result<void> configure(const DaemonOptions& options, const Warn& warn) override {
    file_ = options.config_file;
    return settings_.configure(options, warn);
  }
  std::string print_configuration(bool) const override { return settings_.print(); }
  const LogOptions& log_options() const override { return settings_.config().log; }

  std::optional<Refusal> prepare(const Warn&) override {
    if (file_) announce("load config properties file OK, " + *file_);
    std::istringstream lines(settings_.print());
    for (std::string line; std::getline(lines, line);) spdlog::info("{}", line);
    return std::nullopt;
  }

  std::optional<Refusal> start(const Clock& clock) override {
    clock_ = &clock;
    name_server_.emplace(settings_, clock);
    if (auto started = name_server_->start(); !started)
      return Refusal{exit_start_failed, started.error().remark};
    metrics_.emplace(settings_.config().metrics, MetricLabels{{"node_type", "nameserver"}},
                     name_server_->figures(), clock);
    if (const auto started = metrics_->start(); !started) {
      name_server_->stop();
      return Refusal{exit_start_failed, started.error().remark};
    }
    return std::nullopt;
  }

  std::vector<std::string> boot_lines() const override {
    std::vector<std::string> lines{"The Name Server boot success. serializeType=JSON"};
    const NamesrvConfig& config = settings_.config();
    for (std::string& open : exposure_lines(config, name_server_->port()))
      lines.push_back(std::move(open));
    return lines;
  }
  std::string state_line() const override { return name_server_->figures().state_line(); }

  void stop(int) override {
    spdlog::info("shutdown hook was invoked, 1 times.");
    const auto begin = clock_->steady_now();
    metrics_.reset();
    name_server_->stop();
    const auto took =
        std::chrono::duration_cast<std::chrono::milliseconds>(clock_->steady_now() - begin);
    spdlog::info("shutdown hook over, consuming total time(ms): {}", took.count());
  }

 private:
  NamesrvSettings settings_{home_directory(), installation_root()};
  std::optional<std::string> file_;
  const Clock* clock_ = nullptr;
  std::optional<NameServer> name_server_;
  std::optional<MetricsServer> metrics_;  // reads the name server's figures
};

}  // namespace
}  // namespace rocketmq::namesrv

int main(int argc, char** argv) {
  using namespace rocketmq;
  return run_daemon(
      namesrv::program_text(), [] { return std::make_unique<namesrv::NameServerDaemon>(); }, argc,
      argv);
}
