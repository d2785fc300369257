#include "rocketmq/daemon/daemon.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "temp_dir.hpp"

namespace rocketmq {
namespace {

const DaemonText scripted{.program = "mqsome",
                          .config_file_help = "Some config properties file",
                          .has_important_keys = true,
                          .prefix = "some: "};

/// What a daemon is made to do.
struct Script {
  bool is_configured = true;
  std::optional<Refusal> prepared;
  std::optional<Refusal> started;
  bool throws = false;
  bool hangs_up = false;
};

/// Says on standard error which calls come.
class ScriptedDaemon final : public Daemon {
 public:
  ScriptedDaemon(Script script, const std::filesystem::path& directory)
      : script_(std::move(script)), log_{.name = "some", .directory = directory.string()} {}

  Result<void> configure(const DaemonOptions& options, const Warn& warn) override {
    warn("file " + options.config_file.value_or("none"));
    if (script_.is_configured) return {};
    return Error{ResponseCode::SystemError, "malformed"};
  }
  std::string print_configuration(bool important_only) const override {
    return important_only ? "a=1\n" : "a=1\nb=2\n";
  }
  const LogOptions& log_options() const override { return log_; }
  std::optional<Refusal> prepare(const Warn& warn) override {
    std::cerr << "[prepare]";
    warn("doubtful");
    return script_.prepared;
  }
  std::optional<Refusal> start(const Clock&) override {
    std::cerr << "[start]";
    if (script_.throws) throw std::runtime_error("no thread");
    // SIGHUP has the lower number, so that it is seen first.
    if (script_.hangs_up) ::kill(::getpid(), SIGHUP);
    if (!script_.started) ::kill(::getpid(), SIGTERM);
    return script_.started;
  }
  std::vector<std::string> boot_lines() const override { return {"up"}; }
  std::string state_line() const override { return "fine"; }
  void stop(int signal) override { std::cerr << "[stop " << signal << "]"; }

 private:
  const Script script_;
  const LogOptions log_;
};

/// Signals, logger and exit code are the process's: each run has one of its own.
class DaemonDeathTest : public ::testing::Test {
 protected:
  [[noreturn]] void run(const Script& script, std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "mqsome");
    // What the daemon prints is searched for on standard error.
    std::cout.rdbuf(std::cerr.rdbuf());
    const int status = run_daemon(
        scripted, [&] { return std::make_unique<ScriptedDaemon>(script, directory_.path()); },
        static_cast<int>(arguments.size()), arguments.data());
    std::_Exit(status);
  }
  test::TempDir directory_;
};

TEST_F(DaemonDeathTest, RunsUntilTheStopSignal) {
  EXPECT_EXIT(run({}, {}), testing::ExitedWithCode(exit_ok),
              "^some: file none\n\\[prepare\\]some: doubtful\n\\[start\\]up\n\\[stop 15\\]$");
}

TEST_F(DaemonDeathTest, RefusesAMalformedFileWithItsWarningsBefore) {
  EXPECT_EXIT(run({.is_configured = false}, {"-c", "a.conf"}),
              testing::ExitedWithCode(exit_start_failed), "^some: file a.conf\nsome: malformed\n$");
}

TEST_F(DaemonDeathTest, EndsWithTheCodeOfTheRefusal) {
  EXPECT_EXIT(run({.prepared = Refusal{exit_not_initialised, "cannot be"}}, {}),
              testing::ExitedWithCode(exit_not_initialised), "\\[prepare\\].*\nsome: cannot be\n$");
  EXPECT_EXIT(run({.started = Refusal{exit_start_failed, "port is taken"}}, {}),
              testing::ExitedWithCode(exit_start_failed), "\\[start\\]some: port is taken\n$");
}

TEST_F(DaemonDeathTest, WhatIsThrownIsARefusalToStart) {
  EXPECT_EXIT(run({.throws = true}, {}), testing::ExitedWithCode(exit_start_failed),
              "\\[start\\]some: no thread\n$");
}

TEST_F(DaemonDeathTest, PrintsTheConfigurationAndStartsNothing) {
  EXPECT_EXIT(run({}, {"-p"}), testing::ExitedWithCode(exit_ok), "^some: file none\na=1\nb=2\n$");
  EXPECT_EXIT(run({}, {"-m"}), testing::ExitedWithCode(exit_ok), "^some: file none\na=1\n$");
  EXPECT_EXIT(run({.is_configured = false}, {"-p"}), testing::ExitedWithCode(exit_start_failed),
              "^some: file none\nsome: malformed\n$");
}

TEST_F(DaemonDeathTest, SaysThatAWordWithoutAnOptionHasNoEffect) {
  EXPECT_EXIT(run({}, {"a=1"}), testing::ExitedWithCode(exit_ok),
              "^some: the argument 'a=1' has no effect.*\nsome: file none\n");
}

TEST_F(DaemonDeathTest, AHangUpOpensTheLogAgainAndEndsNothing) {
  EXPECT_EXIT(run({.hangs_up = true}, {}), testing::ExitedWithCode(exit_ok), "stop 15");
  EXPECT_NE(directory_.read("some.log").find("the files of the log were opened again"),
            std::string::npos);
}

TEST_F(DaemonDeathTest, LogsWhatItTellsTheConsole) {
  EXPECT_EXIT(run({}, {}), testing::ExitedWithCode(exit_ok), "");
  const std::string log = directory_.read("some.log");
  for (const char* line : {"mqsome ", " starts, process ", " - some: doubtful", "- up"})
    EXPECT_NE(log.find(line), std::string::npos) << line << " is missing in:\n" << log;
}

}  // namespace
}  // namespace rocketmq
