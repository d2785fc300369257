#include "rocketmq/common/logging.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>

#include "rocketmq/common/config_table.hpp"
#include "rocketmq/common/thread_name.hpp"
#include "temp_dir.hpp"

namespace rocketmq {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;

/// Puts back the default logger that a test replaces.
struct LoggingTest : testing::Test {
  ~LoggingTest() override { spdlog::set_default_logger(before); }

  std::shared_ptr<spdlog::logger> before = spdlog::default_logger();
  const test::TempDir directory;
};

TEST_F(LoggingTest, WritesTimeLevelThreadAndMessage) {
  start_logging({.name = "broker", .directory = directory.text()});
  std::thread([] {
    set_thread_name("net-0");
    spdlog::warn("disk is nearly full: {}", 0.85);
  }).join();
  stop_logging();
  EXPECT_THAT(directory.read("broker.log"),
              MatchesRegex("[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2},[0-9]{3} WARN "
                           "net-0 - disk is nearly full: 0.85\n"));
}

TEST_F(LoggingTest, NamesTheLevelsInCapitals) {
  start_logging({.name = "broker", .directory = directory.text(), .level = "trace"});
  spdlog::trace("1");
  spdlog::debug("2");
  spdlog::info("3");
  spdlog::error("4");
  spdlog::critical("5");
  stop_logging();
  const std::string log = directory.read("broker.log");
  for (const char* level : {" TRACE ", " DEBUG ", " INFO ", " ERROR ", " FATAL "}) {
    EXPECT_THAT(log, HasSubstr(level));
  }
}

TEST_F(LoggingTest, WritesALineWithoutBeingAskedTo) {
  start_logging({.name = "broker", .directory = directory.text()});
  spdlog::info("first line");
  while (directory.read("broker.log").find("first line") == std::string::npos)
    std::this_thread::yield();
}

TEST_F(LoggingTest, LeavesOutWhatIsBelowTheLevel) {
  start_logging({.name = "broker", .directory = directory.text(), .level = "warn"});
  spdlog::info("not this");
  spdlog::warn("but this");
  stop_logging();
  EXPECT_THAT(directory.read("broker.log"),
              AllOf(Not(HasSubstr("not this")), HasSubstr("but this")));
}

TEST_F(LoggingTest, TakesInfoForAnUnknownLevelAndSaysSo) {
  start_logging({.name = "broker", .directory = directory.text(), .level = "loud"});
  spdlog::debug("not this");
  spdlog::info("but this");
  stop_logging();
  EXPECT_THAT(directory.read("broker.log"),
              AllOf(HasSubstr("log level 'loud' is unknown"), HasSubstr("but this"),
                    Not(HasSubstr("not this"))));
}

TEST_F(LoggingTest, MakesTheDirectory) {
  start_logging({.name = "namesrv", .directory = (directory / "a/b").string()});
  spdlog::info("here");
  EXPECT_TRUE(std::filesystem::exists(directory / "a/b/namesrv.log"));
}

TEST_F(LoggingTest, LogsBelowHomeWithoutADirectory) {
  const char* home = std::getenv("HOME");
  const std::string old_home = home == nullptr ? "" : home;
  ::setenv("HOME", directory.text().c_str(), 1);
  start_logging({.name = "namesrv"});
  ::setenv("HOME", old_home.c_str(), 1);
  spdlog::info("here");
  stop_logging();
  EXPECT_THAT(directory.read("logs/rocketmqlogs/namesrv.log"), HasSubstr("here"));
}

TEST_F(LoggingTest, KeepsNoMoreFilesThanAsked) {
  start_logging(
      {.name = "broker", .directory = directory.text(), .file_bytes_max = 200, .files_max = 3});
  for (int i = 0; i < 100; ++i) spdlog::info("line number {} of a hundred", i);
  stop_logging();
  const std::filesystem::directory_iterator files(directory.path());
  EXPECT_EQ(std::distance(begin(files), end(files)), 3);
  EXPECT_THAT(directory.read("broker.log"), HasSubstr("line number 99"));
}

TEST_F(LoggingTest, FallsBackToStandardErrorAndSaysSo) {
  const auto in_the_way = directory.write("file", "");
  testing::internal::CaptureStderr();
  start_logging({.name = "broker", .directory = in_the_way.string()});
  spdlog::info("still heard");
  stop_logging();
  EXPECT_THAT(
      testing::internal::GetCapturedStderr(),
      AllOf(HasSubstr("WARN"), HasSubstr("logging to standard error"), HasSubstr("still heard")));
}

TEST_F(LoggingTest, NamesTheTrueReasonWhenTheDirectoryCannotBeMade) {
  const auto in_the_way = directory.write("file", "");
  testing::internal::CaptureStderr();
  start_logging({.name = "broker", .directory = (in_the_way / "logs").string()});
  stop_logging();
  EXPECT_THAT(
      testing::internal::GetCapturedStderr(),
      AllOf(HasSubstr("directory"), HasSubstr(in_the_way.string()), HasSubstr("Not a directory")));
}

TEST_F(LoggingTest, ChangesTheLevelAtRunTime) {
  start_logging({.name = "broker", .directory = directory.text()});
  set_log_level("error");
  spdlog::warn("not this");
  set_log_level("nonsense");
  set_log_level("debug");
  spdlog::debug("but this");
  stop_logging();
  EXPECT_THAT(directory.read("broker.log"),
              AllOf(Not(HasSubstr("not this")), HasSubstr("but this")));
}

TEST_F(LoggingTest, MakesTheFileAgainThatWasRemovedOrRenamed) {
  start_logging({.name = "broker", .directory = directory.text()});
  spdlog::info("one");
  stop_logging();
  std::filesystem::rename(directory / "broker.log", directory / "saved.log");
  spdlog::info("two");
  stop_logging();
  std::filesystem::remove(directory / "broker.log");
  spdlog::info("three");
  stop_logging();
  EXPECT_THAT(directory.read("saved.log"), AllOf(HasSubstr("one"), Not(HasSubstr("two"))));
  EXPECT_THAT(directory.read("broker.log"), HasSubstr("three"));
}

TEST_F(LoggingTest, WritesTheLastLinesBeforeAnAbort) {
  const pid_t child = ::fork();
  if (child == 0) {
    start_logging({.name = "broker", .directory = directory.text()});
    for (int i = 0; i < 1'000; ++i) spdlog::info("line number {} of a thousand", i);
    std::abort();
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
  EXPECT_THAT(directory.read("broker.log"), HasSubstr("line number 999"));
}

TEST(LogKeys, AreCheckedAndOnlyTheLevelIsChangedRemotely) {
  LogOptions options;
  ConfigTable table;
  add_log_keys(table, options);
  EXPECT_TRUE(table.set("logLevel", "debug"));
  EXPECT_TRUE(table.set("logFileSize", "1048576"));
  EXPECT_TRUE(table.set("logFileNums", "3"));
  EXPECT_TRUE(table.set("logPath", "/var/log/rocketmq"));
  EXPECT_FALSE(table.set("logLevel", "loud"));
  EXPECT_FALSE(table.set("logFileNums", "0"));
  EXPECT_EQ(options.level.get(), "debug");
  EXPECT_EQ(options.directory, "/var/log/rocketmq");
  EXPECT_EQ(options.file_bytes_max, 1'048'576);
  EXPECT_TRUE(table.find("logLevel")->remotely_changeable);
  EXPECT_FALSE(table.find("logPath")->remotely_changeable);
}

}  // namespace
}  // namespace rocketmq
