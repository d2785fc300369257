#pragma once

#include <memory>

#include "rocketmq/common/server_config.hpp"
#include "rocketmq/net/shared_limits.hpp"
#include "rocketmq/remoting/server.hpp"

namespace rocketmq {
class FigureTable;
}

namespace rocketmq::remoting {

/// A listener's options as a daemon's configuration has them. Limits, thread names and batches are
/// the caller's.
ServerOptions server_options(const ServerConfig& config);

/// What the connections of all listeners may take, within what this process's limit of open
/// descriptors leaves for them: raise it first.
SharedLimits::Options shared_limits(const ServerConfig& config);

/// Declares what connections take of their limits, and how many were refused or closed for them.
void add_connection_figures(FigureTable& table, std::shared_ptr<const SharedLimits> limits);

}  // namespace rocketmq::remoting
