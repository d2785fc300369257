#pragma once

#include <cstddef>

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

/// What has a log of its own in a daemon, with its own level and often its own file
/// (spec/config.md §7).
enum class LogSubject {
  Store,
  Remoting,
  Replication,
  Transaction,
  Filter,
  Protection,
  Statistics,
  SlowRequests
};
inline constexpr std::size_t log_subject_count = 8;

/// The log of one subject: shared_log() where none was set up for it. Any thread.
spdlog::logger& log_of(LogSubject subject);
/// null: none. The logger must live until another one is set.
void set_log_of(LogSubject subject, spdlog::logger* logger);

inline spdlog::logger& store_log() { return log_of(LogSubject::Store); }
inline spdlog::logger& remoting_log() { return log_of(LogSubject::Remoting); }
/// Between master and slave.
inline spdlog::logger& ha_log() { return log_of(LogSubject::Replication); }
inline spdlog::logger& transaction_log() { return log_of(LogSubject::Transaction); }
inline spdlog::logger& filter_log() { return log_of(LogSubject::Filter); }
inline spdlog::logger& protection_log() { return log_of(LogSubject::Protection); }
inline spdlog::logger& statistics_log() { return log_of(LogSubject::Statistics); }
inline spdlog::logger& slow_request_log() { return log_of(LogSubject::SlowRequests); }

}  // namespace rocketmq
