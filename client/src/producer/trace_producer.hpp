#pragma once

#include <memory>
#include <string>

#include "rocketmq/client/client_settings.hpp"
#include "trace/trace_log.hpp"

namespace rocketmq::client {

/// Starts a trace log that sends by a producer of its own. `settings` and `group` are those of the
/// traced client; `kind` is "PRODUCE" or "CONSUME".
std::shared_ptr<TraceLog> start_trace(const ClientSettings& settings, const std::string& group,
                                      const std::string& kind);

}  // namespace rocketmq::client
