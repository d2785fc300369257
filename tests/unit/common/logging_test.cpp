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
#include "rocketmq/common/log_files.hpp"
#include "rocketmq/common/thread_name.hpp"
#include "temp_dir.hpp"

namespace rocketmq {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;

/// As a daemon may have them: the first has a second file, for errors.
std::vector<SubjectLog> subjects() {
  return {{.subject = LogSubject::Store, .file = "store", .error_file = "storeerror"},
          {.subject = LogSubject::Remoting, .file = "remoting"},
          {.subject = LogSubject::Replication, .file = "ha"},
          {.subject = LogSubject::SlowRequests, .file = "slow"}};
}

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
  LogOptions options{.name = "broker", .directory = directory.text()};
  const auto set = [&](const char* level) {
    options.level = level;
    apply_log_levels(options);
  };
  start_logging(options);
  set("error");
  spdlog::warn("not this");
  set("nonsense");
  spdlog::warn("nor this");
  set("debug");
  spdlog::debug("but this");
  stop_logging();
  EXPECT_THAT(directory.read("broker.log"),
              AllOf(Not(HasSubstr("not this")), Not(HasSubstr("nor this")), HasSubstr("but this")));
}

TEST_F(LoggingTest, GivesASubjectItsOwnFileAndAnotherOneForErrors) {
  start_logging({.name = "broker", .directory = directory.text(), .subjects = subjects()});
  spdlog::info("of the broker");
  store_log().info("of the store");
  store_log().error("the disk is gone");
  remoting_log().error("of a connection");
  stop_logging();
  EXPECT_THAT(directory.read("broker.log"),
              AllOf(HasSubstr("of the broker"), Not(HasSubstr("of the store")),
                    Not(HasSubstr("the disk is gone")), Not(HasSubstr("of a connection"))));
  EXPECT_THAT(directory.read("store.log"),
              AllOf(HasSubstr(" INFO "), HasSubstr("of the store"), HasSubstr("the disk is gone")));
  EXPECT_THAT(directory.read("storeerror.log"),
              AllOf(Not(HasSubstr("of the store")), HasSubstr("the disk is gone")));
  EXPECT_THAT(directory.read("remoting.log"), HasSubstr("of a connection"));
  for (const char* name : {"ha", "slow"})
    EXPECT_TRUE(std::filesystem::exists(directory / (std::string(name) + ".log"))) << name;
}

TEST_F(LoggingTest, GivesASubjectItsOwnLevelAtRunTime) {
  LogOptions options{.name = "broker", .directory = directory.text(), .subjects = subjects()};
  start_logging(options);
  options.subjects[0].level = "warn";
  options.subjects[1].level = "debug";
  apply_log_levels(options);
  store_log().info("too little");
  remoting_log().debug("of a connection");
  spdlog::debug("of the broker");
  options.subjects[0].level = "";
  options.level = "debug";
  apply_log_levels(options);
  store_log().debug("as all");
  stop_logging();
  EXPECT_THAT(directory.read("store.log"),
              AllOf(Not(HasSubstr("too little")), HasSubstr("as all")));
  EXPECT_THAT(directory.read("remoting.log"), HasSubstr("of a connection"));
  EXPECT_THAT(directory.read("broker.log"), Not(HasSubstr("of the broker")));
}

TEST_F(LoggingTest, LeavesASubjectWithoutAFileInTheMainOne) {
  directory.write("store.log/in the way", "");
  LogOptions options{.name = "broker",
                     .directory = directory.text(),
                     .subjects = {{.subject = LogSubject::Remoting},
                                  {.subject = LogSubject::Store, .file = "store"}}};
  start_logging(options);
  remoting_log().info("of a connection");
  store_log().info("of the store");
  filter_log().info("of no subject that is known");
  stop_logging();
  EXPECT_THAT(directory.read("broker.log"),
              AllOf(HasSubstr("cannot open"), HasSubstr("its lines are in broker.log"),
                    HasSubstr("of a connection"), HasSubstr("of the store"),
                    HasSubstr("of no subject that is known")));
}

TEST_F(LoggingTest, EndsTheLogsOfSubjectsWithTheLog) {
  start_logging({.name = "broker", .directory = directory.text(), .subjects = subjects()});
  EXPECT_NE(&store_log(), spdlog::default_logger_raw());
  spdlog::set_default_logger(before);
  EXPECT_EQ(&store_log(), spdlog::default_logger_raw());
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

TEST_F(LoggingTest, OpensTheFileAgainForALogThatWasRenamed) {
  start_logging({.name = "broker", .directory = directory.text()});
  spdlog::info("one");
  stop_logging();
  std::filesystem::rename(directory / "broker.log", directory / "saved.log");
  reopen_logs();
  EXPECT_TRUE(std::filesystem::exists(directory / "broker.log"));
}

TEST_F(LoggingTest, OpensTheFilesOfSubjectsAgainAsWell) {
  start_logging({.name = "broker", .directory = directory.text(), .subjects = subjects()});
  store_log().error("one");
  stop_logging();
  for (const char* name : {"store.log", "storeerror.log", "remoting.log"})
    std::filesystem::remove(directory / name);
  reopen_logs();
  for (const char* name : {"store.log", "storeerror.log", "remoting.log"})
    EXPECT_TRUE(std::filesystem::exists(directory / name)) << name;
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

TEST(LogKeys, AreCheckedAndOnlyLevelsAreChangedRemotely) {
  LogOptions options{.subjects = subjects()};
  ConfigTable table;
  add_log_keys(table, options);
  EXPECT_TRUE(table.set("logLevel", "debug"));
  EXPECT_TRUE(table.set("logFileSize", "1048576"));
  EXPECT_TRUE(table.set("logFileNums", "3"));
  EXPECT_TRUE(table.set("logPath", "/var/log/rocketmq"));
  EXPECT_FALSE(table.set("logLevel", "loud"));
  EXPECT_FALSE(table.set("logLevel", ""));
  EXPECT_TRUE(table.set("logLevelStore", "warn"));
  EXPECT_EQ(options.subjects[0].level.get(), "warn");
  EXPECT_TRUE(table.set("logLevelStore", ""));
  EXPECT_FALSE(table.set("logLevelStore", "loud"));
  EXPECT_TRUE(table.find("logLevelStore")->remotely_changeable);
  EXPECT_FALSE(table.set("logFileNums", "0"));
  EXPECT_EQ(options.level.get(), "debug");
  EXPECT_EQ(options.directory, "/var/log/rocketmq");
  EXPECT_EQ(options.file_bytes_max, 1'048'576);
  EXPECT_TRUE(table.find("logLevel")->remotely_changeable);
  EXPECT_FALSE(table.find("logPath")->remotely_changeable);
}

}  // namespace
}  // namespace rocketmq
