#include "rocketmq/common/logging.hpp"

#include <pthread.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace rocketmq {
namespace {

/// %L of our pattern: the level as operators grep for it.
class LevelFlag final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&,
              spdlog::memory_buf_t& out) override {
    constexpr std::array<std::string_view, spdlog::level::n_levels> names = {
        "TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL", "OFF"};
    const std::string_view name = names.at(static_cast<std::size_t>(message.level));
    out.append(name.data(), name.data() + name.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<LevelFlag>();
  }
};

/// %N of our pattern: the calling thread's name. True only because our sinks write on the caller's
/// thread.
class ThreadNameFlag final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg&, const std::tm&, spdlog::memory_buf_t& out) override {
    std::array<char, 16> name{};
    pthread_getname_np(pthread_self(), name.data(), name.size());
    const std::string_view text(name.data());
    out.append(text.data(), text.data() + text.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<ThreadNameFlag>();
  }
};

std::unique_ptr<spdlog::formatter> line_formatter() {
  auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::local);
  formatter->add_flag<LevelFlag>('L').add_flag<ThreadNameFlag>('N');
  formatter->set_pattern("%Y-%m-%d %H:%M:%S,%e %L %N - %v");
  return formatter;
}

std::optional<spdlog::level::level_enum> level_of(const std::string& name) {
  const auto level = spdlog::level::from_str(name);
  // from_str answers "off" for what it does not know.
  if (level == spdlog::level::off && name != "off") return std::nullopt;
  return level;
}

std::string log_directory(const LogOptions& options) {
  if (!options.directory.empty()) return options.directory;
  const char* home = std::getenv("HOME");
  if (home == nullptr || *home == '\0') throw std::runtime_error("HOME is not set");
  return std::string(home) + "/logs/rocketmqlogs";
}

/// The rotated file. Throws when it cannot be opened.
spdlog::sink_ptr file_sink(const LogOptions& options) {
  // The library counts the files besides the one being written.
  const std::size_t older_files_max = options.files_max > 0 ? options.files_max - 1 : 0;
  return std::make_shared<spdlog::sinks::rotating_file_sink_mt>(
      log_directory(options) + "/" + options.name + ".log",
      std::max<std::size_t>(options.file_bytes_max, 1), older_files_max);
}

}  // namespace

void start_logging(const LogOptions& options) {
  spdlog::sink_ptr sink;
  std::string file_failure;
  try {
    sink = file_sink(options);
  } catch (const std::exception& failure) {
    file_failure = failure.what();
    sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  }
  sink->set_formatter(line_formatter());

  auto logger = std::make_shared<spdlog::logger>(options.name, std::move(sink));
  const auto level = level_of(options.level);
  logger->set_level(level.value_or(spdlog::level::info));
  // Nothing here is logged per message, and a line that a crash swallows is the one that is looked
  // for.
  logger->flush_on(spdlog::level::trace);
  spdlog::set_default_logger(std::move(logger));

  if (!file_failure.empty()) spdlog::warn("logging to standard error: {}", file_failure);
  if (!level) {
    spdlog::warn(
        "log level '{}' is unknown, taking info; expected trace, debug, info, warn, error, "
        "critical or off",
        options.level);
  }
}

void stop_logging() { spdlog::default_logger()->flush(); }

}  // namespace rocketmq
