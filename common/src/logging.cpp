#include "rocketmq/common/logging.hpp"

#include <pthread.h>
#include <signal.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/spdlog.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <functional>
#include <iostream>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "queued_sink.hpp"
#include "rocketmq/common/config_table.hpp"
#include "rocketmq/common/home.hpp"
#include "rocketmq/common/log_files.hpp"
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
std::atomic<LogThread*> running{nullptr};

/// Lets the log's thread write what is queued, and leaves the signal to what handled it before.
/// Calls nothing that a signal handler must not call.
void on_fatal_signal(int number, siginfo_t* info, void*) {
  const LogThread* const thread = running.load(std::memory_order_acquire);
  const timespec step{0, 5'000'000};
  for (int steps = 200; thread != nullptr && !thread->is_drained() && steps > 0; --steps)
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

/// What a subject is called in its key and its meaning.
struct SubjectText {
  const char* key;
  const char* what;
};

/// In the order of LogSubject.
constexpr std::array<SubjectText, log_subject_count> subject_texts{
    {{"logLevelStore", "the store"},
     {"logLevelRemoting", "connections and requests"},
     {"logLevelHa", "replication"},
     {"logLevelTransaction", "transactions"},
     {"logLevelFilter", "filters"},
     {"logLevelProtection", "groups that lose their permission to consume"},
     {"logLevelStats", "statistics, each minute (INFO)"},
     {"logLevelSlow", "slow requests (WARN)"}}};

const SubjectText& text_of(LogSubject subject) {
  return subject_texts[static_cast<std::size_t>(subject)];
}

/// The sink of the default logger. It owns the other logs, which end with it.
class DaemonLog final : public spdlog::sinks::sink {
 public:
  DaemonLog(std::unique_ptr<LogOutput> output, std::size_t queued_bytes_max)
      : thread_(std::make_shared<LogThread>(queued_bytes_max)),
        main_(queue_for(std::move(output))) {
    running.store(thread_.get(), std::memory_order_release);
  }
  ~DaemonLog() override {
    for (std::size_t k = 0; k < subjects_.size(); ++k) {
      const auto subject = static_cast<LogSubject>(k);
      if (subjects_[k] != nullptr && &log_of(subject) == subjects_[k].get())
        set_log_of(subject, nullptr);
    }
    LogThread* ours = thread_.get();
    running.compare_exchange_strong(ours, nullptr);
  }

  /// The subject's lines go to `output`, or where there is none to the main file; those of the
  /// level ERROR also to `errors`, if it is there.
  void add(LogSubject subject, std::unique_ptr<LogOutput> output,
           std::unique_ptr<LogOutput> errors) {
    std::vector<spdlog::sink_ptr> sinks{output == nullptr ? main_ : queue_for(std::move(output))};
    if (errors != nullptr) {
      sinks.push_back(queue_for(std::move(errors)));
      sinks.back()->set_level(spdlog::level::err);
    }
    auto& logger = subjects_[static_cast<std::size_t>(subject)];
    logger = std::make_unique<spdlog::logger>(text_of(subject).key, sinks.begin(), sinks.end());
    set_log_of(subject, logger.get());
  }

  void log(const spdlog::details::log_msg& message) override { main_->log(message); }
  void flush() override { main_->flush(); }
  void set_pattern(const std::string& pattern) override { main_->set_pattern(pattern); }
  void set_formatter(std::unique_ptr<spdlog::formatter> formatter) override {
    main_->set_formatter(std::move(formatter));
  }

 private:
  std::shared_ptr<QueuedSink> queue_for(std::unique_ptr<LogOutput> output) const {
    return std::make_shared<QueuedSink>(thread_, std::move(output), line_formatter());
  }

  const std::shared_ptr<LogThread> thread_;
  const std::shared_ptr<QueuedSink> main_;
  std::array<std::unique_ptr<spdlog::logger>, log_subject_count> subjects_;
};

Result<void> parse_level(const std::function<Result<void>(std::string_view)>& parse,
                         std::string_view text) {
  if (!level_of(text))
    return Error{ResponseCode::SystemError, "expected one of " + std::string(level_names)};
  return parse(text);
}

}  // namespace

void add_log_keys(ConfigTable& table, LogOptions& options) {
  table.add_path("logPath", options.directory,
                 "directory of the log; empty: $HOME/logs/rocketmqlogs");
  ConfigKey& level = table.add("logLevel", options.level, std::string(level_names),
                               "the least important lines that are logged");
  level.parse = [parse = std::move(level.parse)](std::string_view text) {
    return parse_level(parse, text);
  };
  for (SubjectLog& subject : options.subjects) {
    const SubjectText& text = text_of(subject.subject);
    std::string meaning = std::string("the same for ") + text.what;
    if (!subject.file.empty()) meaning += ", in " + subject.file + ".log";
    ConfigKey& key =
        table.add(text.key, subject.level, "as logLevel", meaning + "; empty: as logLevel");
    key.parse = [parse = std::move(key.parse)](std::string_view value) {
      return value.empty() ? parse(value) : parse_level(parse, value);
    };
  }
  table.add("logFileSize", options.file_bytes_max, "bytes",
            "the log's file is renamed before it grows larger", 4'096);
  table.add("logFileNums", options.files_max, "count",
            std::all_of(options.subjects.begin(), options.subjects.end(),
                        [](const SubjectLog& subject) { return subject.file.empty(); })
                ? "files of the log that are kept, the one being written among them"
                : "files of the log that are kept, the one being written among them; for single "
                  "subjects 10 at most",
            1, 1'000);
}

void start_logging(const LogOptions& options) {
  const auto open = [&options](const std::string& name, std::int32_t files_max) {
    return RotatedFile::open(log_directory(options), name, options.file_bytes_max,
                             std::min(files_max, options.files_max));
  };
  auto file = open(options.name, options.files_max);
  std::unique_ptr<LogOutput> output;
  if (file) {
    output = std::move(*file);
  } else {
    output = std::make_unique<StandardErrorOutput>();
  }
  auto log = std::make_shared<DaemonLog>(std::move(output), options.queued_bytes_max);
  std::vector<std::string> failures;
  const auto open_for_subject = [&](const std::string& name,
                                    std::int32_t files_max) -> std::unique_ptr<LogOutput> {
    if (!file || name.empty()) return nullptr;
    auto opened = open(name, files_max);
    if (opened) return std::move(*opened);
    failures.push_back(opened.error().remark);
    return nullptr;
  };
  for (const SubjectLog& subject : options.subjects) {
    auto lines = open_for_subject(subject.file, subject.files_max);
    auto errors = open_for_subject(subject.error_file, subject.files_max);
    log->add(subject.subject, std::move(lines), std::move(errors));
  }
  auto logger = std::make_shared<spdlog::logger>(options.name, std::move(log));
  spdlog::set_default_logger(std::move(logger));
  apply_log_levels(options);
  drain_before_a_fatal_end();

  if (!file) spdlog::warn("logging to standard error: {}", file.error().remark);
  for (const std::string& failure : failures)
    spdlog::warn("{}; its lines are in {}.log", failure, options.name);
  if (const std::string wanted = options.level.get(); !level_of(wanted)) {
    spdlog::warn("log level '{}' is unknown, taking info; expected one of {}", wanted, level_names);
  }
}

void apply_log_levels(const LogOptions& options) {
  const auto main_level = level_of(options.level.get());
  if (main_level) spdlog::default_logger_raw()->set_level(*main_level);
  for (const SubjectLog& subject : options.subjects) {
    const std::string own = subject.level.get();
    const auto level = own.empty() ? main_level : level_of(own);
    spdlog::logger& logger = log_of(subject.subject);
    // Without logs of their own all subjects have the main one's.
    if (level && &logger != spdlog::default_logger_raw()) logger.set_level(*level);
  }
}

void reopen_logs() {
  LogThread* const thread = running.load(std::memory_order_acquire);
  if (thread == nullptr) return;
  thread->reopen();
  thread->flush();
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
