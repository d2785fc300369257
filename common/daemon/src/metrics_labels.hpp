#pragma once

#include <string_view>

#include "rocketmq/common/result.hpp"
#include "rocketmq/daemon/metrics.hpp"

namespace rocketmq {

/// The value of metricsLabel.
Result<MetricLabels> parse_metric_labels(std::string_view text);

}  // namespace rocketmq
