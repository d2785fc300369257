#pragma once

#include <cstddef>
#include <string>

namespace rocketmq {

struct LogOptions {
  /// File name without ending: "broker", "namesrv", "rocketmq_client".
  std::string name;
  /// Directory; empty means $HOME/logs/rocketmqlogs. Made when missing.
  std::string directory;
  std::size_t file_bytes_max = 128 * 1024 * 1024;
  std::size_t files_max = 20;
  std::string level = "info";
};

/// Makes spdlog's default logger write "yyyy-MM-dd HH:mm:ss,SSS LEVEL thread - message" (local time) to a rotated file
/// <directory>/<name>.log. When the file cannot be opened it logs to standard error and says so. Call it once, first thing
/// in main. Log with spdlog::info and friends; logging is thread-safe and must not be used per message.
void start_logging(const LogOptions& options);
/// Flushes what is buffered. Call it last.
void stop_logging();

}  // namespace rocketmq
