#pragma once

namespace spdlog {
class logger;
}

namespace rocketmq::client {

/// The client's own logger: $HOME/logs/rocketmqlogs/rocketmq_client.log, three files of 100 MB, so
/// that a program that uses the client finds nothing on its standard output and in its own logs.
/// The first call makes it the log of what the client shares with the daemons as well. Without a
/// writable file it drops everything. Any thread.
spdlog::logger& client_log();

}  // namespace rocketmq::client
