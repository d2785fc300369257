#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "rocketmq/common/live.hpp"
#include "rocketmq/common/shared_log.hpp"

namespace rocketmq {

class ConfigTable;

/// A subject whose lines have a level of their own.
struct SubjectLog {
  LogSubject subject = LogSubject::Store;
  /// Of the file in the log's directory, without ending; empty: the lines are in the main file.
  std::string file = {};
  /// Of a second file, which has the lines of the level ERROR only; empty: none.
  std::string error_file = {};
  /// The file being written among them; no more than LogOptions::files_max.
  std::int32_t files_max = 10;
  /// Empty: as LogOptions::level.
  LiveText level = {};
};

struct LogOptions {
  /// File name without ending: "broker", "namesrv".
  std::string name;
  /// Directory; empty means $HOME/logs/rocketmqlogs. Made when missing.
  std::string directory;
  std::int64_t file_bytes_max = 128 * 1024 * 1024;
  /// The file being written among them.
  std::int32_t files_max = 20;
  LiveText level = "info";
  /// Bytes of the lines of all files that wait for the disk; those of one file may be half of them.
  /// Further lines are dropped and counted.
  std::size_t queued_bytes_max = 4 * 1024 * 1024;
  std::vector<SubjectLog> subjects = {};
};

/// Adds the keys of the log to `table`, bound to `options`, whose subjects stay what they are.
void add_log_keys(ConfigTable& table, LogOptions& options);

/// Makes spdlog's default logger write "yyyy-MM-dd HH:mm:ss,SSS LEVEL thread - message" (local
/// time) to a rotated file <directory>/<name>.log, and the logs of the subjects to theirs. One
/// thread, `log`, writes them all, so a caller never waits for the disk. When the main file cannot
/// be opened it logs to standard error and says why; a subject whose file cannot be opened logs to
/// the main one. Call it once, early in main, after block_stop_signals(). Log with spdlog::info and
/// friends, or store_log().info; logging is thread-safe and must not be used per message.
///
/// What is queued when the process ends by a fatal signal or an uncaught exception is still
/// written, within a second.
void start_logging(const LogOptions& options);
/// Has the levels of `options` take effect, after one of their keys was changed; an unknown level
/// has no effect. Any thread.
void apply_log_levels(const LogOptions& options);
/// Waits until what has been logged is written, 5 s at most. Call it last.
void stop_logging();

/// One line for the operator at the console, and for the log. What happens, on standard output.
void announce(const std::string& line);
/// On standard error: what has no effect or is doubtful.
void warn_operator(const std::string& line);
/// On standard error: why the daemon does not start.
void report_failure(const std::string& line);

}  // namespace rocketmq
