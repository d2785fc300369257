#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "rocketmq/common/clock.hpp"
#include "rocketmq/common/figure_table.hpp"
#include "rocketmq/common/result.hpp"

namespace rocketmq {

class ConfigTable;

/// What the configuration of every daemon says of its metrics, with the keys of release 5
/// (spec/config.md §3.4).
struct MetricsConfig {
  enum class Exporter { Disable, Prom };

  Exporter exporter = Exporter::Disable;
  /// A literal address. Release 5 listens on every interface; metrics name topics and groups, so
  /// this one has to be told to.
  std::string host = "127.0.0.1";
  std::int32_t port = 5'557;
  /// "name:value,name:value": labels of every metric.
  std::string labels;
  /// Time series of one metric; further ones are left out, and counted.
  std::int32_t series_max = 50'000;
};

/// Binds the keys that begin with "metrics".
void add_metrics_keys(ConfigTable& table, MetricsConfig& config);

using MetricLabels = std::map<std::string, std::string>;

/// The figures that have a metric, in the text form of Prometheus. Each series has `labels`, and
/// one label for each part of its figure's key. Any thread.
std::string metrics_text(const FigureTable& figures, const MetricLabels& labels,
                         std::size_t series_max);

/// Serves `GET /metrics` on an address of its own. The thread `metrics` does all of it: it accepts,
/// reads the figures, sends. Bounded: `connections_max` connections, each of which has
/// `request_limit` from its accept to the end of the response; the figures are read at most once
/// in `text_kept`, however many ask.
class MetricsServer {
 public:
  static constexpr std::size_t connections_max = 16;
  static constexpr std::chrono::seconds request_limit{10};
  static constexpr std::chrono::milliseconds text_kept{1'000};

  /// `labels` are the daemon's own, besides those of the configuration. `figures` and `clock` must
  /// outlive the server.
  MetricsServer(const MetricsConfig& config, MetricLabels labels, const FigureTable& figures,
                const Clock& clock);
  ~MetricsServer();
  MetricsServer(const MetricsServer&) = delete;
  MetricsServer& operator=(const MetricsServer&) = delete;

  /// Does nothing when no exporter is configured. Error: the address cannot be listened on.
  Result<void> start();
  /// Idempotent.
  void stop();
  /// The port that is listened on; 0 before start().
  std::uint16_t port() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rocketmq
