#include <algorithm>
#include <utility>

#include "metrics_labels.hpp"
#include "rocketmq/common/config_table.hpp"
#include "rocketmq/common/text.hpp"
#include "rocketmq/daemon/metrics.hpp"

namespace rocketmq {
namespace {

bool is_label_name(std::string_view name) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  return !name.empty() && (is_letter(name[0]) || name[0] == '_') && !name.starts_with("__") &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return is_letter(c) || c == '_' || (c >= '0' && c <= '9'); });
}

bool is_plain(std::string_view value) {
  return std::all_of(value.begin(), value.end(), [](char c) { return c >= ' ' && c < 0x7F; });
}

}  // namespace

Result<MetricLabels> parse_metric_labels(std::string_view text) {
  MetricLabels labels;
  for (const std::string& part : split(text, ',')) {
    const std::string_view piece = part;
    const auto colon = piece.find(':');
    const std::string_view name = trim(piece.substr(0, std::min(colon, piece.size())));
    if (colon == std::string_view::npos || !is_label_name(name) || !is_plain(piece)) {
      return Error{ResponseCode::SystemError,
                   "expected NAME:VALUE,NAME:VALUE of letters, digits and _, in ASCII"};
    }
    labels[std::string(name)] = trim(piece.substr(colon + 1));
  }
  return labels;
}

void add_metrics_keys(ConfigTable& table, MetricsConfig& config) {
  ConfigKey& exporter = table.add_enum(
      "metricsExporterType", config.exporter,
      {{"DISABLE", MetricsConfig::Exporter::Disable}, {"PROM", MetricsConfig::Exporter::Prom}},
      "PROM: metrics for Prometheus, at GET /metrics");
  exporter.parse = [parse = std::move(exporter.parse)](std::string_view text) -> Result<void> {
    if (text == "OTLP_GRPC" || text == "LOG") {
      return Error{ResponseCode::SystemError, "this exporter is not offered, only PROM is"};
    }
    return parse(text);
  };
  table.add("metricsPromExporterHost", config.host, "ip",
            "literal address of the metrics; 0.0.0.0 is every interface");
  table.add("metricsPromExporterPort", config.port, "port",
            "port of the metrics; 0 takes a free one", 0, 65'535);
  ConfigKey& labels = table.add("metricsLabel", config.labels, "NAME:VALUE, separated by ,",
                                "further labels of every metric");
  labels.parse = [parse = std::move(labels.parse)](std::string_view text) -> Result<void> {
    if (auto checked = parse_metric_labels(text); !checked) return checked.error();
    return parse(text);
  };
  table.add("metricsOtelCardinalityLimit", config.series_max, "count",
            "time series of one metric; further ones are left out, and counted", 1, 1'000'000);
}

}  // namespace rocketmq
