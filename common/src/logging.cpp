#include "rocketmq/common/logging.hpp"

#include <pthread.h>
#include <signal.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/spdlog.h>
#include <time.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "queued_sink.hpp"
#include "rocketmq/common/config_table.hpp"
#include "rocketmq/common/home.hpp"
#include "rotated_file.hpp"

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

/// %N of our pattern: the calling thread's name. True only because our sink makes lines on the
/// caller's thread.
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

constexpr std::string_view level_names = "trace, debug, info, warn, error, critical, off";

std::optional<spdlog::level::level_enum> level_of(std::string_view name) {
  const auto level = spdlog::level::from_str(std::string(name));
  // from_str returns "off" for what it does not know.
  if (level == spdlog::level::off && name != "off") return std::nullopt;
  return level;
}

std::filesystem::path log_directory(const LogOptions& options) {
  if (!options.directory.empty()) return options.directory;
  return home_directory() / "logs/rocketmqlogs";
}

constexpr std::array fatal_signals{SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV};
std::array<struct sigaction, fatal_signals.size()> before_ours;
/// Never deleted while it is set here. Read by a signal handler.
std::atomic<const QueuedSink*> drained_at_the_end{nullptr};

/// Lets the log's thread write what is queued, and leaves the signal to what handled it before.
/// Calls nothing that a signal handler must not call.
void on_fatal_signal(int number, siginfo_t* info, void*) {
  const QueuedSink* const sink = drained_at_the_end.load(std::memory_order_acquire);
  const timespec step{0, 5'000'000};
  for (int steps = 200; sink != nullptr && !sink->is_drained() && steps > 0; --steps)
    ::nanosleep(&step, nullptr);
  for (std::size_t k = 0; k < fatal_signals.size(); ++k) {
    if (fatal_signals[k] == number) ::sigaction(number, &before_ours[k], nullptr);
  }
  // A fault happens again when this returns; a signal that was sent does not.
  if (info->si_code <= 0) ::raise(number);
}

void on_terminate() {
  if (const auto failure = std::current_exception()) {
    try {
      std::rethrow_exception(failure);
    } catch (const std::exception& thrown) {
      spdlog::critical("ended by an exception that nothing caught: {}", thrown.what());
    } catch (...) {
      spdlog::critical("ended by an exception that nothing caught");
    }
  }
  std::abort();
}

/// Once: what a broken program has to say is often in its last lines.
void drain_before_a_fatal_end() {
  static const bool done = [] {
    std::set_terminate(on_terminate);
    struct sigaction ours {};
    ours.sa_sigaction = on_fatal_signal;
    ours.sa_flags = SA_SIGINFO | SA_NODEFER;
    sigemptyset(&ours.sa_mask);
    for (std::size_t k = 0; k < fatal_signals.size(); ++k)
      ::sigaction(fatal_signals[k], &ours, &before_ours[k]);
    return true;
  }();
  static_cast<void>(done);
}

/// Keeps the handler from a sink that goes away.
class DaemonSink final : public spdlog::sinks::sink {
 public:
  explicit DaemonSink(std::unique_ptr<LogOutput> output, std::size_t queued_bytes_max)
      : queue_(std::move(output), line_formatter(), queued_bytes_max) {
    drained_at_the_end.store(&queue_, std::memory_order_release);
  }
  ~DaemonSink() override {
    const QueuedSink* ours = &queue_;
    drained_at_the_end.compare_exchange_strong(ours, nullptr);
  }
  void log(const spdlog::details::log_msg& message) override { queue_.log(message); }
  void flush() override { queue_.flush(); }
  void set_pattern(const std::string& pattern) override { queue_.set_pattern(pattern); }
  void set_formatter(std::unique_ptr<spdlog::formatter> formatter) override {
    queue_.set_formatter(std::move(formatter));
  }

 private:
  QueuedSink queue_;
};

}  // namespace

void add_log_keys(ConfigTable& table, LogOptions& options) {
  table.add_path("logPath", options.directory,
                 "directory of the log; empty: $HOME/logs/rocketmqlogs");
  ConfigKey& level = table.add("logLevel", options.level, std::string(level_names),
                               "the least important lines that are logged");
  level.parse = [parse = std::move(level.parse)](std::string_view text) -> Result<void> {
    if (!level_of(text))
      return Error{ResponseCode::SystemError, "expected one of " + std::string(level_names)};
    return parse(text);
  };
  table.add("logFileSize", options.file_bytes_max, "bytes",
            "the log's file is renamed before it grows larger", 4'096);
  table.add("logFileNums", options.files_max, "count",
            "files of the log that are kept, the one being written among them", 1, 1'000);
}

void start_logging(const LogOptions& options) {
  auto file = RotatedFile::open(log_directory(options), options.name, options.file_bytes_max,
                                options.files_max);
  std::unique_ptr<LogOutput> output;
  if (file) {
    output = std::move(*file);
  } else {
    output = std::make_unique<StandardErrorOutput>();
  }
  auto sink = std::make_shared<DaemonSink>(std::move(output), options.queued_bytes_max);
  auto logger = std::make_shared<spdlog::logger>(options.name, std::move(sink));
  const std::string wanted = options.level.get();
  const auto level = level_of(wanted);
  logger->set_level(level.value_or(spdlog::level::info));
  spdlog::set_default_logger(std::move(logger));
  drain_before_a_fatal_end();

  if (!file) spdlog::warn("logging to standard error: {}", file.error().remark);
  if (!level) {
    spdlog::warn("log level '{}' is unknown, taking info; expected one of {}", wanted, level_names);
  }
}

void set_log_level(std::string_view name) {
  if (const auto level = level_of(name)) spdlog::default_logger()->set_level(*level);
}

void stop_logging() { spdlog::default_logger()->flush(); }

void announce(const std::string& line) {
  std::cout << line << std::endl;
  spdlog::info("{}", line);
}

void warn_operator(const std::string& line) {
  std::cerr << line << std::endl;
  spdlog::warn("{}", line);
}

void report_failure(const std::string& line) {
  std::cerr << line << std::endl;
  spdlog::error("{}", line);
}

}  // namespace rocketmq
