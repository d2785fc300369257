// mqbroker: the table of contents of the broker daemon.

#include <spdlog/spdlog.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/program_text.hpp"
#include "rocketmq/broker/broker.hpp"
#include "rocketmq/common/exposure.hpp"
#include "rocketmq/daemon/daemon.hpp"
#include "rocketmq/daemon/metrics.hpp"

namespace rocketmq::broker {
namespace {

class BrokerDaemon final : public Daemon {
 public:
  Result<void> configure(const DaemonOptions& options, const Warn& warn) override {
    return settings_.configure(options, warn);
  }
  std::string print_configuration(bool important_only) const override {
    return settings_.table.print(important_only);
  }
  const LogOptions& log_options() const override { return settings_.log; }

  std::optional<Refusal> prepare(const Warn& warn) override {
    if (const auto checked = settings_.finish(); !checked)
      return Refusal{exit_not_initialised, checked.error().remark};
    for (const auto& caution : settings_.cautions()) warn(caution);
    spdlog::info("configuration:\n{}", settings_.table.print());
    return std::nullopt;
  }

  std::optional<Refusal> start(const Clock& clock) override {
    Broker::Refusal refusal;
    broker_ = Broker::open(settings_, clock, refusal);
    if (broker_ != nullptr && broker_->start(refusal)) return start_metrics(clock);
    const bool is_initialised = refusal.failure != Broker::Failure::Initialise;
    return Refusal{is_initialised ? exit_start_failed : exit_not_initialised, refusal.reason};
  }

  std::vector<std::string> boot_lines() const override {
    const BrokerConfig& config = settings_.broker;
    std::string line = "The broker[" + config.broker_name + ", " + config.address() +
                       "] boot success. serializeType=JSON";
    if (!config.namesrv_addr.empty()) line += " and name server is " + config.namesrv_addr;
    std::vector<std::string> lines{line};
    for (std::string& open : exposure_lines(config, config.listen_port))
      lines.push_back(std::move(open));
    return lines;
  }
  std::string state_line() const override { return broker_->figures().state_line(); }

  void stop(int signal) override {
    spdlog::info("signal {}, stopping", signal);
    metrics_.reset();
    broker_->stop();
    spdlog::info("stopped");
  }

 private:
  std::optional<Refusal> start_metrics(const Clock& clock) {
    const BrokerConfig& config = settings_.broker;
    metrics_.emplace(settings_.metrics,
                     MetricLabels{{"cluster", config.broker_cluster_name},
                                  {"node_id", config.broker_name},
                                  {"node_type", "broker"}},
                     broker_->figures(), clock);
    if (const auto started = metrics_->start(); !started) {
      broker_->stop();
      return Refusal{exit_start_failed, started.error().remark};
    }
    return std::nullopt;
  }

  BrokerSettings settings_;
  std::unique_ptr<Broker> broker_;
  std::optional<MetricsServer> metrics_;  // reads the broker's figures
};

}  // namespace
}  // namespace rocketmq::broker

int main(int argc, char** argv) {
  using namespace rocketmq;
  return run_daemon(
      broker::program_text(), [] { return std::make_unique<broker::BrokerDaemon>(); }, argc, argv);
}
