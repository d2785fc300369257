#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "rocketmq/common/live.hpp"

namespace rocketmq {

class ConfigTable;

struct LogOptions {
  /// File name without ending: "broker", "namesrv".
  std::string name;
  /// Directory; empty means $HOME/logs/rocketmqlogs. Made when missing.
  std::string directory;
  std::int64_t file_bytes_max = 128 * 1024 * 1024;
  /// The file being written among them.
  std::int32_t files_max = 20;
  LiveText level = "info";
  /// Lines that wait for the disk; further ones are dropped and counted.
  std::size_t queued_bytes_max = 4 * 1024 * 1024;
};

/// Adds the keys of the log to `table`, bound to `options`.
void add_log_keys(ConfigTable& table, LogOptions& options);

/// Makes spdlog's default logger write "yyyy-MM-dd HH:mm:ss,SSS LEVEL thread - message" (local
/// time) to a rotated file <directory>/<name>.log. The thread `log` writes, so a caller never waits
/// for the disk. When the file cannot be opened it logs to standard error and says why. Call it
/// once, early in main, after block_stop_signals(). Log with spdlog::info and friends; logging is
/// thread-safe and must not be used per message.
///
/// What is queued when the process ends by a fatal signal or an uncaught exception is still
/// written, within a second.
void start_logging(const LogOptions& options);
/// Changes the level while the daemon runs; an unknown name has no effect. Any thread.
void set_log_level(std::string_view name);
/// Waits until what has been logged is written, 5 s at most. Call it last.
void stop_logging();

/// One line for the operator at the console, and for the log. What happens, on standard output.
void announce(const std::string& line);
/// On standard error: what has no effect or is doubtful.
void warn_operator(const std::string& line);
/// On standard error: why the daemon does not start.
void report_failure(const std::string& line);

}  // namespace rocketmq
