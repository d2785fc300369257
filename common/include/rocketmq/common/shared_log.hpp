#pragma once

namespace spdlog {
class logger;
}

namespace rocketmq {

/// The log of the code that daemons and programs with the client have in common. A daemon's is
/// spdlog's default logger, which start_logging() sets up. The client library makes it its own
/// log: the default logger, and what it writes to, are the program's there. Any thread.
spdlog::logger& shared_log();
/// Has shared_log() return `logger` from now on; it must live as long as the process.
void set_shared_log(spdlog::logger& logger);

}  // namespace rocketmq
